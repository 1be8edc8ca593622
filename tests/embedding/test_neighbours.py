"""What lies near what, on points whose neighbours are known."""

import numpy as np
import pandas as pd
import pytest

from core.embedding import Features, label_purity, nearest
from core.errors import BadInput


def features_of(matrix, labels):
    names = np.array([f"i{n}" for n in range(len(matrix))], dtype=object)
    return Features(
        "numbers", names, np.array(labels, dtype=object), np.asarray(matrix, dtype=np.float32), "key", len(matrix)
    )


LINE = features_of([[0, 0], [3, 4], [6, 8], [30, 40]], ["a", "b", "a", "b"])


def test_neighbours_come_nearest_first_with_distance_and_label():
    assert nearest(LINE, "i0").to_dict("split")["data"] == [["i1", 5, "b"], ["i2", 10, "a"], ["i3", 50, "b"]]


def test_an_image_is_not_its_own_neighbour():
    assert "i2" not in nearest(LINE, "i2")["image"].tolist()


def test_as_many_neighbours_as_asked_for():
    assert nearest(LINE, "i3", n=2)["image"].tolist() == ["i2", "i1"]


def test_a_copy_is_the_nearest_at_distance_zero():
    copies = features_of([[1, 1], [0, 0], [1, 1], [9, 9]], list("aabb"))
    assert nearest(copies, "i0", n=1).to_dict("split")["data"] == [["i2", 0, "b"]]
    assert nearest(copies, "i2", n=1)["image"].tolist() == ["i0"]


def test_an_image_that_was_not_drawn_is_refused():
    with pytest.raises(BadInput, match=r"elsewhere\.jpg is not among the 4 images"):
        nearest(LINE, "elsewhere.jpg")


def test_groups_of_one_label_each_are_pure():
    matrix = np.repeat([[0.0], [100.0]], 5, axis=0) + np.tile(np.arange(5.0)[:, None], (2, 1))
    table = label_purity(features_of(matrix, ["a"] * 5 + ["b"] * 5), ["a"] * 5 + ["b"] * 5, k=4)
    assert table["purity"].tolist() == [1, 1, 1]
    assert table["chance"].tolist() == pytest.approx([4 / 9] * 3)


def test_purity_is_as_worked_by_hand():
    # On a line 0, 1, 3, 7 with k = 1 the neighbours are 1, 0, 1, 3: labels a a a b see a, a, a, a.
    table = label_purity(features_of([[0], [1], [3], [7]], list("aaab")), list("aaab"), k=1).set_index("label")
    assert table["purity"].to_dict() == {"all images": 0.75, "a": 1, "b": 0}
    assert table["chance"].to_dict() == pytest.approx({"all images": 0.5, "a": 2 / 3, "b": 0})
    assert table["images"].to_dict() == {"all images": 4, "a": 3, "b": 1}


def test_labels_without_meaning_are_as_pure_as_chance():
    rng = np.random.default_rng(0)
    labels = rng.choice(["a", "b"], 4000, p=[0.9, 0.1])
    table = label_purity(features_of(rng.normal(size=(4000, 5)), labels), labels).set_index("label")
    assert (table["purity"] - table["chance"]).abs().max() < 0.02


def test_images_without_a_value_take_no_part():
    # i1 lies between the two a's; left out, they are each other's neighbours.
    features = features_of([[0], [1], [2]], list("aba"))
    table = label_purity(features, pd.Series(["a", None, "a"]), k=1)
    assert table.to_dict("split")["data"] == [["all images", 2, 1.0, 1.0], ["a", 2, 1.0, 1.0]]


def test_more_neighbours_than_there_are_is_all_of_them():
    table = label_purity(LINE, LINE.labels, k=50)
    assert table["purity"].tolist() == pytest.approx([1 / 3] * 3)


def test_one_image_has_no_neighbours():
    with pytest.raises(BadInput, match="at least two"):
        label_purity(LINE, ["a", None, None, None])
