"""Maps of what an answer comes from, held against closed forms and against torch."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from core.errors import BadInput
from core.explanation import CLASS_ACTIVATION, OCCLUSION, activation_map, maps_of, occlusion_map
from core.models import MODELS

ROOT = Path(__file__).resolve().parents[2]
GLOBALLY_POOLED = ["residual", "mobilenet_v2_finetuned", "resnet18_finetuned"]
LABELS = ("dark", "light", "middle")


def build(name, size, n_classes=3, **params):
    """A model of the menu with random weights, its running means and variances included."""
    torch.manual_seed(0)
    choice = MODELS[name]
    model = choice.build(n_classes, size, **choice.settle(params))
    if not choice.iterative:
        model.memorise(torch.rand(210, 1, size, size), torch.arange(210) % n_classes)
    for part in model.modules():
        if isinstance(part, nn.BatchNorm1d | nn.BatchNorm2d):
            part.running_mean.uniform_(-0.1, 0.1)
            part.running_var.uniform_(0.5, 1.5)
    return model.eval()


def face(size, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (size, size), np.uint8)


def logits_of(model, seen):
    with torch.no_grad():
        return model(torch.from_numpy(seen)[None, None] / 255)[0].numpy()


def last_dense(model):
    return [part for part in model.modules() if isinstance(part, nn.Linear)][-1]


def output_of(part, model, seen):
    """What one part of a torch model gives for an image."""
    found = []
    handle = part.register_forward_hook(lambda part, inputs, output: found.append(output))
    logits_of(model, seen)
    handle.remove()
    return found[0]


class SideBySide(nn.Module):
    """Two networks whose logits are averaged."""

    def __init__(self, first, second):
        super().__init__()
        self.first, self.second = first, second

    def forward(self, images):
        return (self.first(images) + self.second(images)) / 2


# The class activation map


@pytest.mark.parametrize("name", GLOBALLY_POOLED)
def test_behind_global_pooling_the_falls_add_up_to_the_logit_less_its_bias(name, predictor_of):
    model, seen = build(name, 64), face(64)
    found = activation_map(predictor_of(model, 64, LABELS), seen, "light")
    expected = logits_of(model, seen)[1] - last_dense(model).bias[1].item()
    assert found.method == CLASS_ACTIVATION
    assert found.falls.sum() == pytest.approx(expected, abs=1e-4)


def test_behind_global_pooling_a_fall_is_the_class_activation_of_zhou(predictor_of):
    model, seen = build("residual", 64), face(64)
    found = activation_map(predictor_of(model, 64, LABELS), seen, "middle")
    maps = output_of(model[7], model, seen)[0].numpy()
    expected = np.einsum("c,chw->hw", last_dense(model).weight[2].detach().numpy(), maps) / (4 * 4)
    assert found.falls == pytest.approx(expected, abs=1e-5)


def test_behind_another_head_a_fall_is_what_torch_loses_without_the_place(predictor_of):
    model, seen = build("cnn_3conv", 48), face(48)
    found = activation_map(predictor_of(model, 48, LABELS), seen, "dark")
    maps = output_of(model[9], model, seen).clone()
    maps[:, :, 4, 1] = 0
    with torch.no_grad():
        without = model[10:](maps)[0, 0].item()
    assert found.falls.shape == (6, 6)
    assert found.falls[4, 1] == pytest.approx(logits_of(model, seen)[0] - without, abs=1e-5)


def test_a_fine_map_is_emptied_in_blocks_that_leave_nothing_out(predictor_of):
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 32 * 32, 2))
    seen = face(32)
    found = activation_map(predictor_of(model, 32), seen, "light")
    assert found.falls.shape == (14, 14)
    assert found.falls.sum() == pytest.approx(logits_of(model, seen)[1] - model[3].bias[1].item(), abs=1e-4)


def test_the_logit_is_the_network_s_own(predictor_of):
    model, seen = build("cnn_1conv", 32), face(32)
    assert activation_map(predictor_of(model, 32, LABELS), seen, "middle").logit == pytest.approx(
        logits_of(model, seen)[2], abs=1e-5
    )


def test_a_place_that_shows_the_cue_is_where_the_map_is_highest(predictor_of):
    model = nn.Sequential(nn.Conv2d(1, 2, 8, stride=8), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(2, 2))
    with torch.no_grad():
        for part in (model[0], model[3]):
            part.weight.fill_(1)
            part.bias.zero_()
    seen = np.zeros((48, 48), np.uint8)
    seen[8:16, 32:40] = 255
    found = activation_map(predictor_of(model, 48), seen, "light")
    # The only place that is not 0 is worth its 64 pixels of 1, through 2 channels, in the mean of 36 places.
    expected = np.zeros((6, 6))
    expected[1, 4] = 64 * 2 / 36
    assert found.falls == pytest.approx(expected, abs=1e-6)


def test_a_black_image_through_layers_without_bias_has_an_empty_map(predictor_of):
    model = nn.Sequential(
        nn.Conv2d(1, 2, 3, bias=False), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(2, 2)
    )
    found = activation_map(predictor_of(model, 16), np.zeros((16, 16), np.uint8), "dark")
    assert found.most == 0


@pytest.mark.parametrize("choice", list(MODELS), ids=MODELS.names())
def test_every_model_has_a_map(choice, predictor_of):
    found = activation_map(predictor_of(build(choice.name, 32), 32, LABELS), face(32), "dark")
    assert found.falls.dtype == np.float32
    assert np.isfinite(found.falls).all()


# Occlusion


@pytest.mark.parametrize(
    "model",
    [build("knn", 16, k=5), SideBySide(build("cnn_3conv", 16), build("residual", 16))],
    ids=["neighbours", "two networks"],
)
def test_where_no_last_map_is_passed_by_all_squares_are_covered(model, predictor_of):
    assert activation_map(predictor_of(model, 16, LABELS), face(16), "dark").method == OCCLUSION


def test_a_covered_square_costs_a_linear_network_its_difference_from_the_mean(predictor_of):
    torch.manual_seed(0)
    model, seen = nn.Sequential(nn.Flatten(), nn.Linear(40 * 40, 2)), face(40)
    found = occlusion_map(predictor_of(model, 40), seen, "light")
    weights = model[1].weight[1].detach().numpy().reshape(40, 40)
    # Squares of 10 pixels around middles 2, 6, 10, ...: the fourth of a row begins at 9, the second ends at 11.
    lost = (weights * (seen.astype(float) - round(seen.mean())) / 255)[1:11, 9:19].sum()
    assert found.falls.shape == (10, 10)
    assert found.falls[1, 3] == pytest.approx(lost, abs=1e-4)


def test_an_image_of_one_grey_has_nothing_to_cover(predictor_of):
    found = occlusion_map(predictor_of(build("cnn_3conv", 24), 24, LABELS), np.full((24, 24), 90, np.uint8), "dark")
    assert found.most == pytest.approx(0, abs=1e-6)


def test_both_maps_are_there_where_the_network_has_both(predictor_of):
    predictor, seen = predictor_of(build("cnn_3conv", 16), 16, LABELS), face(16)
    covered, emptied = maps_of(predictor, seen, "dark")
    assert (covered.falls == occlusion_map(predictor, seen, "dark").falls).all()
    assert (emptied.falls == activation_map(predictor, seen, "dark").falls).all()


def test_a_network_without_a_last_map_has_one_map(predictor_of):
    assert len(maps_of(predictor_of(build("knn", 16, k=5), 16, LABELS), face(16), "dark")) == 1


# What is refused, and what is not loaded


def test_an_unknown_label_lists_the_known_ones(predictor_of):
    predictor = predictor_of(build("cnn_3conv", 16), 16, LABELS)
    with pytest.raises(BadInput, match="knows no 'joy'; it knows dark, light, middle"):
        activation_map(predictor, face(16), "joy")


def test_a_damaged_network_is_refused(predictor_of):
    predictor = predictor_of(build("cnn_3conv", 16), 16, LABELS)
    predictor.network.write_bytes(b"\xff no network")
    with pytest.raises(BadInput, match="is damaged"):
        activation_map(predictor, face(16), "dark")


def test_a_network_that_is_gone_is_refused(predictor_of):
    predictor = predictor_of(build("cnn_3conv", 16), 16, LABELS)
    predictor.network.unlink()
    with pytest.raises(BadInput, match="cannot be opened"):
        activation_map(predictor, face(16), "dark")


def test_a_map_needs_no_torch(predictor_of):
    predictor = predictor_of(build("cnn_3conv", 16), 16, LABELS)
    script = (
        "import sys; from pathlib import Path; import numpy as np; from core.predictors import Predictor; "
        "from core.explanation import maps_of, paint; seen = np.zeros((16, 16), np.uint8); "
        "one = Predictor('a', 'A', tuple('xyz'), 16, Path(sys.argv[1]), Path('.'), False, 0.0, 1.0, (0.5, 0.3, 0.2)); "
        "[paint(found, seen) for found in maps_of(one, seen, 'x')]; print('torch' in sys.modules)"
    )
    command = [sys.executable, "-c", script, str(predictor.network)]
    assert subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout == "False\n"
