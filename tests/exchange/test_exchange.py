"""A run goes out as one file and comes in elsewhere as it was; a file that is anything else leaves nothing behind."""

import io
import json
import stat
import struct
import warnings
import zipfile

import pandas as pd
import pytest

from core.errors import BadInput
from core.evaluation import predicted_labels
from core.exchange import export_name, export_run, import_run, taking, write_export
from core.exchange.manifest import LIMITS, MANIFEST, OPTIONAL, REQUIRED
from core.exchange.packing import shareable_source
from core.runs import BY_K, FILES, VALIDATION, list_runs


@pytest.fixture
def refused(settings):
    """`refused(data)` is why a file is not taken in; nothing of it may be left."""

    def refused(data):
        with pytest.raises(BadInput) as problem:
            import_run(data, "run.zip", settings)
        left = list(settings.runs_dir.iterdir()) if settings.runs_dir.exists() else []
        assert left == []
        return str(problem.value)

    return refused


# Out and in again


@pytest.mark.parametrize("kind", ["run", "neighbours"])
def test_a_run_comes_in_as_it_went_out(kind, settings, request):
    run = request.getfixturevalue(kind)
    taken = import_run(export_run(run), "run.zip", settings)
    assert taken.id == run.id
    assert taken.files == run.files
    for name in run.files[1:]:
        assert (taken.folder / name).read_bytes() == (run.folder / name).read_bytes()


def test_a_run_that_came_in_is_listed_with_its_dataset(exported, easy, settings):
    import_run(exported, "run.zip", settings)
    assert [run.metrics["labels"] for run in list_runs(settings.runs_dir, easy.fingerprint)] == [list(easy.labels)]


def test_a_run_can_be_read_from_a_file_that_is_open_and_from_a_path(run, exported, settings, tmp_path):
    place = tmp_path / export_name(run)
    write_export(run, place)
    assert place.read_bytes() == exported
    assert import_run(place, place.name, settings).id == run.id
    assert (
        import_run(io.BytesIO(exported), "run.zip", settings.model_copy(update={"home": tmp_path / "other"})).id
        == run.id
    )


def test_the_same_run_gives_the_same_bytes(run, exported):
    assert export_run(run) == exported


def test_a_run_that_is_here_says_so(exported, run, settings):
    import_run(exported, "run.zip", settings)
    with pytest.raises(BadInput, match=f"run.zip: the run {run.id} is here already, so nothing was changed"):
        import_run(exported, "run.zip", settings)


def test_where_a_dataset_lies_stays_at_home(exported, easy):
    with zipfile.ZipFile(io.BytesIO(exported)) as archive:
        assert json.loads(archive.read("config.json"))["config"]["dataset"] == easy.root.name


@pytest.mark.parametrize(
    ("source", "shared"),
    [
        ("demo", "demo"),
        ("/home/kim/faces", "faces"),
        ("C:\\data\\faces?conflicts=first", "faces?conflicts=first"),
        ("facial_expressions?map=sad:sadness", "facial_expressions?map=sad:sadness"),
    ],
)
def test_a_dataset_is_named_without_the_folders_it_lies_in(source, shared):
    assert shareable_source(source) == shared


def test_every_file_of_a_run_has_a_limit():
    assert set(LIMITS) == {MANIFEST, *REQUIRED, *OPTIONAL} == {MANIFEST, *FILES, BY_K, VALIDATION}


def test_a_public_server_takes_in_nothing(exported, settings):
    hosted = settings.model_copy(update={"hosted": True})
    with pytest.raises(BadInput, match="shared server"):
        import_run(exported, "run.zip", hosted)


def test_a_run_without_its_network_is_not_taken_in(repacked, refused):
    without = repacked({"network.onnx": None, "weights.safetensors": None})
    assert "has no network: the run came with a program" in refused(without)


# No ZIP, or not a good one


@pytest.mark.parametrize("data", [b"", b"no zip at all", b"PK\x03\x04" + bytes(100)])
def test_what_is_no_zip_is_refused(refused, data):
    assert "run.zip is damaged or no ZIP" in refused(data)


@pytest.mark.parametrize("share", [0.2, 0.5, 0.99])
def test_a_file_that_was_cut_short_is_refused(refused, exported, share):
    assert "run.zip is damaged" in refused(exported[: int(len(exported) * share)])


def test_a_byte_that_fell_over_is_noticed(refused, exported):
    with zipfile.ZipFile(io.BytesIO(exported)) as archive:
        start = archive.getinfo("network.onnx").header_offset + 100
    assert "run.zip" in refused(exported[:start] + bytes([exported[start] ^ 255]) + exported[start + 1 :])


@pytest.mark.parametrize(
    "name",
    ["../evil.py", "/etc/passwd", "sub/config.json", "config.json/", "..\\config.json", "notes.txt", "CONFIG.JSON"],
)
def test_a_name_that_no_run_has_is_refused(refused, repacked, name):
    assert "which is no file of a run" in refused(repacked(entries=[(zipfile.ZipInfo(name), b"x")]))


def test_a_file_that_is_there_twice_is_refused(refused, repacked):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # zipfile's, that this is odd
        twice = repacked(entries=[("config.json", b"{}")])
    assert "holds config.json twice" in refused(twice)


def test_a_link_is_refused(refused, repacked):
    link = zipfile.ZipInfo(BY_K)
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    assert "by_k.csv is a link" in refused(repacked(entries=[(link, b"/etc/passwd")]))


def test_a_locked_file_is_refused(refused, exported):
    with zipfile.ZipFile(io.BytesIO(exported)) as archive:
        name = archive.namelist()[0]
    locked = bytearray(exported)
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):  # the flags of the first file, in both places
        locked[locked.find(mark) + offset] |= 1
    assert f"{name} is locked with a password" in refused(bytes(locked))


def test_an_unusual_packing_is_refused(refused, exported, repacked):
    entry = zipfile.ZipInfo(BY_K)
    entry.compress_type = zipfile.ZIP_LZMA
    assert "by_k.csv is packed in an unusual way" in refused(repacked(entries=[(entry, b"x")]))


def test_a_bomb_is_refused_before_it_is_unpacked(refused, repacked):
    bomb = repacked({"history.csv": bytes(15_000_000)})
    assert len(bomb) < 8_000_000
    assert "history.csv would unpack to 1,0" in refused(bomb)


def test_a_file_over_its_limit_is_refused_before_it_is_unpacked(refused, repacked):
    assert "config.json would unpack to 1 MB, over the limit of 1 MB" in refused(
        repacked({"config.json": bytes(1_000_001)})
    )


def test_a_size_that_is_told_wrong_ends_the_reading(refused, exported):
    with zipfile.ZipFile(io.BytesIO(exported)) as archive:
        info = archive.getinfo("history.csv")
    there = exported.rfind(b"PK\x01\x02", 0, exported.rfind(b"history.csv"))
    lied = exported[: there + 24] + struct.pack("<L", info.file_size - 5) + exported[there + 28 :]
    assert "history.csv" in refused(lied)


# The list of checksums


def test_a_file_without_its_list_is_no_exported_run(refused):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("config.json", "{}")
    assert "lacks manifest.json, so it is no exported run" in refused(buffer.getvalue())


@pytest.mark.parametrize(
    ("manifest", "words"),
    [
        ({"version": 2}, "version"),
        ({"format": "other"}, "format"),
        ({"run": "../../etc"}, "run"),
        ({"more": 1}, "more"),
        ({"files": {"config.json": {"bytes": -1, "sha256": "0" * 64}}}, "bytes"),
        ({"files": {}}, "does not list: 'config.json'"),
    ],
)
def test_a_list_that_this_version_does_not_read_is_refused(refused, repacked, manifest, words):
    assert words in refused(repacked(manifest=manifest))


def test_a_list_that_names_more_than_there_is_is_refused(refused, repacked, exported):
    with zipfile.ZipFile(io.BytesIO(exported)) as archive:
        files = json.loads(archive.read("manifest.json"))["files"]
    assert "lists a file that is not there: 'by_k.csv'" in refused(
        repacked(manifest={"files": files | {BY_K: files["config.json"]}})
    )


def test_a_file_whose_checksum_differs_is_refused(refused, repacked, exported):
    with zipfile.ZipFile(io.BytesIO(exported)) as archive:
        files = json.loads(archive.read("manifest.json"))["files"]
    changed = repacked({"history.csv": b"fold\n1\n"}, manifest={"files": files})
    assert "history.csv is not what manifest.json says" in refused(changed)


def test_a_run_that_lacks_a_file_is_refused(refused, repacked):
    assert "lacks predictions.parquet" in refused(repacked({"predictions.parquet": None}))


# What only the whole check finds, in its own process


def test_a_changed_prediction_is_found_by_its_figure(refused, repacked, run):
    table = run.predictions
    right = int((predicted_labels(table) == table["y_true"]).idxmax())
    table.loc[right, ["p_left", "p_right", "p_top"]] = 0.0
    table.loc[right, "p_top" if table["y_true"][right] == "left" else "p_left"] = 1.0
    buffer = io.BytesIO()
    table.to_parquet(buffer, index=False)
    problem = refused(repacked({"predictions.parquet": buffer.getvalue()}))
    assert "run.zip cannot be taken in: metrics.json is not what predictions.parquet gives: accuracy is" in problem


def test_a_run_under_another_s_name_is_refused(refused, repacked):
    problem = refused(repacked(manifest={"run": "0" * 12}))
    assert "but manifest.json calls it 000000000000; its configuration was changed" in problem


def test_a_check_that_bursts_takes_nothing_with_it(refused, exported, monkeypatch):
    monkeypatch.setattr(taking, "MEMORY", 0.05)  # too little to import anything
    assert refused(exported).startswith("run.zip cannot be taken in: ")


def test_a_check_that_does_not_end_is_ended(refused, exported, monkeypatch):
    monkeypatch.setattr(taking, "SECONDS", 0.01)
    assert "was not done after" in refused(exported)


def test_nothing_of_a_run_is_left_where_an_interrupt_comes(exported, settings, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(taking, "ask", interrupt)
    with pytest.raises(KeyboardInterrupt):
        import_run(exported, "run.zip", settings)
    assert list(settings.runs_dir.iterdir()) == []


def test_predictions_are_the_same_after_the_way(exported, run, settings):
    pd.testing.assert_frame_equal(import_run(exported, "run.zip", settings).predictions, run.predictions)
