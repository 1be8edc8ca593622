"""Entries are data: what is declared once is checked once, and each refusal lists what there is."""

import json

import pytest

from core.errors import BadInput
from core.registry import Choice, Param, Registry, import_entries

ENDLESS = pytest.param(10**400, id="401 digits")
WHOLE = Param("k", 3, 1, 9, "how many")
PART = Param("dropout", 0.5, 0.0, 0.9, "how much")


@pytest.fixture
def registry():
    registry = Registry("fruit", default="apple")
    registry.add("red_apple", title="Red apple", summary="An apple.", source="tree", params=(WHOLE, PART))(dict)
    registry.add("pear", title="Pear", summary="A pear.", source="tree", iterative=False)(dict)
    return registry


# A parameter


@pytest.mark.parametrize(("given", "settled"), [(4, 4), ("4", 4), (4.0, 4), (" 4 ", 4), (1, 1), (9, 9)])
def test_a_whole_number_may_be_given_as_number_or_text(given, settled):
    assert WHOLE.settle(given) == settled
    assert type(WHOLE.settle(given)) is int


@pytest.mark.parametrize(("given", "settled"), [(0.25, 0.25), ("0.25", 0.25), (0, 0.0), ("5e-1", 0.5)])
def test_a_fraction_may_be_given_as_number_or_text(given, settled):
    assert PART.settle(given) == settled
    assert type(PART.settle(given)) is float


@pytest.mark.parametrize("given", [3.5, "3.5", "three", "", None, [], float("nan"), float("inf"), ENDLESS, 0, 10, -3])
def test_what_is_no_whole_number_in_range_is_refused(given):
    with pytest.raises(BadInput, match="^k must be a whole number from 1 to 9, not "):
        WHOLE.settle(given)


@pytest.mark.parametrize("given", ["half", "", None, float("nan"), "nan", float("inf"), "inf", ENDLESS, -0.1, 0.91])
def test_what_is_no_number_in_range_is_refused(given):
    with pytest.raises(BadInput, match="^dropout must be a number from 0.0 to 0.9, not "):
        PART.settle(given)


# An entry


def test_defaults_fill_in_what_is_not_given(registry):
    assert registry["red_apple"].settle({"k": "5"}) == {"k": 5, "dropout": 0.5}


def test_an_unknown_parameter_is_refused_with_the_known_ones(registry):
    with pytest.raises(BadInput, match="red_apple has no parameter 'size'; its parameters: k, dropout"):
        registry["red_apple"].settle({"size": 1})


def test_an_entry_without_parameters_says_so(registry):
    with pytest.raises(BadInput, match="its parameters: none"):
        registry["pear"].settle({"k": 1})


def test_an_entry_describes_itself_as_plain_data(registry):
    assert json.loads(json.dumps(registry["red_apple"].describe())) == {
        "name": "red_apple",
        "title": "Red apple",
        "summary": "An apple.",
        "source": "tree",
        "parameters": [
            {"name": "k", "default": 3, "low": 1, "high": 9, "help": "how many"},
            {"name": "dropout", "default": 0.5, "low": 0.0, "high": 0.9, "help": "how much"},
        ],
    }


# The registry


def test_entries_keep_the_order_in_which_they_were_declared(registry):
    assert registry.names() == [choice.name for choice in registry] == ["red_apple", "pear"]
    assert len(registry) == 2


def test_an_entry_is_found_by_its_name(registry):
    assert registry["pear"] == Choice("pear", "Pear", "A pear.", "tree", (), dict, False)


def test_a_hyphen_counts_as_an_underscore(registry):
    assert registry["red-apple"] is registry["red_apple"]


def test_a_name_that_is_taken_is_refused(registry):
    with pytest.raises(ValueError, match="already a fruit named 'pear'"):
        registry.add("pear", title="", summary="", source="")


def test_an_unknown_name_is_refused_with_the_known_ones(registry):
    with pytest.raises(BadInput, match="no fruit named 'plum'; there are: red_apple, pear"):
        registry["plum"]


def test_a_decorated_function_stays_callable(registry):
    @registry.add("plum", title="Plum", summary="A plum.", source="tree")
    def plum():
        return "sweet"

    assert plum() == registry["plum"].build() == "sweet"


def test_the_files_of_a_package_are_imported_by_being_there(tmp_path, monkeypatch):
    (tmp_path / "basket").mkdir()
    (tmp_path / "basket" / "__init__.py").write_text("found = []\n")
    for name in ("second", "first"):
        (tmp_path / "basket" / f"{name}.py").write_text("import basket\nbasket.found.append(__name__)\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    import basket

    import_entries("basket", basket.__path__)
    assert basket.found == ["basket.first", "basket.second"]
