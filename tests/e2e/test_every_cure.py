"""The cures in a real browser: blends, a sweep that is paused and goes on, the wrong way, and a GAN that is used."""

import os
import re

import pytest

from tests.e2e.conftest import start_app

pytestmark = pytest.mark.browser

PHONE = 390
EPOCHS, STEPS = (8, 100) if "NAVARASA_PICTURES" in os.environ else (1, 2)
"""Of the GAN: after two steps it draws nothing, which would be no picture of it."""
SWEEP = "sweep?sweep-models=k+nearest+neighbours&sweep-samplings=No+resampling&sweep-samplings=Random+over"


@pytest.fixture(scope="module")
def cures(browser, tmp_path_factory):
    """Return an app of its own: what is trained here would be the newest run of other tests."""
    with start_app(tmp_path_factory.mktemp("cures"), OMP_NUM_THREADS="1", NAVARASA_THREADS="1") as running:
        yield running


@pytest.fixture
def open_cure(open_page, cures):
    """Return a function that opens a page of that app."""
    return lambda path: open_page(path, at=cures)


def set_slider(visit, label: str, value: int) -> None:
    """Move a slider whose lowest value is 1 from there with the arrow keys."""
    thumb = visit.page.get_by_role("slider", name=label)
    thumb.press("Home")
    for _ in range(value - 1):
        thumb.press("ArrowRight")
    visit.settle()


def click(visit, name: str) -> None:
    visit.page.get_by_role("button", name=name, exact=True).click()


def see(visit, text: str, seconds: int = 60):
    """Wait until the page says something, and return where."""
    place = visit.page.get_by_text(text).first
    place.wait_for(timeout=1000 * seconds)
    return place


def assert_whole(visit) -> None:
    """Assert that the page raised nothing, and that a telephone shows it without scrolling to the side."""
    assert visit.page.locator('[data-testid="stException"]').count() == 0
    size = visit.page.viewport_size
    visit.page.set_viewport_size({"width": PHONE, "height": size["height"]})
    visit.page.wait_for_timeout(600)  # charts are drawn anew
    assert visit.page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= PHONE
    visit.page.set_viewport_size(size)


def test_a_link_shows_blends_between_their_parents(open_cure):
    visit = open_cure("sampling?strategies=SMOTE")
    see(visit, "SMOTE looks for 5 neighbours of each")  # the rarest class has too few images for that
    visit.unfold("Settings")
    visit.set_number("neighbours", 3)
    see(visit, "Synthesised images between their two parents")
    visit.settle()
    blends = visit.page.get_by_alt_text("of the images beside it")
    assert blends.count() == 3 * 7  # of each class but the commonest
    family = visit.page.locator(".family").first.locator("img")
    names = [family.nth(n).get_attribute("alt") for n in range(3)]
    assert re.fullmatch(r"\d+% \+ \d+% of the images beside it", names[1])
    assert names[0].startswith("images/")
    assert names[2].startswith("images/")
    assert_whole(visit)


def test_a_sweep_is_paused_goes_on_and_leads_to_its_runs(open_cure):
    visit = open_cure(SWEEP)
    set_slider(visit, "Seeds", 2)
    see(visit, "4 runs")
    click(visit, "Start the sweep")
    click(visit, "Pause")
    see(visit, "Paused. What is finished is kept.")
    click(visit, "Continue")
    see(visit, "Sweep of 4 runs: 2 samplings, 2 seeds, 4 done", 240)
    visit.settle()
    dots = visit.page.locator('[data-testid="stPlotlyChart"] .point[style*="opacity: 0.75"]')  # the others are means
    assert dots.count() == 4
    visit.unfold("The table")
    visit.page.locator('[data-testid="stDataFrame"]').wait_for()
    visit.settle()
    grid = visit.page.locator('[data-testid="stDataFrame"] [role=gridcell]')
    for sampling in ("No resampling", "Random over"):
        grid.get_by_text(f"k nearest neighbours (k 101) · {sampling}", exact=True).wait_for(state="attached")
    visit.picture("sweep")
    assert_whole(visit)
    visit.click_in_chart(0, *_place(visit, dots.first))
    visit.page.get_by_role("link", name=re.compile("Results of [0-9a-f]{12}, seed")).click()
    see(visit, "Every k at once")
    assert_whole(visit)


def _place(visit, mark) -> tuple[float, float]:
    """Return where a mark lies in the first chart's plotting area, as shares of its width and height."""
    mark.scroll_into_view_if_needed()
    box = mark.bounding_box()
    area = visit.page.locator('[data-testid="stPlotlyChart"]').first.locator(".nsewdrag").first.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    return (x - area["x"]) / area["width"], (y - area["y"]) / area["height"]


def test_the_wrong_way_gives_three_numbers(open_cure):
    visit = open_cure("wrong_way")
    visit.unfold("Seeds and epochs")
    set_slider(visit, "Seeds", 2)
    click(visit, "Train both ways")
    see(visit, "of the images in the wrong test were learnt from too", 240)
    visit.page.get_by_role("button", name="Pause").wait_for(state="detached", timeout=60_000)
    visit.settle()
    numbers = visit.page.locator('[data-testid="stMetricValue"]').all_inner_texts()
    assert re.fullmatch(r"0\.\d{3} 0\.\d{3} \+0\.\d{3}", " ".join(numbers))
    visit.picture("wrong_way")
    assert_whole(visit)


def test_what_a_gan_made_is_approved_and_trained_on(open_cure):
    visit = open_cure("synthesis")
    visit.unfold("Settings")
    for name, value in {"epochs": EPOCHS, "steps": STEPS, "images": 8}.items():
        visit.set_number(name, value)
    click(visit, "Train the GAN")
    see(visit, "What was made", 900)
    visit.settle()
    see(visit, "Copied?")
    assert visit.page.get_by_alt_text(re.compile("^made, ")).count() == 8
    assert visit.page.get_by_alt_text(re.compile("^images")).count() == 8
    click(visit, "Approve all but copies")
    visit.settle()
    approved = see(visit, "24 of 24 approved" if EPOCHS == 1 else "of 24 approved")
    assert not approved.inner_text().startswith("0 ")
    visit.settle()
    visit.picture("synthesis")
    assert_whole(visit)

    visit.page.get_by_role("link", name="Train with the approved ones").click()
    visit.page.locator("h1", has_text="Training").wait_for()
    visit.settle()
    visit.choose("Model", "k nearest neighbours")
    visit.choose("Sampling", "GAN images")
    click(visit, "Start training")
    see(visit, "Done. See the results", 90).click()
    visit.page.locator("h3", has_text="GAN images").wait_for()
    assert_whole(visit)
