"""The same verbs without a browser: JSON on stdout, progress on stderr, errors as one line and exit code 2."""

import contextlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import pytest

from core.__main__ import main
from core.commands import VERBS, verb
from core.commands.models import LISTS
from core.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
TINY = ["--set", "images.size=16", "--set", "epochs=1", "--set", "batch_size=16"]


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("home")


@pytest.fixture(autouse=True)
def _own_settings(monkeypatch, home):
    for name in Settings.model_fields:
        monkeypatch.delenv(f"NAVARASA_{name.upper()}", raising=False)
    monkeypatch.setenv("NAVARASA_HOME", str(home))
    monkeypatch.setenv("NAVARASA_THREADS", "2")


@pytest.fixture
def call(capsys):
    """`call("describe", path)` is the JSON that the verb printed."""

    def call(*arguments):
        assert main([str(argument) for argument in arguments]) == 0
        return json.loads(capsys.readouterr().out)

    return call


@pytest.fixture
def refusal(capsys):
    """`refusal("describe", path)` is the one line of the verb's error."""

    def refusal(*arguments):
        assert main([str(argument) for argument in arguments]) == 2
        out, error = capsys.readouterr()
        beside = r": \d[\d,]* of \d|^(impossible|fragile): "  # progress, and what was known beforehand
        lines = [line for line in error.splitlines() if not re.search(beside, line)]
        assert (out, len(lines)) == ("", 1)
        assert lines[0].startswith("error: ")
        return lines[0]

    return refusal


@pytest.fixture(scope="module")
def trained(easy_folder, home):
    """What `train` printed for a network on the easy folder."""
    out = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(out):
        patch.setenv("NAVARASA_HOME", str(home))
        patch.setenv("NAVARASA_THREADS", "2")
        assert main(["train", str(easy_folder), "--model", "cnn_1conv", "--sampling", "over", *TINY]) == 0
    return json.loads(out.getvalue())


# describe and resample


def test_describe_prints_the_figures_of_a_folder(call, easy_folder):
    figures = call("describe", easy_folder)
    assert figures["class_counts"] == {"left": 60, "right": 30, "top": 12}
    assert (figures["n_rows"], figures["n_files"], figures["n_persons"]) == (102, 102, 30)


def test_describe_prints_at_least_what_the_design_promises(call, easy_folder):
    assert set(call("describe", easy_folder)) >= {
        *("n_rows", "n_files", "n_images", "class_counts", "raw_labels", "n_shapes", "most_common_shape"),
        *("unlabelled_files", "missing_files", "unreadable_files", "repeated_rows", "conflicting_images"),
        *("annotators", "n_persons", "imbalance_ratio", "fingerprint"),
    }


def test_audit_prints_what_the_pages_show(call, easy_folder):
    result = call("audit", easy_folder)
    assert {"findings", "checks", "near_duplicates", "shortcut", "leakage", "agreement"} <= set(result)
    assert sum(map(len, result["exact_duplicates"])) == 0


def test_audit_compares_the_file_that_is_given(call, easy_folder, tmp_path):
    labelled = (easy_folder / "legend.csv").read_text()
    (tmp_path / "again.csv").write_text(labelled)
    agreement = call("audit", easy_folder, "--second", tmp_path / "again.csv")["agreement"]
    assert (agreement["n"], agreement["agree"], agreement["kappa"]) == (102, 102, 1.0)


def real_command(*arguments, stdout=subprocess.PIPE, **environment):
    """Return what the command gives in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "core", *map(str, arguments)],
        cwd=ROOT,
        stdout=stdout,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env=os.environ | environment,
        check=False,
    )


def test_stdout_of_the_real_command_is_pure_json(easy_folder):
    assert json.loads(real_command("describe", easy_folder).stdout)["n_images"] == 102


def test_any_label_is_printed_whatever_the_terminal_was_set_up_for(make_folder):
    root = make_folder(["a.jpg", "b.jpg"], "image,label\na.jpg,喜び\nb.jpg,fear\n")
    result = real_command("describe", root, PYTHONIOENCODING="ascii")
    assert json.loads(result.stdout)["class_counts"] == {"fear": 1, "喜び": 1}


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no device that is always full")
def test_a_result_that_cannot_be_written_is_a_refusal():
    with open("/dev/full", "w") as full:
        result = real_command("list", "models", stdout=full)
    assert result.returncode == 2
    assert result.stderr == (
        "error: The result cannot be written (No space left on device); make room, or send it elsewhere.\n"
    )


@pytest.mark.skipif(os.name == "nt", reason="Windows knows no broken pipe")
def test_a_reader_that_has_enough_ends_the_command_quietly():
    reads, writes = os.pipe()
    os.close(reads)
    with os.fdopen(writes, "wb") as cut:
        result = real_command("list", "models", stdout=cut)
    assert (result.returncode, result.stderr) == (141, "")


def test_resample_prints_each_class_before_and_after(call, easy_folder):
    result = call("resample", easy_folder, "--sampling", "under-over", "--set", "target=20")
    assert result["before"] == {"left": 60, "right": 30, "top": 12}
    assert result["after"] == {"left": 20, "right": 20, "top": 20}
    assert result["unique_after"] == {"left": 20, "right": 20, "top": 12}


def test_resample_counts_all_that_is_shown(call, easy_folder):
    result = call("resample", easy_folder, "--sampling", "over", "--seed", "4")
    assert (result["n_out"], result["seed"], result["thrown_away_share"]) == (180, 4, 0)


# train, evaluate, runs and predict


def test_train_prints_how_the_run_was_judged(trained):
    assert set(trained) >= {
        *("run", "accuracy", "macro_f1", "macro_f1_interval", "per_class", "labels", "confusion_matrix")
    }
    assert set(trained["per_class"]["left"]) == {
        *("precision", "recall", "f1", "precision_interval", "recall_interval", "f1_interval", "support", "persons")
    }


def test_train_reports_progress_on_stderr(capsys, easy_folder):
    main(["train", str(easy_folder), "--model", "knn", "--set", "k=2", "--set", "images.size=16"])
    assert "Training, epoch: 1 of 1" in capsys.readouterr().err


def test_train_says_what_cannot_work_before_it_starts(capsys, easy_folder):
    main(["train", str(easy_folder), "--model", "knn", "--set", "k=60", "--set", "images.size=16"])
    lines = capsys.readouterr().err.splitlines()
    [known] = [n for n, line in enumerate(lines) if line.startswith("impossible: k = 60 can never predict top")]
    assert known < lines.index("Training, epoch: 0 of 1")


def test_train_with_several_seeds_prints_their_spread(call, easy_folder):
    result = call("train", easy_folder, "--model", "cnn_1conv", *TINY, "--seeds", "0,1")
    scores = [row["macro_f1"] for row in result["seeds"]]
    assert [row["seed"] for row in result["seeds"]] == [0, 1]
    assert result["macro_f1_std"] == pytest.approx(abs(scores[0] - scores[1]) / 2**0.5)


NEIGHBOURS = [
    "--models",
    "knn",
    "--samplings",
    "none,over",
    "--seeds",
    "0,1",
    "--set",
    "k=5",
    "--set",
    "images.size=16",
]


@pytest.fixture(scope="module")
def swept(easy_folder, home):
    """What `sweep` printed for nearest neighbours, with and without oversampling, two seeds each."""
    out = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(out):
        patch.setenv("NAVARASA_HOME", str(home))
        assert main(["sweep", str(easy_folder), *NEIGHBOURS]) == 0
    return json.loads(out.getvalue())


def test_sweep_prints_a_row_a_configuration(swept):
    assert (swept["n_runs"], swept["n_done"]) == (4, 4)
    assert [(row["model"], row["sampling"], row["problems"]) for row in swept["results"]] == [
        ("knn", "none", []),
        ("knn", "over", []),
    ]


def test_a_row_of_a_sweep_has_the_spread_of_its_seeds(swept):
    row = swept["results"][0]
    scores = [seed["macro_f1"] for seed in row["seeds"]]
    assert [seed["seed"] for seed in row["seeds"]] == [0, 1]
    assert (row["macro_f1_mean"], row["macro_f1_std"]) == pytest.approx(
        (sum(scores) / 2, abs(scores[0] - scores[1]) / 2**0.5)
    )


def test_a_run_of_a_sweep_is_the_run_that_train_makes(call, swept, easy_folder):
    seed = swept["results"][1]["seeds"][0]
    alone = call("train", easy_folder, "--model", "knn", "--sampling", "over", *NEIGHBOURS[-4:])
    assert (alone["run"], alone["macro_f1"]) == (seed["run"], seed["macro_f1"])


def test_a_dry_run_says_how_long_what_is_left_takes_and_trains_nothing(call, swept, easy_folder, home):
    before = sorted((home / "runs").iterdir())
    result = call("sweep", easy_folder, *NEIGHBOURS, "--seeds", "0,1,2", "--dry-run")
    assert (result["n_runs"], result["n_done"], sorted((home / "runs").iterdir())) == (6, 4, before)
    assert 0 < result["estimated_seconds"] < 60
    assert [len(row["seeds"]) for row in result["results"]] == [2, 2]


def test_an_interrupted_sweep_keeps_what_is_finished_and_says_how_to_go_on(easy_folder, monkeypatch, capsys, tmp_path):
    from core import sweep_runner

    train, trained = sweep_runner.run_experiment, []

    def train_one(*arguments):
        if trained:
            raise KeyboardInterrupt
        trained.append(train(*arguments))
        return trained[0]

    monkeypatch.setattr(sweep_runner, "run_experiment", train_one)
    monkeypatch.setenv("NAVARASA_HOME", str(tmp_path))
    assert main(["sweep", str(easy_folder), *NEIGHBOURS]) == 130
    assert [path.name for path in (tmp_path / "runs").iterdir()] == [trained[0].id]
    assert "stopped; 1 of 4 runs are done; the same command continues" in capsys.readouterr().err


def test_evaluate_prints_the_same_figures_again(call, trained):
    again = call("evaluate", trained["run"])
    assert again == {key: trained[key] for key in again}


def test_evaluate_takes_a_run_s_folder_too(call, trained, home):
    assert call("evaluate", home / "runs" / trained["run"])["run"] == trained["run"]


def test_runs_lists_what_was_trained(call, trained, easy_folder):
    [row] = [row for row in call("runs") if row["run"] == trained["run"]]
    assert (row["dataset"], row["macro_f1"]) == (str(easy_folder), trained["macro_f1"])


def test_runs_passes_over_a_damaged_run(call, trained, home):
    (home / "runs" / ("d" * 12)).mkdir()
    (home / "runs" / ("d" * 12) / "config.json").write_text("{")
    assert trained["run"] in [row["run"] for row in call("runs")]


def test_predict_prints_a_list_an_image_each(call, trained, easy, tmp_path):
    (tmp_path / "broken.jpg").write_bytes(b"no picture")
    image = easy.root / easy.usable["image"].iloc[0]
    good, bad = call("predict", trained["run"], image, tmp_path / "broken.jpg")
    assert (good["image"], good["problem"], good["faces"][0]["box"]) == (str(image), None, [0, 0, 24, 24])
    assert (bad["faces"], "not a picture" in bad["problem"]) == ([], True)


@pytest.fixture
def picture(easy):
    return easy.root / easy.usable["image"].iloc[0]


def test_predict_says_what_its_answer_is_worth(call, trained, picture):
    [face] = call("predict", trained["run"], picture)[0]["faces"]
    assert face["answer"] == next(iter(face["probabilities"]))
    assert face["reliability"].startswith(f"When it says {face['answer']} of people it never saw, it ")


def test_predict_asks_others_beside(call, trained, home, picture, tmp_path):
    shutil.copytree(home / "runs" / trained["run"], tmp_path / "twin")
    [face] = call("predict", trained["run"], picture, "--beside", tmp_path / "twin")[0]["faces"]
    assert [answer["predictor"] for answer in face["answers"]] == [trained["run"], "twin"]
    assert face["agreement"] == {"answer": face["answer"], "n_same": 2, "n": 2}


def test_predict_asks_nobody_twice(call, trained, picture):
    [face] = call("predict", trained["run"], picture, "--beside", trained["run"])[0]["faces"]
    assert len(face["answers"]) == 1


def test_predict_weighs_up_rare_classes(call, trained, picture):
    [face] = call("predict", trained["run"], picture, "--adjusted")[0]["faces"]
    assert face["answer"] == next(iter(face["adjusted"]))


def test_predict_says_nothing_where_it_is_too_unsure(call, trained, picture):
    [face] = call("predict", trained["run"], picture, "--below", "1")[0]["faces"]
    assert (face["answer"], face["reliability"]) == (None, None)


def test_predict_takes_the_whole_picture_if_asked(call, trained, picture):
    found = [call("predict", trained["run"], picture, *options)[0] for options in ([], ["--whole"])]
    assert found[0] == found[1]  # this run did not learn from faces, so nothing else was done


# export, import, check, html and card


def test_a_run_goes_out_and_comes_in_elsewhere(call, trained, monkeypatch, tmp_path):
    written = call("export", trained["run"], tmp_path / "run.zip")
    assert written == {
        "run": trained["run"],
        "file": str(tmp_path / "run.zip"),
        "bytes": (tmp_path / "run.zip").stat().st_size,
    }
    monkeypatch.setenv("NAVARASA_HOME", str(tmp_path / "other"))
    taken = call("import", tmp_path / "run.zip")
    assert taken["folder"] == str(tmp_path / "other" / "runs" / trained["run"])
    assert [row["run"] for row in call("runs")] == [trained["run"]]


def test_export_names_its_file_after_the_run(call, trained, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert call("export", trained["run"])["file"] == f"run-{trained['run']}.zip"


def test_check_works_out_the_score_again(call, trained):
    assert call("check", trained["run"]) == {key: trained[key] for key in ("run", "n_images", "macro_f1")}


def test_html_writes_one_file_of_several_runs(call, trained, swept, easy_folder, tmp_path):
    second = swept["results"][0]["seeds"][0]["run"]
    written = call("html", trained["run"], second, "--to", tmp_path / "report.html", "--dataset", easy_folder)
    assert written == {"runs": [trained["run"], second], "file": str(tmp_path / "report.html")}
    assert (tmp_path / "report.html").read_text().startswith("<!DOCTYPE html>")


def test_card_writes_markdown_with_front_matter(call, trained, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    written = call("card", trained["run"])
    assert (tmp_path / written["file"]).read_text().startswith("---\npipeline_tag: image-classification\n")


# list, and verbs themselves


@pytest.mark.parametrize("what", LISTS)
def test_list_prints_every_entry(call, what):
    entries = call("list", what)
    assert [entry["name"] for entry in entries] == LISTS[what].names()
    assert set(entries[0]) == {"name", "title", "summary", "source", "parameters"}


# What is refused


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["describe", "no/such/folder"], "no/such/folder"),
        (["describe", "facial_expressions"], "python -m core fetch facial_expressions"),
        (["audit", "FOLDER", "--second", "nowhere.csv"], "There is no file nowhere.csv"),
        (["fetch", "faces"], "no dataset called 'faces' to fetch; known are: facial_expressions"),
        (["resample", "FOLDER", "--sampling", "magic"], "no sampling strategy named 'magic'; there are: none, under"),
        (["resample", "FOLDER", "--sampling", "over", "--set", "target=3"], "over has no parameter 'target'"),
        (["resample", "FOLDER", "--sampling", "under_over", "--set", "target"], "--set takes NAME=VALUE"),
        (["resample", "FOLDER", "--sampling", "under_over", "--set", "target=0"], "target must be a whole number"),
        (["resample", "FOLDER", "--sampling", "under", "--seed", "-1"], "seed"),
        (["train", "FOLDER", "--model", "oracle"], "no model named 'oracle'; there are: "),
        (["train", "FOLDER", "--model", "knn", "--split", "by_moon"], "no split named 'by_moon'"),
        (["train", "FOLDER", "--model", "knn", "--folds", "1"], "number of folds must be from 2 to 20"),
        (["train", "FOLDER", "--model", "knn", "--seeds", "0,x"], "--seeds takes whole numbers"),
        (["train", "FOLDER", "--model", "knn", "--seeds", "1,1"], "--seeds takes different numbers"),
        (["train", "FOLDER", "--model", "knn", "--split-seed", "-1"], "eed must be"),
        (["train", "FOLDER", "--model", "knn"], "k = 101 neighbours cannot vote"),
        (["train", "FOLDER", "--model", "knn", "--scheduler", "nonsense"], "Dask"),
        (["sweep", "FOLDER", "--models", "knn,oracle"], "no model named 'oracle'; there are: "),
        (["sweep", "FOLDER", "--models", "knn", "--set", "gamma=2"], "no parameter 'gamma' in this sweep"),
        (["sweep", "FOLDER", "--models", "knn", "--seeds", "-1"], "--seeds takes different numbers from 0 up"),
        (["sweep", "FOLDER", "--models", "knn", "--seeds", "0,1"], "None of the 2 runs can be trained"),
        (["sweep", "FOLDER", "--models", "knn", "--scheduler", "nonsense"], "Dask"),
        (["pace", "oracle"], "no model named 'oracle'"),
        (["evaluate", "0" * 12], "python -m core runs"),
        (["export", "0" * 12], "python -m core runs"),
        (["import", "nowhere.zip"], "nowhere.zip cannot be used: No such file"),
        (["import", __file__], "is damaged or no ZIP"),
        (["check", "0" * 12], "python -m core runs"),
        (["html", "0" * 12], "python -m core runs"),
        (["card", "nothing"], "no run 'nothing'"),
        (["predict", "nothing", "a.jpg"], "no run 'nothing'"),
        (["predict", "zoo/nothing", "a.jpg"], "no network 'zoo/nothing'"),
        (["predict", "nothing", "a.jpg", "--below", "2"], "--below takes a probability from 0 to 1, not 2"),
        (["predict", "nothing", "a.jpg", "--most", "0"], "--most takes a whole number from 1 up, not 0"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_refusal_is_one_line_that_says_what_to_do(refusal, easy_folder, arguments, words):
    assert words in refusal(*(easy_folder if argument == "FOLDER" else argument for argument in arguments))


@pytest.mark.parametrize("name", ["new\nline", "bell\a", "legend\0.csv"])
def test_a_refusal_is_one_line_of_plain_text_whatever_a_name_holds(refusal, easy_folder, name):
    assert refusal("describe", f"{easy_folder}?legend={quote(name)}").isprintable()


@pytest.fixture
def torn(trained, home, monkeypatch, tmp_path):
    """The name of a run that lost all files but the first."""
    folder = tmp_path / "runs" / trained["run"]
    folder.mkdir(parents=True)
    (folder / "config.json").write_bytes((home / "runs" / trained["run"] / "config.json").read_bytes())
    monkeypatch.setenv("NAVARASA_HOME", str(tmp_path))
    return trained["run"]


def test_a_run_that_lost_its_predictions_is_refused_by_its_name(refusal, torn):
    assert torn in refusal("evaluate", torn)


def test_a_run_that_lost_its_network_is_refused_by_its_name(refusal, torn, easy):
    assert torn in refusal("predict", torn, easy.root / easy.usable["image"].iloc[0])


def test_a_run_that_lost_its_metrics_is_not_listed(call, torn):
    assert call("runs") == []


def test_a_setting_that_makes_no_sense_is_one_line(refusal, monkeypatch):
    monkeypatch.setenv("NAVARASA_MAX_MEGAPIXELS", "huge")
    assert "MAX_MEGAPIXELS" in refusal("list", "models").upper()


def test_an_interrupt_is_told_apart_from_a_refusal(monkeypatch, capsys):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("core.commands.console.open_dataset", interrupt)
    assert main(["describe", "demo"]) == 130
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("arguments", [[], ["fly"], ["train", "demo"], ["list", "wings"]], ids=" ".join)
def test_a_command_that_is_not_understood_ends_with_2_and_says_why(capsys, arguments):
    assert main(arguments) == 2
    out, error = capsys.readouterr()
    assert out == ""
    assert error.startswith("error: ")
    assert error.count("\n") == 1


def test_help_lists_the_verbs(capsys):
    with pytest.raises(SystemExit):
        main(["--help"])
    assert set(VERBS) <= set(capsys.readouterr().out.split())


def test_the_verbs_are_those_that_the_design_promises():
    promised = "describe resample train sweep evaluate predict audit list runs fetch export import html card work"
    assert set(promised.split()) <= set(VERBS)


@pytest.mark.parametrize("name", VERBS)
def test_a_verb_says_what_it_does_in_one_sentence(name):
    assert re.fullmatch(r"[A-Z][^\n]*\.", VERBS[name].action.__doc__)


def test_a_verb_s_name_is_taken_once():
    with pytest.raises(ValueError, match="already a verb named 'train'"):
        verb("train")


def test_a_folder_may_be_given_below_the_working_directory(call, easy_folder, monkeypatch):
    monkeypatch.chdir(easy_folder.parent)
    assert call("describe", os.path.basename(easy_folder))["n_images"] == 102
