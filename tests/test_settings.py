"""Settings come from environment variables named NAVARASA_*."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from core.settings import Settings


@pytest.fixture(autouse=True)
def _no_settings_of_this_machine(monkeypatch):
    for name in Settings.model_fields:
        monkeypatch.delenv(f"NAVARASA_{name.upper()}", raising=False)


def test_without_any_variable_the_app_is_private_and_shows_the_demo():
    settings = Settings()
    assert (settings.hosted, settings.data, settings.threads) == (False, None, None)


@pytest.mark.parametrize(
    ("variable", "text", "field", "value"),
    [
        ("NAVARASA_DATA", "faces", "data", Path("faces").resolve()),
        ("NAVARASA_HOSTED", "1", "hosted", True),
        ("NAVARASA_MAX_MEGAPIXELS", "2.5", "max_megapixels", 2.5),
        ("NAVARASA_THREADS", "2", "threads", 2),
    ],
)
def test_a_variable_sets_its_field(monkeypatch, variable, text, field, value):
    monkeypatch.setenv(variable, text)
    assert getattr(Settings(), field) == value


@pytest.mark.parametrize("name", ["data", "home"])
def test_a_path_may_start_with_a_tilde(monkeypatch, name):
    monkeypatch.setenv(f"NAVARASA_{name.upper()}", "~/faces")
    assert getattr(Settings(), name) == Path.home().resolve() / "faces"


def test_everything_that_is_kept_lies_below_home(monkeypatch, tmp_path):
    monkeypatch.setenv("NAVARASA_HOME", str(tmp_path))
    settings = Settings()
    places = [settings.datasets_dir, settings.scans_dir, settings.pixels_dir, settings.jobs_dir, settings.runs_dir]
    assert {place.parent for place in places} == {tmp_path}
    assert len(set(places)) == 5


@pytest.mark.parametrize("name", [name.upper() for name in Settings.model_fields])
def test_an_empty_variable_counts_as_unset(monkeypatch, name):
    plain = Settings()
    monkeypatch.setenv(f"NAVARASA_{name}", "")
    assert Settings() == plain


@pytest.mark.parametrize(
    ("variable", "text"), [("NAVARASA_MAX_MEGAPIXELS", "0"), ("NAVARASA_THREADS", "-1"), ("NAVARASA_HOSTED", "perhaps")]
)
def test_a_senseless_value_is_refused(monkeypatch, variable, text):
    monkeypatch.setenv(variable, text)
    with pytest.raises(ValidationError):
        Settings()


def test_settings_cannot_be_changed(settings):
    with pytest.raises(ValidationError, match="frozen"):
        settings.hosted = True


def test_each_setting_says_what_it_is_for():
    assert all(field.description for field in Settings.model_fields.values())
