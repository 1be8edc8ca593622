"""Work under a progress bar: it ends, is cancelled, is refused, and says how long it will take."""

import pytest
from streamlit.testing.v1 import AppTest

from pages.shared.progress import Bar
from tests.pages.conftest import button, errors, labels, text


@pytest.fixture
def page():
    """Return a page on which a counter says how often the work was begun, and `answer` what it then does."""

    def script():
        import streamlit as st

        from core.errors import BadInput
        from pages.shared.progress import with_progress

        def work(report):
            st.session_state["begun"] = st.session_state.get("begun", 0) + 1
            report("Counting", 1, 2)
            if st.session_state["answer"] == "cancel":  # what a click on the button does, at the next drawing
                st.session_state["work-cancelled"] = True
                st.rerun()
            if st.session_state["answer"] == "refuse":
                raise BadInput("The file a_b.csv is *torn*; give another one.")
            return "done"

        found = with_progress("work", work)
        st.write(f"found {found}")

    def run(answer: str) -> AppTest:
        app = AppTest.from_function(script)
        app.session_state["answer"] = answer
        return app.run()

    return run


def test_work_that_ends_leaves_no_bar(page):
    app = page("end")
    assert "found done" in text(app)
    assert labels(app) == []


def test_cancelled_work_can_be_started_again(page):
    app = page("cancel")
    assert "Cancelled." in text(app)
    assert labels(app) == ["Start again"]
    app.session_state["answer"] = "end"
    button(app, "Start again").click().run()
    assert "found done" in text(app)


def test_cancelled_work_is_not_begun_by_another_click(page):
    app = page("cancel").run()
    assert app.session_state["begun"] == 1
    assert "found None" in text(app)


def test_refused_work_says_why_and_can_be_tried_again(page):
    app = page("refuse")
    assert errors(app) == ["The file a_b.csv is *torn*; give another one."]
    assert labels(app) == ["Try again"]
    app.session_state["answer"] = "end"
    button(app, "Try again").click().run()
    assert errors(app) == []
    assert "found done" in text(app)


class Clock:
    """Stands in for the clock and for Streamlit's bar, and keeps what was drawn."""

    def __init__(self):
        self.now, self.drawn = 100.0, []

    def monotonic(self) -> float:
        return self.now

    def progress(self, share: float, words: str) -> "Clock":
        self.drawn.append(words)
        return self


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr("pages.shared.progress.time", clock)
    monkeypatch.setattr("pages.shared.progress.st", clock)
    return clock


@pytest.mark.parametrize(("spent", "left"), [(10, "30 s"), (120, "6 min")])
def test_the_time_left_is_told_from_the_time_spent(clock, spent, left):
    bar = Bar("")
    bar.report("Looking", 0, 4000)
    clock.now += spent
    bar.report("Looking", 1000, 4000)
    assert clock.drawn[-1] == f"Looking: 1,000 of 4,000, about {left} left"


def test_no_time_is_told_before_it_is_known(clock):
    bar = Bar("")
    bar.report("Looking", 0, 100)
    clock.now += 1
    bar.report("Looking", 50, 100)
    assert clock.drawn[-1] == "Looking: 50 of 100"


def test_the_time_of_a_step_counts_from_its_own_start(clock):
    bar = Bar("")
    bar.report("Reading", 0, 10)
    clock.now += 500
    bar.report("Laying out", 0, 10)
    clock.now += 10
    bar.report("Laying out", 5, 10)
    assert clock.drawn[-1] == "Laying out: 5 of 10, about 10 s left"


def test_work_of_unknown_length_says_how_far_it_is(clock):
    bar = Bar("")
    bar.report("Loading", 1500, 0)
    assert clock.drawn[-1] == "Loading: 1,500 so far"


def test_reports_that_come_too_fast_are_not_drawn(clock):
    bar = Bar("")
    for done in range(100):
        clock.now += 0.001
        bar.report("Looking", done, 100)
    assert len(clock.drawn) == 2  # "Starting" and the first
