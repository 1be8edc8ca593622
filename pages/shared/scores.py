"""The scores of one or several runs: intervals as a chart, sortable tables beside two baselines, and text to paste."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import streamlit as st

from core.evaluation import Evaluation, as_csv, as_latex, as_markdown, score_table, thin_classes
from core.evaluation.scores import COMMON, OVERALL
from core.evaluation.tables import CLASS, SHUFFLED, caption
from core.figures.results import f1_intervals
from pages.shared.charts import chart, count, table
from pages.shared.text import plain

_THREE = {"format": "%.3f"}
_INTERVAL = st.column_config.TextColumn("95 % interval", alignment="right", width=118)
_SHORT = {"macro_f1_common": f"Macro-F1, {COMMON}+ images", "mcc": "MCC"}
"""What the narrow table calls a score whose name is long."""
_LANGUAGES = {"Markdown": "markdown", "LaTeX": "latex", "CSV": None}


def score_tables(evaluations: Mapping[str, Evaluation], key: str) -> None:
    """Show the scores of each run, and how their intervals came about.

    Args:
        evaluations: by what each run is called; with one, its name is left out.
        key: told apart from other tables of the page by it; part of the link.
    """
    chart(f1_intervals(evaluations), f"{key}-f1", "F1 of each class with its interval")
    for name, evaluation in evaluations.items():
        if len(evaluations) > 1:
            st.markdown(f"**{plain(name)}**")
        _tables(evaluation)
    methods = list(dict.fromkeys(evaluation.how for evaluation in evaluations.values()))
    always = list(dict.fromkeys(evaluation.majority.label for evaluation in evaluations.values()))
    st.caption(
        f"{' '.join(methods)} Beside each score: what one gets who always says {plain(' or '.join(always))}, and who "
        "deals the same answers at random. A click on a column's head sorts by it."
    )
    rare = list(dict.fromkeys(words for evaluation in evaluations.values() for words in _rare(evaluation)))
    if rare:
        st.caption(f"“{_SHORT['macro_f1_common']}” leaves out {plain(', '.join(rare))}.")
    thin = list(dict.fromkeys(words for evaluation in evaluations.values() for words in thin_classes(evaluation)))
    if thin:
        st.caption(
            ":material/warning: Few test images or few persons, so an interval is no certainty however narrow: "
            f"{plain(', '.join(thin))}."
        )
    _copies(evaluations, key)


def _tables(evaluation: Evaluation) -> None:
    scored = score_table(evaluation)
    always = scored.columns[-2]
    is_class = scored["kind"] == CLASS
    baselines = {
        always: st.column_config.NumberColumn(always, width=104, **_THREE),
        SHUFFLED: st.column_config.NumberColumn("shuffled", width=76, **_THREE),
    }
    classes = pd.DataFrame({"class": scored["name"], "F1": scored["score"], "F1 from … to": _between(scored, "score")})
    for name in ("precision", "recall"):
        classes[name], classes[f"{name} from … to"] = scored[name], _between(scored, name)
    classes = classes.join(scored[["images", "persons", always, SHUFFLED]])[is_class]
    looks = {
        "class": st.column_config.TextColumn(pinned=True, width=92),
        "images": count("images", width=66),
        "persons": count("persons", width=72),
    }
    looks |= {name: st.column_config.NumberColumn(width=78, **_THREE) for name in ("F1", "precision", "recall")}
    looks |= dict.fromkeys([name for name in classes if name.endswith("from … to")], _INTERVAL)
    table(classes, "Precision, recall and F1 of each class", looks | baselines)
    overall = scored[~is_class]
    names = [_SHORT.get(name, title) for name, title in OVERALL.items()]
    overall = pd.DataFrame(
        {"over all classes": names, "score": overall["score"], "from … to": _between(overall, "score")}
    ).join(overall[[always, SHUFFLED]])
    looks = {
        "over all classes": st.column_config.TextColumn(pinned=True, width=172),
        "score": st.column_config.NumberColumn(width=64, **_THREE),
        "from … to": _INTERVAL,
    }
    table(overall, "Scores over all classes", looks | baselines)


def _rare(evaluation: Evaluation) -> list[str]:
    support = evaluation.per_class["support"]
    return [f"{label} ({n:.0f} images)" for label, n in support[support < COMMON].items()]


def _between(scored: pd.DataFrame, name: str) -> list[str | None]:
    ends = scored[[f"{name}_low", f"{name}_high"]].to_numpy()
    return [f"{low:.3f} to {high:.3f}" if np.isfinite(low) else None for low, high in ends]


def _copies(evaluations: Mapping[str, Evaluation], key: str) -> None:
    """Show the tables as text with a button that copies it, and one that saves it as CSV."""
    with st.expander(
        "Copy as Markdown, LaTeX or CSV", icon=":material/content_copy:", key=f"{key}-copy", bind="query-params"
    ):
        language = st.segmented_control(
            "Copy as", list(_LANGUAGES), default="Markdown", required=True, key=f"{key}-as", bind="query-params"
        )
        for name, evaluation in evaluations.items():
            if len(evaluations) > 1:
                st.markdown(f"**{plain(name)}**")
            st.code(_text(evaluation, language), _LANGUAGES[language], height=260)
    st.download_button(
        "Save as CSV",
        lambda: as_csv(_joined(evaluations)),
        "scores.csv",
        "text/csv",
        key=f"{key}-csv",
        icon=":material/download:",
        on_click="ignore",
        type="tertiary",
    )


def _text(evaluation: Evaluation, language: str) -> str:
    scored = score_table(evaluation)
    if language == "CSV":
        return as_csv(scored)
    if language == "LaTeX":
        return as_latex(scored, caption(evaluation))
    return f"{as_markdown(scored)}\n{caption(evaluation)}\n"


def _joined(evaluations: Mapping[str, Evaluation]) -> pd.DataFrame:
    """Return the tables of all runs below each other, with a column that names the run where there are several."""
    tables = {name: score_table(evaluation) for name, evaluation in evaluations.items()}
    if len(tables) == 1:
        return next(iter(tables.values()))
    return pd.concat(tables, names=["run"]).reset_index("run").reset_index(drop=True)
