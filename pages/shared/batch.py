"""Many pictures at once: a table with a line a picture, and a CSV with a line a face."""

from collections import Counter
from collections.abc import Sequence

import pandas as pd
import streamlit as st

from core.prediction import Face, Prediction
from pages.shared.asked import Manner
from pages.shared.cell import PER_CENT
from pages.shared.charts import download
from pages.shared.links import remember, remembered

_ROWS = 8
"""Rows that are in sight; more are scrolled."""


def table_of(predictions: Sequence[Prediction], manner: Manner) -> int:
    """Show a line a picture and return the position of the one that is looked at, the first where none was chosen."""
    shown = pd.DataFrame([_line(prediction, manner) for prediction in predictions])
    known = {str(row): row for row in range(len(predictions))}
    row = known.get(remembered("picture") or "", 0)
    event = st.dataframe(
        shown,
        key="pictures",
        on_select="rerun",
        selection_mode="single-row-required",
        selection_default={"selection": {"rows": [row]}},
        hide_index=True,
        height=38 + 35 * min(len(shown), _ROWS),
        placeholder="",
        alt="What was found in each picture",
        column_config={
            "picture": st.column_config.TextColumn(pinned=True, width=120),
            "answer": st.column_config.TextColumn(width="medium"),
            "faces": st.column_config.NumberColumn(width=60),
            "probability": st.column_config.NumberColumn(**PER_CENT),
            "problems": st.column_config.TextColumn(width="large"),
        },
    )
    rows = [chosen for chosen in event["selection"]["rows"] if chosen < len(predictions)]
    row = rows[0] if rows else row
    remember("picture", str(row))
    faces = sum(len(prediction.faces) for prediction in predictions)
    found = "1 face" if faces == 1 else f"{faces:,} faces"
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"{found} in {len(predictions):,} pictures. Choose a line to see its faces below.")
        download("Save as CSV", "faces.csv", lambda: _faces(predictions, manner))
    return row


def _line(prediction: Prediction, manner: Manner) -> dict[str, object]:
    """Return what the table says of one picture; of several faces, how many say what, and the surest one's share."""
    answers = [face.answers[0] for face in prediction.faces]
    said = [answer.said(manner.rare, manner.below) or "no answer" for answer in answers]
    shares = [next(iter(answer.shares(manner.rare).values())) for answer in answers]
    return {
        "picture": prediction.image,
        "answer": _together(said),
        "probability": min(round(max(shares), 2), 0.99) if shares else None,  # nothing is written as certain
        "faces": len(prediction.faces),
        "problems": " ".join(_problems(prediction)),
    }


def _together(said: Sequence[str]) -> str:
    """Return the answer of one face, or of several how many got which: "3 happiness, 2 neutral"."""
    counts = Counter(said).most_common()
    return ", ".join(f"{n} {answer}" if len(said) > 1 else answer for answer, n in counts)


def _problems(prediction: Prediction) -> list[str]:
    verdicts = (_verdict(face) for face in prediction.faces)
    return [problem for problem in (prediction.problem, *verdicts) if problem]


def _verdict(face: Face) -> str | None:
    return face.quality.verdict() if face.quality else None


def _faces(predictions: Sequence[Prediction], manner: Manner) -> pd.DataFrame:
    """Return a line a face and predictor; a picture without a face has one line that says why."""
    rows = []
    for prediction in predictions:
        if not prediction.faces:
            rows.append({"picture": prediction.image, "problems": prediction.problem})
        for number, face in enumerate(prediction.faces, 1):
            for answer in face.answers:
                shares = answer.shares(manner.rare)
                rows.append(
                    {"picture": prediction.image, "face": number}
                    | dict(zip(("x", "y", "width", "height"), face.box, strict=True))
                    | {"network": answer.predictor, "answer": answer.said(manner.rare, manner.below)}
                    | {"probability": max(shares.values()), "problems": _verdict(face)}
                    | {f"p_{label}": share for label, share in shares.items()}
                )
    return pd.DataFrame(rows).convert_dtypes()
