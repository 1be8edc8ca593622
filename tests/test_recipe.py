"""The recipe of a run: back and forth for every combination, and refused in one sentence where it makes no sense."""

from dataclasses import replace
from itertools import product
from urllib.parse import quote

import pytest

from core.errors import BadInput
from core.losses import LOSSES
from core.models import MODELS
from core.runs import RESAMPLE_FIRST, applicable, configure, from_recipe, recipe
from core.sampling import SAMPLERS
from core.splits import SPLITS

SHORT = "v3~knn~none~cross_entropy~person_disjoint~h~seed0"


def config_of(easy, **choices):
    """Return a configuration on the easy dataset."""
    return configure(easy.fingerprint, easy.source, **choices)


def changed(easy, model, sampling, loss):
    """Return a configuration in which nothing is at its default."""
    values = {
        f"{owner}.{param.name}": param.high
        for owner, choice in applicable(MODELS[model], SAMPLERS[sampling], LOSSES[loss]).items()
        for param in choice.params
        if param.name not in ("mixup", "cutmix")  # which not every model takes
    }
    choices = {"model": model, "sampling": sampling, "loss": loss, "values": values, "seed": 7, "split_seed": 2}
    return config_of(easy, **choices, folds=5, order=RESAMPLE_FIRST)


@pytest.mark.parametrize(("model", "sampling"), list(product(MODELS.names(), SAMPLERS.names())))
def test_every_configuration_comes_back_from_its_recipe(easy, model, sampling):
    for loss in LOSSES.names():
        plain = config_of(easy, model=model, sampling=sampling, loss=loss)
        for config in (plain, changed(easy, model, sampling, loss)):
            assert from_recipe(recipe(config), easy) == config


@pytest.mark.parametrize("split", SPLITS.names())
def test_the_split_is_part_of_the_recipe_and_one_that_cannot_be_made_is_refused(easy, split):
    config = config_of(easy, model="knn", split=split)
    if split.startswith("annotator"):  # the easy dataset names none
        with pytest.raises(BadInput, match="annotator"):
            from_recipe(recipe(config), easy)
    else:
        assert from_recipe(recipe(config), easy) == config


def test_a_recipe_says_only_what_differs_from_the_defaults(easy):
    values = {"training.epochs": 3}
    config = config_of(easy, model="residual", sampling="over", values=values)
    assert recipe(config) == "v3~residual~over~cross_entropy~person_disjoint~h~seed0~training.epochs:3"


def test_a_url_carries_a_recipe_as_it_is(easy):
    text = recipe(changed(easy, "residual", "augment", "focal"))
    assert quote(text, safe=":") == text


def test_a_copy_of_the_dataset_gives_another_run_of_the_same_choices(easy):
    config = config_of(easy, model="knn")
    copy = from_recipe(recipe(config), replace(easy, fingerprint="another"))
    assert copy.id != config.id
    assert recipe(copy) == recipe(config)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "damaged"),
        ("knn", "damaged"),
        ("v3~knn~none~cross_entropy~person_disjoint~h", "damaged"),
        (f"{SHORT}~", "damaged"),
        (f"{SHORT}~model.k=5", "damaged"),
        (f"{SHORT}~größe:5", "no parameter 'größe'|damaged"),
        ("v3~🙂~none~cross_entropy~person_disjoint~h~seed0", "damaged"),
        (SHORT.replace("v3", "v2"), "another version"),
        (SHORT.replace("knn", "oracle"), "no model named 'oracle'"),
        (SHORT.replace("none", "magic"), "no sampling strategy named 'magic'"),
        (SHORT.replace("cross_entropy", "hope"), "no loss named 'hope'"),
        (SHORT.replace("person_disjoint", "lucky"), "no split named 'lucky'"),
        (SHORT.replace("~h~", "~1~"), "folds must be from 2 to 20"),
        (SHORT.replace("~h~", "~x~"), "damaged at 'x'"),
        (SHORT.replace("seed0", "seed-1"), "damaged at 'seed-1'"),
        (SHORT.replace("seed0", "0"), "damaged at '0'"),
        (f"{SHORT}~whatever", "damaged at 'whatever'"),
        (f"{SHORT}~model.k:0", "k must be a whole number from 1"),
        (f"{SHORT}~model.k:five", "k must be a whole number"),
        (f"{SHORT}~model.k:nan", "k must be a whole number"),
        (f"{SHORT}~model.depth:5", "depth"),
        (f"{SHORT}~model.k:5~model.k:6", "model.k twice"),
        (SHORT + "~model.k:5" * 200, "too long"),
    ],
)
def test_a_recipe_that_makes_no_sense_is_refused_in_one_sentence(easy, text, says):
    with pytest.raises(BadInput, match=says) as refused:
        from_recipe(text, easy)
    assert "\n" not in str(refused.value)
