"""What one takes away from a run is made on demand, and a run from elsewhere comes in through an upload."""

import shutil

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core.exchange import export_name, export_run
from core.settings import Settings


def _take_away(source, ids):
    from core.datasets import open_dataset
    from core.runs import find_run
    from core.settings import Settings
    from pages.shared.take_away import take_away

    settings = Settings()
    take_away([find_run(run, settings.runs_dir) for run in ids], open_dataset(source, settings))


def _bring(source):
    from core.datasets import open_dataset
    from core.settings import Settings
    from pages.shared.take_away import bring_a_run

    bring_a_run(open_dataset(source, Settings()))


@pytest.fixture
def draw(home, monkeypatch):
    """`draw(function, *arguments)` is what a page shows that calls it in the given home."""
    monkeypatch.delenv("NAVARASA_DATA", raising=False)
    monkeypatch.delenv("NAVARASA_HOSTED", raising=False)
    # There is one page here, so no other can be linked to.
    monkeypatch.setattr(st, "page_link", lambda page, label, **_: st.write(f"{label}: {page}"))

    def draw(function, *arguments, where=home):
        monkeypatch.setenv("NAVARASA_HOME", str(where))
        app = AppTest.from_function(function, args=arguments, default_timeout=60).run()
        assert not app.exception
        return app

    return draw


def test_a_run_is_offered_as_report_card_and_file(draw, runs):
    app = draw(_take_away, "demo", [runs[0].id])
    assert [button.proto.label for button in app.get("download_button")] == [
        "Report (HTML)",
        "Model card (Markdown)",
        "The run as one file",
    ]


def test_two_runs_share_a_report(draw, runs):
    app = draw(_take_away, "demo", [run.id for run in runs])
    assert [button.proto.label for button in app.get("download_button")] == [
        "Report of both (HTML)",
        "Model card A (Markdown)",
        "The run A as one file",
        "Model card B (Markdown)",
        "The run B as one file",
    ]


def test_nothing_is_made_before_somebody_clicks(draw, runs, monkeypatch):
    def too_early(*_):
        raise AssertionError("made without a click")

    monkeypatch.setattr("pages.shared.take_away.html_report", too_early)
    monkeypatch.setattr("pages.shared.take_away.export_run", too_early)
    draw(_take_away, "demo", [runs[0].id])


@pytest.fixture
def elsewhere(home, tmp_path):
    """Return another home with the demo in it and no run."""
    shutil.copytree(Settings(home=home).datasets_dir, tmp_path / "elsewhere" / "datasets")
    return tmp_path / "elsewhere"


def test_a_run_from_elsewhere_comes_in_and_leads_to_its_results(draw, runs, elsewhere):
    app = draw(_bring, "demo", where=elsewhere)
    app.file_uploader[0].upload(export_name(runs[1]), export_run(runs[1]), "application/zip").run()
    assert not app.exception
    assert f"The run {runs[1].id} is here" in app.success[0].value
    assert "See its results: pages/results.py" in app.markdown[-1].value
    assert (elsewhere / "runs" / runs[1].id / "predictions.parquet").is_file()


def test_the_page_that_runs_again_does_not_take_it_in_twice(draw, runs, elsewhere):
    app = draw(_bring, "demo", where=elsewhere)
    app.file_uploader[0].upload(export_name(runs[1]), export_run(runs[1]), "application/zip").run()
    app.run()
    assert [len(app.success), len(app.error)] == [1, 0]


def test_a_file_that_is_no_run_is_refused_in_a_sentence(draw, elsewhere):
    app = draw(_bring, "demo", where=elsewhere)
    app.file_uploader[0].upload("bad_run.zip", b"nothing", "application/zip").run()
    assert "is damaged or no ZIP" in app.error[0].value


def test_a_public_server_offers_no_upload(draw, elsewhere, monkeypatch):
    monkeypatch.setenv("NAVARASA_HOSTED", "1")
    app = draw(_bring, "demo", where=elsewhere)
    assert len(app.file_uploader) == 0
    assert "takes in no runs" in app.info[0].value
