"""One image, many runs: what each of them said of it."""

from collections.abc import Iterable

import pandas as pd

from core.errors import BadInput
from core.evaluation.cells import answers_to
from core.runs.folder import Run

_COLUMNS = ["run", "title", "plan", "true", "said", "p_said", "p_true", "right", "fold"]


def answers_of(runs: Iterable[Run], image: str) -> pd.DataFrame:
    """Return what each run that judged an image said of it, in the order of the runs, one row a run and fold.

    `run` (its id), `title`, `plan`, `true`, `said`, `p_said` and `p_true` (what it gave what it said and what is true,
    from 0 to 1), `right` and `fold`.
    """
    tables = []
    for run in runs:
        try:
            answers = answers_to(run.predictions, image)
        except BadInput:  # a damaged run must not hide the others; opening it by name says what is wrong
            continue
        if len(answers):
            tables.append(answers.assign(run=run.id, title=run.config.title, plan=run.config.plan)[_COLUMNS])
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=_COLUMNS)
