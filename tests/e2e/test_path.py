"""The whole path through the app in a real browser, on the demo dataset."""

import re

import pytest

pytestmark = pytest.mark.browser

PAGES = ("overview", "classes", "shapes", "sampling", "training", "results", "prediction")


@pytest.fixture(scope="module")
def trained(browser, app):
    """Train the 3-conv CNN for two epochs by clicking, and return the visit."""
    from tests.e2e.conftest import Visit

    context = browser.new_context(viewport={"width": 1280, "height": 900})
    visit = Visit(context.new_page(), app)
    visit.go("training")
    visit.choose("Model", "3-conv CNN")
    visit.unfold("Split, epochs and other settings")
    visit.set_number("epochs", 2)
    visit.page.get_by_role("button", name="Start training").click()
    visit.page.get_by_text("Done. See the results").wait_for(timeout=120_000)
    visit.settle()
    yield visit
    context.close()


def test_the_overview_says_what_is_in_the_data_and_that_it_is_drawn(open_page):
    visit = open_page("overview")
    assert "holds 1,498 usable images in 8 classes" in visit.text
    assert "drawn by the program and show nobody" in visit.text
    visit.picture("overview")


def test_a_click_on_a_class_bar_shows_its_images(open_page):
    visit = open_page("classes")
    visit.click_in_chart(0, 0.3, 0.94)  # the row of the rarest class, far from the end of its tiny bar
    assert "contempt: 6 images" in visit.text
    assert visit.page.locator("img[alt*='images/']").count() == 6
    visit.picture("classes")


def test_a_click_on_a_shape_shows_its_images(open_page):
    visit = open_page("shapes")
    dot = visit.page.locator('[data-testid="stPlotlyChart"]').first.locator(".scatterlayer .trace path.point").first
    dot.scroll_into_view_if_needed()
    box = dot.bounding_box()
    visit.page.mouse.move(box["x"] + box["width"] / 2 - 3, box["y"] + box["height"] / 2)
    visit.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    visit.page.wait_for_timeout(300)
    visit.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    visit.settle()
    assert re.search(r"96 x 96 pixels, L: [\d,]+ images", visit.text)
    visit.picture("shapes")


def test_strategies_stand_side_by_side_with_what_they_cost(open_page):
    visit = open_page("sampling")
    assert "of the data is thrown away" in visit.text
    assert "a contempt image is used up to" in visit.text
    visit.picture("sampling")


def test_training_shows_its_curves_and_leads_to_the_results(trained):
    trained.page.get_by_text("Done. See the results").click()
    trained.page.locator("h1", has_text="Results").wait_for()
    trained.settle()
    assert re.search(r"run=[0-9a-f]{12}", trained.page.url)


def test_a_click_on_a_confusion_cell_shows_as_many_images_as_the_cell_says(open_page, trained):
    visit = open_page("results")
    cell = visit.page.get_by_role("gridcell", name=re.compile("^true happiness, said happiness:"))
    cell.click()
    visit.settle()
    assert f"True happiness, said happiness: {cell.inner_text()} image" in visit.text
    visit.picture("results")


def test_a_link_names_the_run_that_it_shows(open_page, trained):
    first = open_page("results")
    again = open_page(first.page.url.removeprefix(first.app.url + "/"))
    assert again.page.url == first.page.url
    assert again.page.locator("h3").first.inner_text() == first.page.locator("h3").first.inner_text()


def test_a_link_to_an_unknown_run_says_so(open_page, trained):
    assert "The run 0123456789ab of this link is not here" in open_page("results?run=0123456789ab").text


@pytest.mark.parametrize("page", PAGES)
def test_no_page_is_wider_than_a_telephone(open_page, trained, page):
    visit = open_page(page, width=390)
    widest = visit.page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth")
    assert widest <= 390


def test_a_folder_that_is_not_there_gets_a_sentence(open_page):
    visit = open_page("overview?dataset=/no/such/folder")
    assert "There is no folder /no/such/folder" in visit.text
