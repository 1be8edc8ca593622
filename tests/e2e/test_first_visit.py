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
