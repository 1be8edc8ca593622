"""A report is one file that loads nothing, says what the run says, and takes words of the data for words."""

import re
from html.parser import HTMLParser

import pytest

from core.documents import html_report, report_name
from core.documents.html_report import MATRIX_UP_TO
from core.errors import BadInput
from core.evaluation import evaluate

VOID = {"meta", "br", "img", "link", "input", "hr"}


class Page(HTMLParser):
    """What a document holds: tags with their attributes, headings, table headers, and what is open at its end."""

    def __init__(self, text: str):
        super().__init__()
        self.tags: list[tuple[str, dict]] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def named(self, *names: str) -> list[dict]:
        return [attributes for tag, attributes in self.tags if tag in names]


@pytest.fixture(scope="module")
def report(run):
    return html_report([run])


@pytest.fixture(scope="module")
def several(run, other, neighbours):
    return html_report([run, other, neighbours])


@pytest.fixture(params=["report", "several"])
def text(request):
    return request.getfixturevalue(request.param)


# One file


def test_nothing_is_loaded_from_anywhere(text):
    assert (
        re.findall(r"https?:|//\w|url\(|@import|\bsrc=|<script|<link|<img|<iframe|<object|<form|\bon\w+=", text) == []
    )


def test_a_browser_is_told_to_load_nothing(text):
    assert "content=\"default-src 'none'; style-src 'unsafe-inline'\"" in text


def test_a_report_is_small(report, several):
    assert len(report.encode()) < 100_000
    assert len(several.encode()) < 300_000


def test_every_tag_is_closed(text):
    assert Page(text).open == []


def test_the_same_run_gives_the_same_report(run, report):
    assert html_report([run]) == report


# For every reader


def test_the_language_is_named_and_the_first_line_is_the_doctype(text):
    assert text.startswith("<!DOCTYPE html>")
    assert Page(text).named("html") == [{"lang": "en"}]


def test_headings_come_in_order(text):
    levels = [int(tag[1]) for tag, _ in Page(text).tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in zip(levels, levels[1:], strict=False))


def test_every_header_of_a_table_says_what_it_heads(text):
    assert {attributes.get("scope") for attributes in Page(text).named("th")} == {"row", "col"}


def test_every_table_has_a_caption(text):
    page = Page(text)
    assert len(page.named("caption")) == len(page.named("table"))


def test_a_drawing_says_what_it_shows_or_is_passed_over(text):
    drawings = Page(text).named("svg")
    assert drawings
    assert all(one.get("aria-hidden") == "true" or (one["role"] == "img" and one["aria-label"]) for one in drawings)


def test_it_follows_the_reader_s_light_or_dark_and_can_be_printed(text):
    assert "prefers-color-scheme: dark" in text
    assert "@media print" in text


# What it says


def test_scores_are_those_of_the_predictions(run, report):
    evaluation = evaluate(run.predictions)
    low, high = evaluation.macro_f1_interval
    assert f"Macro-F1 <b>{evaluation.macro_f1:.3f}</b>" in report
    assert f"95 % interval {low:.3f} to {high:.3f}" in report


def test_each_cell_of_the_matrix_is_there_in_its_order(run, report):
    table = report.split('<table class="matrix">')[1].split("</table>")[0]
    counts = [int(count) for count in re.findall(r"<td[^>]*>(\d+)", table)]
    assert counts == evaluate(run.predictions).confusion_matrix.ravel().tolist()


def test_a_matrix_of_many_classes_is_left_out(run, written):
    table = run.predictions
    for number in range(MATRIX_UP_TO):
        table[f"p_class {number}"] = 0.0
    report = html_report([written(table, run)])
    assert 'class="matrix"' not in report
    assert f"The matrix of {MATRIX_UP_TO + 3} classes is too large" in report


def test_the_dataset_s_own_counts_are_told_where_it_is_given(run, easy):
    report = html_report([run], easy)
    assert "Images in the dataset" in report
    assert '<th scope="row">left</th><td>60</td>' in report


def test_a_dataset_that_is_another_is_refused(run, open_folder):
    other = open_folder(["a/one.jpg", "b/two.jpg"])
    with pytest.raises(BadInput, match=f"does not hold the images that the run {run.id} judged"):
        html_report([run], other)


def test_no_image_is_named(text, easy):
    assert not any(image.rsplit("/", 1)[-1] in text for image in easy.catalog["image"])


def test_where_the_dataset_lies_is_not_told(text, easy):
    assert str(easy.root.parent) not in text
    assert easy.root.name in text


def test_the_command_that_trains_it_is_in_it(report, easy):
    assert f"python -m core train {easy.root.name} --model cnn_1conv --sampling over" in report


def test_curves_are_drawn_for_what_trains_in_epochs(report, neighbours):
    assert "Loss by epoch" in report
    alone = html_report([neighbours])
    assert "Loss by epoch" not in alone
    assert "Test scores by the number of neighbours" in alone


# Several


def test_runs_on_the_same_images_are_compared(run, other):
    text = html_report([run, other])
    assert "All were judged on the same" in text
    assert "A less B" in text


def test_runs_on_other_images_are_not_compared(several):
    assert "were not judged on the same images" in several
    assert "A less B" not in several


@pytest.mark.parametrize("runs", [[], ["run", "run"]])
def test_a_report_is_of_different_runs(runs, request):
    with pytest.raises(BadInput, match="one run or of several different ones"):
        html_report([request.getfixturevalue(name) for name in runs])


def test_the_file_s_name_names_the_runs(run, other):
    assert report_name([run, other]) == f"report-{run.id}-{other.id}.html"


# Names that want to be more than names


def test_a_class_called_like_a_script_is_a_word(hostile, other):
    text = html_report([hostile, other])
    assert "<script" not in text
    assert "<img" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert Page(text).open == []
