"""Trying a face in a real browser: uploads, several pictures at once, the camera, a telephone."""

import csv
import io
import re
import shutil

import numpy as np
import pytest
from PIL import Image

from tests.e2e.conftest import BROWSERS, Visit

pytestmark = pytest.mark.browser
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]


def chromium_here() -> str:
    return next(filter(None, map(shutil.which, BROWSERS)))


def portrait() -> Image.Image:
    """NASA's public picture of Eileen Collins, which comes with scikit-image."""
    return Image.fromarray(pytest.importorskip("skimage.data").astronaut())


def scene(*places: tuple[int, int], size: tuple[int, int] = (640, 480)) -> Image.Image:
    """A grey room with her at each place."""
    picture = Image.new("RGB", size, (170, 175, 180))
    for place in places:
        picture.paste(portrait().resize((300, 300)), place)
    return picture


def saved(picture: Image.Image, path):
    picture.save(path, quality=92)
    return path


def upload(visit: Visit, *paths) -> Visit:
    """Give pictures to the page, and wait for what it says."""
    visit.page.locator("input[type=file]").set_input_files(list(paths))
    visit.page.get_by_text("Looking at the pictures").wait_for(state="detached")
    visit.page.locator(".face-head, [data-testid=stAlert]").first.wait_for(timeout=60_000)
    visit.settle()
    return visit


@pytest.fixture
def two_faces(tmp_path):
    return saved(scene((0, 90), (330, 90)), tmp_path / "two.jpg")


@pytest.fixture
def no_face(tmp_path):
    noise = np.random.default_rng(0).integers(90, 130, (300, 400, 3), np.uint8)
    return saved(Image.fromarray(noise), tmp_path / "wall.png")


def frames(visit: Visit) -> list[dict]:
    return [frame.bounding_box() for frame in visit.page.locator(".faces > div").all()]


def test_every_face_of_an_upload_is_framed_and_gets_a_card_with_what_its_answer_is_worth(open_page, two_faces):
    visit = upload(open_page("prediction"), two_faces)
    assert [frame.inner_text() for frame in visit.page.locator(".faces b").all()] == ["1", "2"]
    assert visit.page.locator(".face-head").count() == 2
    assert len(re.findall(r"people it never saw", visit.text)) >= 2
    assert visit.page.locator('[data-testid="stPlotlyChart"]').first.locator(".ytick").count() == 8


def test_drawn_faces_are_found_in_a_scene_too(open_page, app, tmp_path):
    visit = open_page("prediction")  # draws the demo's faces, where nobody did before
    drawn = sorted(app.home.glob("datasets/*/images/*_0003.jpg"))
    picture = Image.new("RGB", (840, 300), (170, 175, 180))
    for place, face in enumerate(drawn[:: len(drawn) // 3][:3]):
        picture.paste(Image.open(face).convert("RGB").resize((220, 220)), (40 + 270 * place, 40))
    upload(visit, saved(picture, tmp_path / "three.jpg"))
    assert visit.page.locator(".face-head").count() == 3
    visit.picture("prediction")


def test_a_frame_lies_around_its_face(open_page, tmp_path):
    visit = upload(open_page("prediction"), saved(scene((300, 150)), tmp_path / "one.jpg"))
    picture, [frame] = visit.page.locator(".faces > img").bounding_box(), frames(visit)
    scale = picture["width"] / 640
    middle = [(frame[at] + frame[side] / 2 - picture[at]) / scale for at, side in (("x", "width"), ("y", "height"))]
    # Her face is around (225, 110) of her picture's 512 pixels, which are 300 here.
    assert middle == pytest.approx([300 + 225 * 300 / 512, 150 + 110 * 300 / 512], abs=40)


def test_a_picture_on_its_side_is_shown_upright(open_page, tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    path = tmp_path / "lying.jpg"
    scene((170, 90)).transpose(Image.Transpose.ROTATE_90).save(path, exif=exif, quality=92)
    visit = upload(open_page("prediction"), path)
    box = visit.page.locator(".faces > img").bounding_box()
    assert box["width"] > box["height"]
    assert len(frames(visit)) == 1


def test_a_picture_without_a_face_says_so_and_the_whole_of_it_can_be_used(open_page, no_face):
    visit = upload(open_page("prediction"), no_face)
    assert "No face was found in wall.png" in visit.text
    assert visit.page.locator(".face-head").count() == 0
    visit.page.get_by_role("button", name="Use the whole picture").click()
    visit.page.locator(".face-head").wait_for(timeout=30_000)
    visit.settle()
    assert "No face was found" not in visit.text


def test_a_dark_face_is_answered_with_a_warning(open_page, tmp_path):
    dark = Image.fromarray((np.asarray(scene((170, 90))) * 0.12).astype(np.uint8))
    visit = upload(open_page("prediction"), saved(dark, tmp_path / "dark.png"))
    assert "dark" in visit.page.locator('[data-testid="stAlert"]').first.inner_text()


# Several pictures


@pytest.fixture
def batch(open_page, two_faces, no_face, tmp_path):
    broken = tmp_path / "holiday.jpg"
    broken.write_text("not a picture")
    return upload(open_page("prediction"), two_faces, no_face, broken)


def test_several_pictures_get_a_table_and_the_first_is_shown(batch):
    assert "2 faces in 3 pictures" in batch.text
    assert batch.page.locator(".face-head").count() == 2


def test_a_line_of_the_table_leads_to_its_picture(batch):
    table = batch.page.locator('[data-testid="stDataFrame"]').first
    table.click(position={"x": 14, "y": 38 + 35 + 17})
    batch.settle()
    assert "No face was found in wall.png" in batch.text
    assert "picture=1" in batch.page.url


def test_the_csv_has_a_line_a_face_and_one_for_each_picture_without(batch):
    with batch.page.expect_download() as saving:
        batch.page.get_by_role("button", name="Save as CSV").click()
    lines = list(csv.DictReader(saving.value.path().read_text(encoding="utf-8").splitlines()))
    assert [(line["picture"], line["face"]) for line in lines] == [
        ("two.jpg", "1"),
        ("two.jpg", "2"),
        ("wall.png", ""),
        ("holiday.jpg", ""),
    ]
    assert lines[3]["problems"].startswith("holiday.jpg is not a picture that can be read")
    assert sum(float(value) for name, value in lines[0].items() if name.startswith("p_")) == pytest.approx(1, abs=1e-3)


# The camera


@pytest.fixture
def camera(browser, app, tmp_path):
    """Return a page in a Chromium whose camera looks at the portrait."""
    buffer = io.BytesIO()
    scene((170, 90)).save(buffer, "JPEG", quality=92)
    film = tmp_path / "film.mjpeg"
    film.write_bytes(buffer.getvalue() * 5)
    flags = [*FLAGS, "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
    flags += [f"--use-file-for-fake-video-capture={film}"]
    chromium = browser.browser_type.launch(executable_path=chromium_here(), args=flags)
    visit = Visit(chromium.new_context(viewport={"width": 1280, "height": 900}).new_page(), app)
    visit.go("prediction")
    yield visit
    chromium.close()


def test_a_photo_of_the_camera_is_answered(camera):
    camera.page.get_by_text("Camera", exact=True).click()
    camera.settle()
    assert "from=Camera" in camera.page.url
    camera.page.get_by_role("button", name="Take Photo").click(timeout=30_000)
    camera.page.locator(".face-head").first.wait_for(timeout=60_000)
    assert camera.page.locator(".faces > img").get_attribute("alt") == "The picture your photo, one face framed"


# The closer look, and the link


def test_a_changed_face_is_answered_at_once_and_is_in_the_link(open_page, two_faces):
    visit = upload(open_page("prediction"), two_faces)
    visit.page.get_by_text("What if", exact=True).first.click()
    visit.settle()
    assert re.search(r"of (all|\d of) 9 versions of this face", visit.text)
    visit.page.get_by_text("Mirror", exact=True).click()
    visit.settle()
    assert "closer-1=What+if" in visit.page.url
    assert "mirror-1=true" in visit.page.url


def test_a_link_s_choices_hold_once_a_picture_is_there(open_page, two_faces):
    visit = upload(open_page("prediction?closer-1=What+if&brightness-1=20&below=0.99"), two_faces)
    assert "+20%" in visit.text
    assert "at least 99% sure" in visit.text
    assert "brightness-1=20" in visit.page.url


@pytest.mark.parametrize("closer", ["Where it looked", "Faces it learnt from", "What if"])
def test_no_card_is_wider_than_a_telephone(open_page, two_faces, no_face, closer):
    visit = open_page("prediction", width=390)
    upload(visit, two_faces, no_face)
    visit.page.get_by_text(closer, exact=True).first.click()
    visit.settle()
    assert visit.page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 390
    cards = visit.page.locator("[class*=st-key-face-]").all()
    assert len(cards) == 2
    assert max(card.bounding_box()["width"] for card in cards) <= 390
