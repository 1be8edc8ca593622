"""A link that is shared shows the same in another browser; a run that the server lacks is trained and shown."""

import pytest

from core.datasets import open_dataset
from core.runs import configure, recipe
from core.settings import Settings
from tests.e2e.conftest import Visit, start_app

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def sharing(browser, tmp_path_factory):
    """Return an app of its own: what is trained here would be the newest run of other tests."""
    with start_app(tmp_path_factory.mktemp("sharing"), OMP_NUM_THREADS="1", NAVARASA_THREADS="1") as running:
        yield running


@pytest.fixture
def visitor(browser, sharing):
    """Return a function that opens a page in a browser that knows nothing, whose clipboard can be read."""
    contexts = []

    def open_(link: str) -> Visit:
        size = {"width": 1280, "height": 900}
        contexts.append(browser.new_context(viewport=size, permissions=["clipboard-read", "clipboard-write"]))
        visit = Visit(contexts[-1].new_page(), sharing)
        visit.go(link)
        return visit

    yield open_
    for context in contexts:
        context.close()


def seen(visit: Visit) -> list[str]:
    """Return the words and the pictures of the page in its order, whether or not they are scrolled into sight."""
    what = "[data-testid=stMain] :is([data-testid=stMarkdownContainer], [data-testid=stMetricValue], img)"
    read = "found => found.map(one => one.alt ?? one.textContent.trim()).filter(text => text != 'Hide what is chosen')"
    return visit.page.locator(what).evaluate_all(read)


def assert_same(visit: Visit, other: Visit) -> None:
    """Assert that two tabs show the same; one that was just opened may still be drawing what lies far below."""
    for _ in range(20):
        if seen(visit) == seen(other):
            return
        visit.settle()
    assert seen(visit) == seen(other)


def share(visit: Visit) -> str:
    """Press the button and return the link, without the server's address."""
    visit.page.get_by_role("button", name="Share").click()
    visit.page.get_by_text("Link copied").wait_for(timeout=5_000)
    return visit.page.evaluate("navigator.clipboard.readText()").removeprefix(f"{visit.app.url}/")


def choose_a_class(visit: Visit) -> None:
    visit.page.get_by_text("logarithmic", exact=True).click()
    visit.settle()
    visit.click_in_chart(0, 0.05, 0.94)  # the row of the rarest class


def choose_a_seed(visit: Visit) -> None:
    visit.page.get_by_text("Settings", exact=True).click()
    visit.set_number("Seed", 7)


@pytest.mark.parametrize(
    ("page", "choose", "says"),
    [
        ("classes", choose_a_class, "contempt: 6 images"),
        ("sampling?strategies=Random+over", choose_a_seed, "Random over"),
    ],
)
def test_a_shared_link_shows_the_same_in_another_browser(visitor, page, choose, says):
    first = visitor(page)
    choose(first)
    link = share(first)
    assert "dataset=demo" in link
    again = visitor(link)
    assert says in again.text
    assert_same(again, first)


def test_a_run_that_the_server_lacks_is_trained_and_from_then_on_shown_at_once(visitor, sharing):
    demo = open_dataset("demo", Settings(home=sharing.home))
    values = {"training.epochs": 1, "images.size": 16}
    config = configure(demo.fingerprint, "demo", model="cnn_1conv", values=values)
    first = visitor(f"results?run={config.id}&run-recipe={recipe(config)}&cells=row+%25")
    assert f"The run {config.id} of this link is not here" in first.text
    first.page.get_by_role("button", name="Train it").click()
    first.page.get_by_role("button", name="Cancel").wait_for(timeout=20_000)
    first.page.get_by_text("What is taken for what").first.wait_for(timeout=90_000)
    first.settle()
    link = share(first)
    assert f"run={config.id}" in link
    again = visitor(link)
    assert again.page.get_by_role("button", name="Train it").count() == 0
    assert_same(again, first)
