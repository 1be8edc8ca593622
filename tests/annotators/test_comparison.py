"""How far two annotators agree: figures worked by hand, scikit-learn's kappa, and those known of the real dataset."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import cohen_kappa_score

from core.annotators import agreement, disagreements, kappa_words, read_second, second_files, within_legend
from core.datasets import open_dataset
from core.settings import Settings

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "data" / "facial_expressions"
real_only = [
    pytest.mark.real,
    pytest.mark.skipif(not FOLDER.is_dir(), reason="the real dataset is not at ../shared/data/facial_expressions"),
]


@pytest.fixture
def compare(open_folder):
    """`compare(first, second)` is the agreement of two lists of labels of the same images; "" gives none."""

    def make(first, second, persons=None, **options):
        names = [
            f"{person}_{number}.jpg" for number, person in enumerate(persons or [f"p{n}x" for n in range(len(first))])
        ]
        dataset = open_folder(names, table(names, first))
        other = read_second(table(names, second).encode(), "second.csv", dataset)
        return agreement(dataset, other, **options)

    def table(names, labels):
        return "image,emotion\n" + "\n".join(f"{name},{label}" for name, label in zip(names, labels, strict=True))

    return make


FIRST = ["joy"] * 6 + ["fear"] * 4
SECOND = ["joy"] * 4 + ["fear"] * 2 + ["fear"] * 3 + ["joy"]


def test_shares_and_kappa_are_as_worked_by_hand(compare):
    # 7 of 10 agree; by chance 0.6 * 0.5 + 0.4 * 0.5 = 0.5 would: kappa = (0.7 - 0.5) / (1 - 0.5).
    result = compare(FIRST, SECOND)
    assert (result.n, result.agree, result.share) == (10, 7, 0.7)
    assert result.kappa == pytest.approx(0.4)


def test_the_matrix_has_the_legend_in_rows(compare):
    result = compare(FIRST, SECOND)
    assert list(result.matrix.index) == list(result.matrix.columns) == ["joy", "fear"]
    assert result.matrix.to_numpy().tolist() == [[4, 2], [1, 3]]


def test_specific_agreement_is_as_worked_by_hand(compare):
    table = compare(FIRST, SECOND).per_class
    assert table.loc["joy"].tolist() == pytest.approx([6, 5, 4, 8 / 11])
    assert table.loc["fear"].tolist() == pytest.approx([4, 5, 3, 6 / 9])


def test_kappa_is_scikit_learn_s(compare):
    rng = np.random.default_rng(0)
    first, second = rng.choice(["joy", "fear", "calm", "hate"], (2, 200), p=[0.5, 0.3, 0.15, 0.05])
    second = np.where(rng.random(200) < 0.5, first, second)
    assert compare(first, second).kappa == pytest.approx(cohen_kappa_score(first, second), abs=1e-12)


def test_the_interval_holds_kappa_and_is_the_same_again(compare):
    result, again = compare(FIRST * 5, SECOND * 5), compare(FIRST * 5, SECOND * 5)
    assert result.kappa_interval[0] < result.kappa < result.kappa_interval[1]
    assert result.kappa_interval == again.kappa_interval


def test_the_interval_is_that_of_a_plain_bootstrap_over_persons(compare):
    persons = [f"{'abcdefghij'[n % 10]}{'klmno'[n % 5]}{'uvwxy'[n // 10]}" for n in range(50)]
    first, second = np.array(FIRST * 5), np.array(SECOND * 5)
    result = compare(first, second, persons, n_resamples=4000)
    rng, names = np.random.default_rng(1), np.array(persons)
    held = {person: np.flatnonzero(names == person) for person in persons}
    kappas = []
    for _ in range(1000):
        drawn = np.concatenate([held[person] for person in rng.choice(sorted(held), len(held))])
        kappas.append(cohen_kappa_score(first[drawn], second[drawn]))
    assert result.kappa_interval == pytest.approx(np.quantile(kappas, [0.025, 0.975]), abs=0.04)


def test_images_of_few_persons_make_a_wider_interval(compare):
    first, second = ["joy", "fear"] * 50, ["joy", "fear"] * 25 + ["fear", "joy"] * 25
    alone = compare(first, second, [f"{chr(97 + n // 26)}{chr(97 + n % 26)}" for n in range(100)])
    crowd = compare(first, second, [f"{'abcdefghij'[n // 10]}q" for n in range(100)])
    assert (alone.n_persons, crowd.n_persons) == (100, 10)
    assert np.ptp(crowd.kappa_interval) > 2 * np.ptp(alone.kappa_interval)


def test_two_who_always_agree_have_kappa_one(compare):
    result = compare(FIRST, FIRST)
    assert (result.kappa, result.share) == (1, 1)
    assert result.kappa_interval == (1, 1)


def test_a_hundred_labels_are_told_apart(compare):
    labels = [f"label {number}" for number in range(100)]
    assert compare(labels, labels).kappa_interval == (1, 1)


def test_chance_alone_has_kappa_zero(compare):
    assert compare(["joy", "joy", "fear", "fear"], ["joy", "fear", "joy", "fear"]).kappa == pytest.approx(0)


def test_kappa_is_undefined_where_nothing_could_differ(compare, open_folder):
    result = compare(["joy", "joy", "fear"], ["joy", "joy", ""])
    assert (result.n, result.agree) == (2, 2)
    assert np.isnan([result.kappa, *result.kappa_interval]).all()
    assert result.words == "undefined"


def test_a_second_of_whom_no_word_is_a_class_shares_no_image(compare):
    result = compare(["joy", "fear"], ["31", "28"])
    assert (result.n, result.agree, result.pairs.empty, result.matrix.empty) == (0, 0, True, True)
    assert np.isnan([result.share, result.kappa, *result.kappa_interval]).all()


def test_a_label_that_only_the_second_gives_is_a_row_of_zeros(open_folder):
    dataset = open_folder(["a.jpg", "b.jpg"], "image,emotion\na.jpg,joy\nb.jpg,fear")
    second = read_second(b"image,emotion\na.jpg,joy\nb.jpg,awe", "s.csv", dataset, mapping={"awe": "awe"})
    matrix = agreement(dataset, second).matrix
    assert list(matrix.columns) == ["fear", "joy", "awe"]
    assert matrix.loc["fear"].tolist() == [0, 0, 1]
    assert matrix.loc["awe"].tolist() == [0, 0, 0]


def test_an_image_on_which_the_legend_contradicts_itself_does_not_count(open_folder):
    dataset = open_folder(["a.jpg", "b.jpg"], "image,emotion\na.jpg,joy\na.jpg,fear\nb.jpg,fear")
    second = read_second(b"image,emotion\na.jpg,joy\nb.jpg,fear", "s.csv", dataset)
    assert agreement(dataset, second).pairs["image"].tolist() == ["b.jpg"]


def test_a_cell_of_the_matrix_leads_to_its_images(compare):
    result = compare(FIRST, SECOND)
    assert [name.split("_")[1] for name in disagreements(result, "joy", "fear")] == ["4.jpg", "5.jpg"]
    assert sum(len(disagreements(result, a, b)) for a in result.matrix for b in result.matrix) == result.n


def test_drawing_in_portions_changes_nothing_but_the_draws(compare, monkeypatch):
    whole = compare(FIRST * 5, SECOND * 5)
    monkeypatch.setattr("core.annotators.comparison._DRAWS_AT_ONCE", 100)
    assert compare(FIRST * 5, SECOND * 5).kappa_interval == pytest.approx(whole.kappa_interval, abs=0.05)


@pytest.mark.parametrize(
    ("kappa", "words"),
    [(-0.1, "poor"), (0.0, "slight"), (0.2, "slight"), (0.32, "fair"), (0.5, "moderate"), (0.7, "substantial")]
    + [(1.0, "almost perfect"), (float("nan"), "undefined")],
)
def test_a_kappa_has_the_words_of_landis_and_koch(kappa, words):
    assert kappa_words(kappa) == words


# In the legend itself


def test_two_annotators_of_the_legend_are_compared(open_folder):
    legend = "user,image,emotion\nann,a.jpg,joy\nbob,a.jpg,joy\nann,b.jpg,fear\nbob,b.jpg,joy\nann,c.jpg,fear"
    result = within_legend(open_folder(["a.jpg", "b.jpg", "c.jpg"], legend))
    assert (result.n, result.agree) == (2, 1)
    assert disagreements(result, "fear", "joy") == ["b.jpg"]


def test_one_annotator_twice_is_no_second_opinion(open_folder):
    legend = "user,image,emotion\nann,a.jpg,joy\nann,a.jpg,fear\nann,b.jpg,fear"
    assert within_legend(open_folder(["a.jpg", "b.jpg"], legend)) is None


def test_a_hundred_thousand_images_of_nobody_known_are_compared(open_folder):
    dataset = open_folder(["a.jpg", "b.jpg"], "image,emotion\na.jpg,joy\nb.jpg,fear")
    rng, n = np.random.default_rng(0), 100_000
    images = pd.Series([f"i{number}" for number in range(n)], dtype="str")
    labels = pd.Series(rng.choice(["joy", "fear"], n), dtype="str")
    persons = pd.Series(pd.NA, index=labels.index, dtype="str")
    catalog = pd.DataFrame({"image": images, "label": labels, "person": persons, "problem": persons})
    large = replace(dataset, catalog=catalog)
    second = read_second(b"image,emotion\na.jpg,joy\nb.jpg,fear", "s.csv", dataset)
    result = agreement(large, replace(second, rows=pd.DataFrame({"image": images, "label": labels})))
    assert (result.n, result.kappa, result.n_persons) == (n, 1, n)


# The real dataset


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    return open_dataset(FOLDER, Settings(data=None, home=tmp_path_factory.mktemp("home"), hosted=False))


@pytest.fixture(scope="module")
def known(real):
    [name] = second_files(real)
    return agreement(real, read_second(real.root / name, name, real))


class TestRealDataset:
    pytestmark = real_only

    def test_the_second_annotator_is_found(self, real):
        assert second_files(real) == ["data/500_picts_satz.csv"]

    def test_they_agree_on_247_of_499(self, known):
        assert (known.n, known.agree) == (499, 247)

    def test_kappa_is_fair(self, known):
        assert known.kappa == pytest.approx(0.32, abs=0.005)
        assert known.words == "fair"

    def test_kappa_is_scikit_learn_s_there_too(self, known):
        assert known.kappa == pytest.approx(cohen_kappa_score(known.pairs["first"], known.pairs["second"]), abs=1e-12)

    def test_the_second_sees_115_angers_where_the_legend_has_5(self, known):
        assert known.per_class.loc["anger", ["first", "second"]].tolist() == [5, 115]

    def test_two_of_its_annotators_labelled_seven_images_alike(self, real):
        result = within_legend(real)
        assert (result.n, result.agree) == (7, 7)
