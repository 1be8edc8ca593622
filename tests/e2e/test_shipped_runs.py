"""A visitor of a fresh server, without a run of its own, sees real results on every page that judges."""

import pytest

from core.runs import shipped_runs

PAGES = ("results", "comparison", "decisions", "slices", "report")


@pytest.mark.parametrize("page", PAGES)
def test_shipped_runs_are_shown_before_anybody_trains(open_page, page):
    visit = open_page(f"{page}?dataset=demo")
    assert "shipped with the program" in visit.text
    assert not visit.page.locator('[data-testid="stException"]').count()
    if page not in ("results",):  # the picture of the results is that of a run of one's own
        visit.picture(page)


def test_a_link_to_a_shipped_run_opens_on_a_telephone(open_page):
    run = next(run for run in shipped_runs() if run.config.model == "residual")
    visit = open_page(f"results?dataset=demo&run={run.id}&true=fear&said=happiness", width=390)
    assert f"{run.metrics['macro_f1']:.3f}" in visit.text
    assert visit.page.get_by_role("gridcell", selected=True).count() == 1
    assert visit.page.evaluate("document.documentElement.scrollWidth") <= 390
