"""What every model keeps to, now and in future: one test over all that are registered."""

import inspect

import pytest
import torch

from core.models import MODELS

every_model = pytest.mark.parametrize("choice", list(MODELS), ids=MODELS.names())
every_size = pytest.mark.parametrize("size", [16, 20, 48])


def build(choice, size, n_classes=3, end="default"):
    """The model with each parameter at its default, low or high; one that memorises has seen 210 images."""
    torch.manual_seed(0)
    params = choice.settle({param.name: getattr(param, end) for param in choice.params})
    model = choice.build(n_classes, size, **params)
    if not choice.iterative:
        model.memorise(torch.rand(210, 1, size, size), torch.arange(210) % n_classes)
    return model


@every_model
@every_size
def test_a_model_maps_images_to_finite_logits(choice, size):
    logits = build(choice, size).eval()(torch.rand(5, 1, size, size))
    assert logits.shape == (5, 3)
    assert torch.isfinite(logits).all()


@every_model
@pytest.mark.parametrize("end", ["low", "high"])
def test_the_ends_of_each_parameter_s_range_work(choice, end):
    assert build(choice, 16, end=end).eval()(torch.rand(2, 1, 16, 16)).shape == (2, 3)


@every_model
@pytest.mark.parametrize("n_classes", [1, 2, 9])
def test_a_model_has_a_logit_a_class(choice, n_classes):
    assert build(choice, 16, n_classes).eval()(torch.rand(2, 1, 16, 16)).shape == (2, n_classes)


@every_model
def test_an_image_s_logits_do_not_depend_on_the_batch(choice):
    model, images = build(choice, 16).eval(), torch.rand(4, 1, 16, 16)
    assert torch.allclose(model(images)[2:3], model(images[2:3]), atol=1e-5)


@every_model
def test_a_model_sees_its_images(choice):
    model = build(choice, 16).eval()
    assert not torch.allclose(model(torch.rand(1, 1, 16, 16)), model(torch.rand(1, 1, 16, 16)))


@every_model
def test_a_model_says_whether_its_features_are_frozen(choice):
    assert hasattr(build(choice, 16), "backbone") == choice.frozen


@every_model
def test_a_model_has_something_to_keep(choice):
    assert len(build(choice, 16).state_dict()) > 0


@every_model
def test_a_model_learns_in_epochs_or_memorises(choice):
    model = choice.build(3, 16, **choice.settle({}))
    assert hasattr(model, "memorise") != choice.iterative
    assert any(parameter.requires_grad for parameter in model.parameters()) == choice.iterative


@every_model
def test_each_default_is_in_its_range(choice):
    assert choice.settle({}) == {param.name: param.default for param in choice.params}


@every_model
def test_the_builder_takes_exactly_the_declared_parameters(choice):
    declared = ["n_classes", "image_size", *(param.name for param in choice.params)]
    assert list(inspect.signature(choice.build).parameters) == declared


@every_model
def test_the_menu_says_what_it_is_and_where_it_comes_from(choice):
    assert all(text.strip() for text in (choice.title, choice.summary, choice.source))
    assert all(param.help.strip() for param in choice.params)
