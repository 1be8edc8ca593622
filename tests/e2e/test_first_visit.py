"""A fresh server whose first visitor follows a link to a page."""

import pytest

from tests.e2e.conftest import start_app

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("page", ["classes", "overview", ""])
def test_the_first_link_to_a_fresh_server_shows_its_page_inside_the_dashboard(open_page, tmp_path, page):
    with start_app(tmp_path) as fresh:
        visit = open_page(f"{page}?axis=logarithmic", at=fresh)
        visit.page.get_by_text("Rebalance").wait_for(timeout=30_000)
        visit.page.locator("h1", has_text="Classes" if page == "classes" else "Overview").wait_for(timeout=30_000)
        assert visit.page.locator("[role=dialog]").count() == 0


def test_a_reload_stays_with_the_dataset_that_was_chosen(open_page, make_folder, tmp_path):
    root = make_folder({f"{label}/{n}.jpg" for label in ("cat", "dog") for n in range(3)}, name="pets")
    with start_app(tmp_path / "home", NAVARASA_DATA=str(root)) as other:
        visit = open_page("overview", at=other)
        visit.page.get_by_text("6 usable images").wait_for(timeout=30_000)
        visit.choose("Dataset", "Demo (drawn faces)")
        visit.page.get_by_text("1,498 usable images").wait_for(timeout=60_000)
        visit.page.reload()
        visit.page.get_by_text("1,498 usable images").wait_for(timeout=30_000)
        assert "dataset=demo" in visit.page.url
