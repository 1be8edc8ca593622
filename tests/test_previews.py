"""What a page shows of a batch is what training is shown."""

import numpy as np
import pandas as pd
import pytest

from core.batches import TrainingSet, generators
from core.previews import batch, blends
from core.sampling import SAMPLERS
from core.sampling.summary import resample

CLASSES = ("anger", "fear", "joy")
PART = pd.DataFrame({"image": [f"{n}.jpg" for n in range(60)], "label": ["joy"] * 40 + ["fear"] * 12 + ["anger"] * 8})
ROWS = np.random.default_rng(0).integers(0, 256, (60, 8, 8), np.uint8)


def drawn(name, **values):
    return resample(SAMPLERS[name], PART["label"], values, material={"images": lambda: ROWS})


def shown(name, number=1, size=16, seed=0, **values):
    return batch(drawn(name, **values), ROWS, PART, CLASSES, number, size, seed)


def test_a_batch_is_what_training_is_shown_with_that_seed():
    targets = pd.Categorical(PART["label"], categories=list(CLASSES)).codes.astype(np.int64)
    rng, _ = generators(4, 1)
    [_, second, *_] = TrainingSet(ROWS, targets, np.arange(60), drawn("augment", target=50).plan, CLASSES).batches(
        16, rng
    )
    expected = (second.images * 255).round().astype(np.uint8)
    preview = shown("augment", number=2, seed=4, target=50)
    assert sorted(map(bytes, preview.images)) == sorted(map(bytes, expected))


def test_the_commonest_class_comes_first():
    labels = shown("over", size=64).table["label"]
    assert labels.drop_duplicates().tolist() == ["joy", "fear", "anger"]


def test_past_the_last_batch_is_the_last():
    preview = shown("none", number=99)
    assert (preview.n_batches, len(preview.images)) == (4, 60 - 3 * 16)


@pytest.mark.parametrize(("name", "words"), [("none", {""}), ("augment", {"", "changed"}), ("smote", {"", "blended"})])
def test_what_was_done_to_an_image_is_told(name, words):
    values = {"target": 40} if name == "augment" else {}
    assert set(shown(name, size=200, **values).table["what"]) == words


def test_weights_and_mixtures_are_told_too():
    assert shown("class_weights", size=60).table["what"].str.fullmatch(r"weighs [\d.]+").all()
    assert shown("augment", target=40, mixup=1.0).table["what"].str.contains("% of it").any()


def test_blends_lie_between_their_parents():
    for blend in blends(drawn("smote"), ROWS, PART, CLASSES):
        expected = blend.first + blend.share * (blend.second.astype(float) - blend.first)
        assert np.abs(blend.made - expected).max() <= 0.51
        assert {PART.set_index("image")["label"][name] for name in blend.names} == {blend.label}


def test_the_rarest_class_s_blends_come_first_and_three_of_each():
    assert [blend.label for blend in blends(drawn("smote"), ROWS, PART, CLASSES)] == ["anger"] * 3 + ["fear"] * 3


def test_a_strategy_that_blends_nothing_has_no_blends():
    assert blends(drawn("over"), ROWS, PART, CLASSES) == []
