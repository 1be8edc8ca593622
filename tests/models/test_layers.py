"""The table of layers: worked by hand for the students' network, and true of every model that is registered."""

import json
import math

import pytest
import torch

from core.errors import BadInput
from core.models import MODELS
from core.models.layers import layer_table

every_model = pytest.mark.parametrize("choice", list(MODELS), ids=MODELS.names())


def table_of(name, n_classes=8, image_size=48, **params):
    return layer_table(MODELS[name], n_classes, image_size, params)


def test_the_small_network_s_table_is_as_worked_by_hand():
    assert list(table_of("cnn_1conv").drop(columns="name").itertuples(index=False, name=None)) == [
        ("Standardisation", "1 x 48 x 48", 0),
        ("Convolution 3x3", "16 x 48 x 48", 160),
        ("ReLU", "16 x 48 x 48", 0),
        ("Max pooling 2x2", "16 x 24 x 24", 0),
        ("Flatten", "9216", 0),
        ("Dense", "64", 589888),
        ("ReLU", "64", 0),
        ("Dense", "8", 520),
    ]


def test_a_parameter_of_the_model_is_in_the_table():
    assert "Dropout of 45%" in set(table_of("cnn_3conv", dropout=0.45)["layer"])


def test_strides_and_global_pooling_are_named():
    layers = set(table_of("residual")["layer"])
    assert {"Convolution 5x5, stride 2", "Average pooling 2x2", "Global average pooling"} <= layers


def test_a_shortcut_that_changes_nothing_is_no_layer():
    assert not table_of("residual")["layer"].isin(["Identity", "Sequential"]).any()


def test_depthwise_convolutions_are_named():
    layers = table_of("mobilenet_v2_finetuned", image_size=32)["layer"]
    assert layers.str.startswith("Depthwise convolution 3x3").sum() == 17  # one a bottleneck


def test_a_layer_s_name_is_that_of_its_weights():
    table = table_of("residual", n_classes=3, image_size=16)
    weights = MODELS["residual"].build(3, 16, **MODELS["residual"].settle({})).state_dict()
    assert {f"{name}.weight" for name in table.loc[table["parameters"] > 0, "name"]} <= set(weights)


@every_model
def test_the_rows_add_up_to_the_total(choice):
    table = layer_table(choice, 3, 32, {})
    assert table["parameters"].sum() == table.attrs["parameters"] >= table.attrs["learned"]


@every_model
def test_the_last_row_has_an_output_a_class(choice):
    assert layer_table(choice, 5, 32, {})["output"].iloc[-1] == "5"


@every_model
def test_the_table_can_be_written_as_json(choice):
    table = layer_table(choice, 3, 32, {})
    assert json.loads(json.dumps([table.to_dict("records"), table.attrs]))[0] == table.to_dict("records")


def test_of_a_frozen_network_only_the_head_is_learned():
    table = table_of("mobilenet_v2_frozen", n_classes=3, image_size=32)
    head = table.loc[table["name"].str.startswith("head."), "parameters"].sum()
    assert 0 < head == table.attrs["learned"] < table.attrs["parameters"]


def test_discriminant_analysis_has_a_weight_a_feature_and_a_bias_for_each_class():
    n_features = math.prod([4, 9, 5, 5])  # 2x2 cells of 9 directions, 5 blocks a side
    assert table_of("hog_lda", cell=8).attrs == {"parameters": 8 * (n_features + 1), "learned": 8 * (n_features + 1)}


def test_nearest_neighbours_have_nothing_before_they_saw_an_image():
    assert list(table_of("knn").itertuples(index=False, name=None)) == [("k nearest neighbours", "", "8", 0)]


def test_the_caller_s_random_numbers_are_left_alone():
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    table_of("cnn_1conv", image_size=16)
    assert torch.equal(torch.rand(1), expected)


def test_an_unknown_parameter_is_refused():
    with pytest.raises(BadInput, match="cnn_1conv has no parameter 'depth'"):
        table_of("cnn_1conv", depth=3)
