"""A visitor of a fresh server, without a run of its own, sees real results on every page that judges."""

import pytest

from core.runs import shipped_runs
from tests.e2e.conftest import start_app

PAGES = ("results", "comparison", "decisions", "slices", "report")


@pytest.fixture(scope="module")
def fresh(browser, tmp_path_factory):
    """Return an app on which nobody has trained anything."""
    with start_app(tmp_path_factory.mktemp("fresh")) as running:
        yield running


@pytest.mark.parametrize("page", PAGES)
def test_shipped_runs_are_shown_before_anybody_trains(open_page, fresh, page):
    visit = open_page(f"{page}?dataset=demo", at=fresh)
    visit.page.get_by_text("shipped with the program").first.wait_for(timeout=60_000)
    visit.settle()
    assert not visit.page.locator('[data-testid="stException"]').count()
    if page != "results":  # its picture is that of a run of one's own
        visit.picture(page)


def test_a_link_to_a_shipped_run_opens_on_a_telephone(open_page, fresh):
    run = next(run for run in shipped_runs() if run.config.model == "residual")
    visit = open_page(f"results?dataset=demo&run={run.id}&true=fear&said=happiness", width=390, at=fresh)
    visit.page.get_by_role("gridcell", selected=True).wait_for(timeout=30_000)
    visit.settle()
    assert f"{run.metrics['macro_f1']:.3f}" in visit.text
    assert visit.page.evaluate("document.documentElement.scrollWidth") <= 390
