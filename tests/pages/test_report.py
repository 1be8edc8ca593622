"""The report's page shows the shipped runs whatever dataset is open, and says what is missing where there is none."""

import re

from core import runs as core_runs
from core.replication import EXPERIMENTS, findings
from tests.pages.conftest import errors, text


def test_every_experiment_has_its_section(visit):
    app = visit("report")
    assert not errors(app)
    assert [header.value for header in app.header][:-1] == [experiment.title for experiment in EXPERIMENTS]


def test_the_page_says_which_runs_came_with_the_program(visit):
    shown = re.search(r"(\d+) of these (\d+) runs are shipped with the program", text(visit("report")))
    assert shown[1] == shown[2] == str(len(core_runs.shipped_runs()))


def test_our_figure_stands_beside_the_report_s(visit):
    app = visit("report")
    assert re.search(r"Macro-F1 is 0\.\d{3} ± 0\.\d{3} here and 0\.15 in the report: \+0\.\d\d", text(app))
    tables = [frame.value for frame in app.dataframe]
    assert any({"the report", "1-conv CNN, on its training images"} <= set(table.columns) for table in tables)


def test_each_run_has_a_link(visit):
    links = [frame.value["run"] for frame in visit("report").dataframe if "run" in frame.value]
    assert sum(map(len, links)) >= len(core_runs.shipped_runs())
    assert all(re.fullmatch(r"results\?dataset=demo&run=[0-9a-f]{12}", link) for table in links for link in table)


def test_without_any_run_the_page_names_the_command(visit, monkeypatch):
    monkeypatch.setattr(findings, "shipped_runs", list)
    app = visit("report")
    assert "None of these runs is here yet" in text(app)
    assert "python -m core replicate" in app.code[0].value
