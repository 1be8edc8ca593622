"""Made images on disk: listed, approved, taken back, and never given to a run that tests on what the GAN saw."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.errors import BadInput
from core.synthesis.store import (
    FILES,
    approve,
    approve_all,
    approved_images,
    disapprove,
    list_syntheses,
    read_synthesis,
)


@pytest.fixture
def made(finished, settings):
    """A copy of the finished synthesis in this test's own home, with image 2 as a copy of a real one."""
    folder = settings.home / "synthesis" / finished.id
    shutil.copytree(finished.folder, folder)
    samples = finished.samples.assign(memorised=np.arange(12) == 2)
    samples.to_parquet(folder / "samples.parquet", index=False)
    return folder


def approved(settings, made, forbidden=()):
    return approved_images(settings, read_synthesis(made).config.fingerprint, forbidden)


def test_what_was_made_is_listed(made, settings):
    assert [synthesis.folder for synthesis in list_syntheses(settings)] == [made]


def test_another_dataset_has_none(made, settings):
    assert list_syntheses(settings, "0" * 16) == []


def test_nothing_made_is_an_empty_list(settings):
    assert list_syntheses(settings) == []


def test_approved_images_are_told(made):
    assert np.flatnonzero(approve(made, [0, 7, 7]).samples["approved"]).tolist() == [0, 7]


def test_approving_more_keeps_what_was_approved(made):
    approve(made, [0])
    assert np.flatnonzero(approve(made, [1]).samples["approved"]).tolist() == [0, 1]


def test_an_approval_can_be_taken_back(made):
    approve(made, [0, 7])
    assert np.flatnonzero(disapprove(made, [0]).samples["approved"]).tolist() == [7]


def test_a_copy_is_not_approved_by_mistake(made):
    with pytest.raises(BadInput, match="Image 2 is nearly a copy of images/"):
        approve(made, [1, 2])
    assert not read_synthesis(made).samples["approved"].any()


def test_a_copy_is_approved_where_that_is_meant(made):
    assert approve(made, [2], memorised_too=True).samples["approved"][2]


def test_approving_all_leaves_copies_out(made):
    assert np.flatnonzero(~approve_all(made).samples["approved"]).tolist() == [2]


def test_approving_all_of_a_class_leaves_the_others(made):
    samples = approve_all(made, ["top"]).samples
    assert set(samples.loc[samples["approved"], "label"]) == {"top"}


@pytest.mark.parametrize("number", [-1, 12])
def test_an_image_that_is_not_there_is_refused(made, number):
    with pytest.raises(BadInput, match="they go from 0 to 11"):
        approve(made, [number])


def test_approving_nothing_changes_nothing(made):
    assert not approve(made, []).samples["approved"].any()


def test_approved_images_come_with_their_labels(made, settings):
    approve(made, [1, 8])
    given, synthesis = approved(settings, made), read_synthesis(made)
    assert np.array_equal(given.images, synthesis.images[[1, 8]])
    assert given.labels.tolist() == ["right", "top"]


def test_without_approval_there_are_none(made, settings):
    given = approved(settings, made)
    assert given.images.shape == (0, 64, 64)
    assert len(given.labels) == 0


def test_a_gan_that_saw_a_forbidden_image_gives_nothing(made, settings):
    synthesis = approve(made, [1, 8])
    given = approved(settings, made, {next(iter(synthesis.seen))})
    assert len(given.images) == 0
    assert given.left_out == {synthesis.id: 2}


def test_images_that_the_gan_did_not_see_may_be_tested_on(made, settings, easy):
    synthesis = approve(made, [1, 8])
    assert len(approved(settings, made, set(easy.usable["image"]) - synthesis.seen).images) == 2


def test_the_digest_changes_with_each_approval(made, settings):
    digests = set()
    for number in (0, 1, 7):
        approve(made, [number])
        digests.add(approved(settings, made).digest)
    assert len(digests) == 3


def test_the_digest_is_the_same_for_the_same_images(made, settings):
    approve(made, [0, 7])
    before = approved(settings, made).digest
    approve(made, [1])
    disapprove(made, [1])
    assert approved(settings, made).digest == before


def test_what_was_left_out_is_not_in_the_digest(made, settings):
    nothing = approved(settings, made).digest
    synthesis = approve(made, [0])
    assert approved(settings, made, synthesis.seen).digest == nothing


# Damage


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_gone_is_named(made, name):
    (made / name).unlink()
    with pytest.raises(BadInput, match=f"lack {name}"):
        read_synthesis(made)


@pytest.mark.parametrize("name", ["config.json", "samples.npy", "samples.parquet", "honesty.json"])
@pytest.mark.parametrize("content", [b"", b"nonsense", b"[1, 2]", b"\xff\xfe"], ids=str)
def test_a_damaged_file_is_one_sentence(made, name, content):
    (made / name).write_bytes(content)
    with pytest.raises(BadInput, match="make the images again"):
        read_synthesis(made)


@pytest.mark.parametrize("change", [{"seen": None}, {"config": 3}, {"created": "then"}], ids=str)
def test_a_damaged_record_is_one_sentence(made, change):
    record = json.loads((made / "config.json").read_text())
    (made / "config.json").write_text(json.dumps(record | change))
    with pytest.raises(BadInput, match="make the images again"):
        read_synthesis(made)


def test_samples_of_another_length_are_refused(made):
    pd.read_parquet(made / "samples.parquet").head(5).to_parquet(made / "samples.parquet")
    with pytest.raises(BadInput, match="do not belong together"):
        read_synthesis(made)


def test_a_damaged_one_does_not_hide_the_others(made, settings, finished):
    shutil.copytree(made, made.with_name("0" * 12))
    (made / "config.json").write_text("{")
    assert [synthesis.id for synthesis in list_syntheses(settings)] == ["0" * 12]


def test_an_unfinished_one_is_not_listed(made, settings):
    made.rename(made.with_name(f"{made.name}.unfinished"))
    assert list_syntheses(settings) == []


def test_reading_what_was_made_imports_nothing_slow():
    slow = {"torch", "sklearn", "scipy", "safetensors"}
    script = f"import sys, core.synthesis.store, core.synthesis.config; print(set(sys.modules) & {slow})"
    root = Path(__file__).resolve().parents[2]
    result = subprocess.run([sys.executable, "-c", script], cwd=root, capture_output=True, text=True, check=True)
    assert result.stdout == "set()\n"
