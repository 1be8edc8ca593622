"""Short runs whose documents are read: a network, another seed of it, neighbours, and one with hostile names."""

import json
import shutil

import pandas as pd
import pytest

from core.evaluation import evaluate
from core.experiment import run_experiment
from core.runs import configure, read_run

HOSTILE = "<script>alert(1)</script>|`x`\n---"


@pytest.fixture(scope="session")
def trained(easy, easy_settings):
    """`trained(**choices)` is a run on the easy dataset."""

    def train(**choices):
        values = {"images.size": 16} | choices.pop("values", {})
        return run_experiment(configure(easy.fingerprint, easy.source, values=values, **choices), easy_settings)

    return train


@pytest.fixture(scope="session")
def run(trained):
    """Return a network that was trained for two epochs."""
    return trained(model="cnn_1conv", sampling="over", values={"training.epochs": 2})


@pytest.fixture(scope="session")
def other(trained):
    """Return the same with another seed."""
    return trained(model="cnn_1conv", sampling="over", values={"training.epochs": 2}, seed=1)


@pytest.fixture(scope="session")
def neighbours(trained):
    """Return three nearest neighbours in three folds."""
    return trained(model="knn", folds=3, split="random", values={"model.k": 3})


@pytest.fixture
def hostile(run, tmp_path):
    """Return a run one of whose classes, and whose dataset, are called like HTML, Markdown and YAML."""
    folder = shutil.copytree(run.folder, tmp_path / run.id)
    table = run.predictions.rename(columns={"p_top": f"p_{HOSTILE}"})
    table["y_true"] = table["y_true"].replace("top", HOSTILE)
    table.to_parquet(folder / "predictions.parquet", index=False)
    (folder / "metrics.json").write_text(json.dumps(evaluate(table).to_json()))
    record = json.loads((folder / "config.json").read_text())
    record["config"]["dataset"] = 'faces"\n<img src=x>'
    (folder / "config.json").write_text(json.dumps(record))
    return read_run(folder)


@pytest.fixture
def written(tmp_path):
    """`written(predictions, run)` is the run with other predictions."""

    def write(predictions: pd.DataFrame, run):
        folder = shutil.copytree(run.folder, tmp_path / run.id, dirs_exist_ok=True)
        predictions.to_parquet(folder / "predictions.parquet", index=False)
        return read_run(folder)

    return write
