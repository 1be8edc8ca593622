"""The demo tells its story: plain training ignores the rare classes; a strategy helps one and hurts another."""

import pytest

from core.datasets import open_dataset
from core.experiment import run_experiment
from core.runs import configure
from core.settings import Settings


@pytest.fixture(scope="module")
def recalls(tmp_path_factory):
    """Recall of each class by strategy, of the 3-conv CNN with its defaults."""
    settings = Settings(data=None, home=tmp_path_factory.mktemp("home"), hosted=False, threads=2)
    fingerprint = open_dataset("demo", settings).fingerprint
    told = {}
    for sampling in ("none", "over", "under"):
        run = run_experiment(configure(fingerprint, "demo", model="cnn_3conv", sampling=sampling), settings)
        told[sampling] = {label: row["recall"] for label, row in run.metrics["per_class"].items()}
    return told


def test_plain_cross_entropy_ignores_the_rare_classes(recalls):
    rare = ("sadness", "anger", "disgust", "fear", "contempt")
    assert sum(recalls["none"][label] < 0.3 for label in rare) >= 4


def test_oversampling_finds_surprise_and_loses_some_neutral_faces(recalls):
    assert recalls["over"]["surprise"] > recalls["none"]["surprise"] + 0.3
    assert recalls["over"]["neutral"] < recalls["none"]["neutral"]


def test_undersampling_to_the_rarest_loses_the_common_classes(recalls):
    assert recalls["under"]["neutral"] < recalls["none"]["neutral"] - 0.3
