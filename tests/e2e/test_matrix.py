"""The confusion matrix without a mouse, and a link to one of its cells in a clean browser."""

import re
from urllib.parse import parse_qs, urlparse

import pytest

from core.datasets import open_dataset
from core.experiment import run_experiment
from core.runs import configure
from core.settings import Settings

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def run(app):
    """Return a run of nearest neighbours on the demo: it takes a second."""
    settings = Settings(home=app.home)
    demo = open_dataset("demo", settings)
    config = configure(demo.fingerprint, "demo", model="knn", values={"images.size": 16, "model.k": 5})
    return run_experiment(config, settings)


def focused(visit) -> str:
    """Return what a screen reader says of the cell that has the focus."""
    return visit.page.get_by_role("grid").locator(":focus").get_attribute("aria-label")


def tab_into_the_matrix(visit) -> None:
    """Press the tab key until a cell has the focus, from the options before the matrix."""
    visit.page.get_by_role("button", name="sort by confusion").focus()
    for _ in range(3):
        visit.page.keyboard.press("Tab")
        if visit.page.locator("td.cell:focus").count():
            return
    raise AssertionError("the tab key does not lead into the matrix")


def test_a_cell_is_chosen_with_the_keyboard_alone_and_a_link_opens_it_elsewhere(open_page, run):
    visit = open_page(f"results?dataset=demo&run={run.id}")
    tab_into_the_matrix(visit)
    assert focused(visit).startswith("true neutral, said neutral:")
    visit.page.keyboard.press("ArrowDown")
    assert focused(visit).startswith("true happiness, said neutral:")
    visit.page.keyboard.press("Enter")
    visit.page.get_by_text("True happiness, said neutral:").wait_for()
    visit.settle()
    assert focused(visit).startswith("true happiness, said neutral:"), "the focus stays where it was"
    link = parse_qs(urlparse(visit.page.url).query)
    assert (link["true"], link["said"]) == (["happiness"], ["neutral"])

    other = open_page(visit.page.url.removeprefix(visit.app.url + "/"))
    chosen = other.page.get_by_role("gridcell", selected=True)
    assert chosen.get_attribute("aria-label") == focused(visit)
    n = re.search(r"said neutral: ([\d,]+) image", chosen.get_attribute("aria-label"))[1]
    assert f"True happiness, said neutral: {n} image" in other.text

    visit.page.keyboard.press("Escape")
    visit.settle()
    assert "True happiness, said neutral" not in visit.text
    assert "true" not in parse_qs(urlparse(visit.page.url).query)


def test_the_matrix_is_one_stop_of_the_tab_key(open_page, run):
    visit = open_page(f"results?dataset=demo&run={run.id}")
    tab_into_the_matrix(visit)
    visit.page.keyboard.press("Control+End")
    assert visit.page.locator("td.cell[tabindex='0']").count() == 1
    assert focused(visit).startswith("true contempt, said contempt:")
    visit.page.keyboard.press("Tab")
    assert visit.page.locator("td.cell:focus").count() == 0


def test_each_image_leads_to_its_page_and_back(open_page, run):
    visit = open_page(f"results?dataset=demo&run={run.id}&true=happiness&said=happiness")
    visit.page.locator("figcaption a").first.click()
    visit.page.locator("h1", has_text="One image").wait_for()
    visit.settle()
    assert "happiness" in visit.text
    visit.page.get_by_text("Back to the run").click()
    visit.page.locator("h1", has_text="Results").wait_for()
    assert f"run={run.id}" in visit.page.url


@pytest.mark.parametrize("page", ["results", "image"])
def test_the_page_is_not_wider_than_a_telephone(open_page, run, page):
    image = run.predictions["image"].iloc[0]
    visit = open_page(f"{page}?dataset=demo&run={run.id}&image={image}&cells=both", width=390)
    assert visit.page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 390
