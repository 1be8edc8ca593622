"""Quality, duplicates, shortcuts, annotators, the map, the clean-up and other people's data, in a real browser."""

import io
import re
import zipfile

import numpy as np
import pytest
from PIL import Image

from tests.e2e.conftest import start_app

pytestmark = pytest.mark.browser


def noise(seed: int) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(np.random.default_rng(seed).integers(0, 256, (32, 32)).astype(np.uint8)).save(buffer, "PNG")
    return buffer.getvalue()


def test_a_finding_shows_its_images_and_leads_to_its_page(open_page):
    visit = open_page("overview")
    assert re.search(r"A colour image is disgust \d+ times as often as a grey one\.", visit.text)
    visit.page.get_by_role("button", name="images").first.click()
    visit.settle()
    assert "Images behind it" in visit.text
    visit.page.locator('[data-testid="stMain"]').get_by_role("link", name="Shortcuts").first.click()
    visit.page.locator("h1", has_text="Shortcuts").wait_for()


def test_a_line_of_the_ledger_shows_its_rows(open_page):
    visit = open_page("overview")
    table = visit.page.locator('[data-testid="stDataFrame"]').first
    table.scroll_into_view_if_needed()
    box = table.bounding_box()
    visit.page.mouse.click(box["x"] + 14, box["y"] + 35 * 4.5)  # the fourth line's box: repeated rows
    visit.settle()
    assert "Repeated rows: 2 images" in visit.text
    assert "Rows behind “Repeated rows” (2)" in visit.text


def test_a_choice_of_the_clean_up_is_in_the_link_and_in_what_is_used(open_page):
    visit = open_page("overview")
    visit.unfold("Clean it up another way")
    visit.page.get_by_text("take the label of the first row").click()
    visit.settle()
    visit.page.get_by_role("button", name="Apply").click()
    visit.page.get_by_text("1,499 usable images").wait_for(timeout=30_000)
    visit.settle()
    assert "conflicts%3Dfirst" in visit.page.url
    again = open_page(visit.page.url.removeprefix(visit.app.url).lstrip("/"))
    assert "1,499 usable images" in again.text


def test_a_threshold_flags_pictures_and_duplicates_are_grouped(open_page):
    visit = open_page("quality")
    visit.page.get_by_text("worst first").wait_for(timeout=60_000)
    visit.page.get_by_role("radio", name="Colour or grey minority").click()
    visit.settle()
    assert re.search(r"Colour or grey minority, worst first: \d+ images", visit.text)
    assert visit.page.locator("img[alt*='images/']").count() > 30
    visit.page.get_by_text("By class").click()
    visit.settle()
    visit.picture("quality")


def test_a_second_label_file_is_compared_and_a_cell_shows_its_images(open_page, app):
    visit = open_page("annotators")
    visit.page.get_by_text("Cohen's kappa").wait_for(timeout=60_000)
    visit.settle()
    visit.picture("annotators")
    names = sorted(path.name for path in next(app.home.glob("datasets/demo-*")).glob("images/*.jpg"))[:200]
    rows = "\n".join(f"{name},{'happiness' if place % 2 else 'sad'}" for place, name in enumerate(names))
    visit.unfold("Give another CSV")
    visit.page.locator('input[type="file"]').set_input_files(
        {"name": "second.csv", "mimeType": "text/csv", "buffer": rows.encode()}
    )
    cell = visit.page.get_by_role("gridcell", name=re.compile("neutral says the legend, sadness says second.csv"))
    cell.wait_for(timeout=30_000)
    visit.settle()
    assert re.search(r"\d+ of \d+", visit.text)
    cell.click()
    visit.settle()
    assert re.search(r"neutral says the legend, sadness says second.csv: \d+ images", visit.text)


def test_the_map_shows_the_images_in_a_loop_and_their_neighbours(open_page):
    visit = open_page("map")
    area = visit.page.locator('[data-testid="stPlotlyChart"] .nsewdrag').first
    area.wait_for(timeout=60_000)
    visit.settle()
    visit.picture("map")
    area.scroll_into_view_if_needed()
    box = area.bounding_box()
    corners = [(0.4, 0.4), (0.6, 0.4), (0.6, 0.6), (0.4, 0.6), (0.4, 0.4)]
    visit.page.mouse.move(box["x"] + 0.4 * box["width"], box["y"] + 0.4 * box["height"])
    visit.page.mouse.down()
    for x, y in corners:
        visit.page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"], steps=5)
    visit.page.mouse.up()
    visit.page.get_by_text("In the loop").wait_for(timeout=30_000)
    visit.settle()
    assert re.search(r"In the loop: [\d,]+ images", visit.text)
    assert "Near neighbours" in visit.text
    assert visit.page.locator("img[alt*='images/']").count() > 12


def test_the_shortcut_test_names_the_cue_and_the_leak_has_its_price(open_page):
    visit = open_page("shortcuts")
    visit.page.get_by_text("What the leak is worth").wait_for(timeout=60_000)
    assert "A colour image is disgust" in visit.text
    visit.page.get_by_role("button", name="Neutralise it and test again").click()
    visit.page.get_by_text("Grey and of one size").wait_for(timeout=60_000)
    visit.page.get_by_role("button", name="Weigh it").click()
    visit.page.get_by_text("Seeing the same persons in training is worth").wait_for(timeout=60_000)
    visit.settle()
    visit.picture("shortcuts")


def test_an_uploaded_zip_is_opened(open_page):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for number in range(12):
            archive.writestr(f"pets/{'cat' if number % 2 else 'dog'}/{number}.png", noise(number))
    visit = open_page("data")
    visit.page.locator('input[type="file"]').first.set_input_files(
        {"name": "pets.zip", "mimeType": "application/zip", "buffer": content.getvalue()}
    )
    visit.page.get_by_text("pets.zip is unpacked").wait_for(timeout=30_000)
    visit.page.get_by_role("button", name="Open it").click()
    visit.page.get_by_text("12 image files, labelled by a folder per class").wait_for(timeout=30_000)


def test_a_clean_dataset_is_said_to_be_clean(open_page, make_folder, tmp_path):
    root = make_folder(
        {
            f"{label}/{chr(97 + n)}{label}_1.png": noise(100 * row + n)
            for row, label in enumerate(("cat", "dog"))
            for n in range(26)
        }
        | {
            f"{label}/{chr(97 + n)}{label}x_1.png": noise(1000 + 100 * row + n)
            for row, label in enumerate(("cat", "dog"))
            for n in range(10)
        },
        name="pets",
    )
    with start_app(tmp_path / "home", NAVARASA_DATA=str(root)) as other:
        visit = open_page("overview", at=other)
        visit.page.get_by_text("Nothing was found").wait_for(timeout=60_000)
