"""Configurations side by side as pages show them: the picture, the table, who pays, and the runs behind a row."""

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from core import figures
from core.catalog import Dataset
from core.evaluation import thin_classes
from core.evaluation.comparison import Comparison
from core.evaluation.confusion import MatrixView
from core.evaluation.resampled import score_titles
from core.evaluation.tables import with_interval
from core.evaluation.verdicts import classes_view, in_words, pairs_view, signed
from core.groups import Configuration, Group
from core.losses import LOSSES
from core.models import MODELS
from core.runs import training_command
from core.sampling import SAMPLERS
from pages.shared.cache import cached_evaluation
from pages.shared.charts import clickable_chart, table
from pages.shared.choices import menu_in_link
from pages.shared.comparisons import compared_by_class, compared_in_pairs, majority_of, resampled
from pages.shared.links import remember, remembered
from pages.shared.matrix import matrix
from pages.shared.text import plain


def warn(group: Group, comparison: Comparison) -> None:
    """Say what the picture cannot show: mistakes made on purpose, and luck of the seed that nobody measured."""
    if group.is_mistake:
        st.warning(
            "These runs make a mistake on purpose: their scores are too good, and compare only with each other.",
            icon=":material/report:",
        )
    single, all_of_them = int((comparison.table["seeds"] == 1).sum()), len(comparison.table)
    if single:
        them = f"{single:,} of {all_of_them:,}" if single < all_of_them else "All of these"
        st.warning(
            f"{them}: one seed only, so the luck of the seed is not covered and another seed may turn the verdict. "
            "Train two more; “Look closer” says how.",
            icon=":material/casino:",
        )


def picture(
    group: Group,
    shown: pd.DataFrame,
    score: str,
    names: Mapping[str, str],
    source: str,
    key: str,
    name: str,
) -> None:
    """Draw rows of a comparison's table; a click on a dot shows a link to its run.

    `source` opens the dataset, `key` is the chart's, and `name` the link's word for the dot that was clicked.
    """
    seeds, (label, always) = resampled(group), majority_of(group)
    dots = pd.DataFrame(
        {"configuration": one.id, "run": run.id, "seed": run.config.seed, "value": drawn.point[score]}
        for one in group.configurations
        for run, drawn in zip(one.runs, seeds[one.id], strict=True)
    )
    title = score_titles(always.labels)[score]
    dark = st.context.theme.type == "dark"
    figure = figures.compared(shown, dots, names, title, (label, always.point[score]), dark)
    alt = f"{title} of each configuration: a dot a seed, their mean and its 95 % interval"
    if clicked := clickable_chart(figure, key, alt, name):
        words = f"Results of {clicked[0]}, seed {clicked[1]}"
        link = {"run": clicked[0], "dataset": source}
        st.page_link("pages/results.py", label=words, icon=":material/grid_on:", query_params=link)
    else:
        st.caption(
            "A dot is a seed, the line across is the mean of the seeds, the bar its 95 % interval; dotted: always "
            f"saying {plain(label)} ({always.point[score]:.3f}). Click a dot for its results."
        )


def numbers(comparison: Comparison, group: Group, names: Mapping[str, str]) -> pd.DataFrame:
    """Return the table to save, with all digits, the best mean first."""
    rows, seeds = comparison.table, resampled(group)
    each = [" ".join(f"{run.point[comparison.score]:.6f}" for run in seeds[name]) for name in rows.index]
    shown = rows.rename(columns={"seeds": "n_seeds"}).assign(seeds=each).reset_index(drop=True)
    shown.insert(0, "configuration", [names[name] for name in rows.index])
    return shown


def show_table(comparison: Comparison, group: Group, names: Mapping[str, str]) -> None:
    """Show what is compared: verdicts, means, spreads and intervals in words and numbers."""
    rows, seeds = comparison.table, resampled(group)
    ends = rows[["difference", "difference_low", "difference_high"]].itertuples(index=False)
    shown = pd.DataFrame(
        {
            "configuration": [names[name] for name in rows.index],
            "verdict": rows["verdict"],
            "mean": [with_interval(*row) for row in rows[["mean", "low", "high"]].itertuples(index=False)],
            "spread (SD)": rows["spread"],
            "seeds": [", ".join(f"{run.point[comparison.score]:.3f}" for run in seeds[name]) for name in rows.index],
            "difference": [f"{signed(a)} [{signed(b)}, {signed(c)}]" if a == a else "" for a, b, c in ends],
            "p": rows["p"],
            "p (Holm)": rows["p_holm"],
        }
    )
    columns = {
        "mean": st.column_config.TextColumn("mean [95 % interval]", help="Over the seeds: other persons, other seeds."),
        "spread (SD)": _number("Standard deviation over the seeds (n - 1)."),
        "seeds": st.column_config.TextColumn("each seed"),
        "difference": st.column_config.TextColumn(
            "difference [95 % interval]", help="Mean less that of the reference; the interval is not corrected."
        ),
        "p": _number("Two-sided, not corrected."),
        "p (Holm)": _number("Corrected for the number of comparisons made here; a verdict needs less than 0.05."),
    }
    table(shown, "Verdict, mean, spread and difference of each configuration", columns)


def _number(help_: str) -> object:
    return st.column_config.NumberColumn(format="%.3f", help=help_)


def closer(group: Group, comparison: Comparison, reference: str, dataset: Dataset) -> None:
    """Let one configuration be chosen: what is known of it, links to its runs, and how to train more seeds of it."""
    by_id, names = {one.id: one for one in group.configurations}, group.names
    order = sorted(comparison.table.index, key=lambda name: name == reference)  # the best of the others comes first
    chosen = by_id[menu_in_link("Configuration", {name: names[name] for name in order}, "closer")]
    st.markdown(plain(in_words(comparison.table.loc[chosen.id], names[chosen.id])))
    beside = by_id.get(reference) if chosen.id != reference else None
    for run, drawn in zip(chosen.runs, resampled(group)[chosen.id], strict=True):
        with st.container(horizontal=True, gap="medium"):
            link = {"run": run.id, "dataset": dataset.source}
            words = f"Seed {run.config.seed}: {drawn.point[comparison.score]:.3f}"
            st.page_link("pages/results.py", label=words, icon=":material/grid_on:", query_params=link)
            if beside:
                _difference_link(beside, chosen, run.config.seed, dataset)
    _more_seeds(chosen, dataset)


def _difference_link(first: Configuration, second: Configuration, seed: int, dataset: Dataset) -> None:
    """Link to where a seed's run of the second differs from the first's, of the same seed if there is one."""
    one, other = (_with_seed(configuration, seed) for configuration in (first, second))
    link = {"run": one, "beside": other, "two": "difference", "dataset": dataset.source}
    words = "Where the two differ"
    st.page_link("pages/results.py", label=words, icon=":material/difference:", query_params=link)


def _with_seed(configuration: Configuration, seed: int) -> str:
    return next((run.id for run in configuration.runs if run.config.seed == seed), configuration.runs[0].id)


def _more_seeds(one: Configuration, dataset: Dataset) -> None:
    """Say how two more seeds are trained: a link to the sweep, and the exact command."""
    config, last = one.config, one.runs[-1].config.seed
    link = {
        "dataset": dataset.source,
        "sweep-models": MODELS[config.model].title,
        "sweep-samplings": SAMPLERS[config.sampling].title,
        "sweep-losses": LOSSES[config.loss].title,
        "sweep-seeds": str(min(last + 3, 10)),
    }
    with st.expander("Train it with two more seeds", icon=":material/add:", key="more", bind="query-params"):
        st.page_link("pages/sweep.py", label="Set it up as a sweep", icon=":material/dynamic_feed:", query_params=link)
        command = training_command(config, config.dataset, [last + 1, last + 2])
        if command:  # there is none for what is wrong on purpose
            st.caption("The sweep page starts with default parameters. This trains exactly this configuration:")
            st.code(command, language="bash", wrap_lines=True)


def who_pays(group: Group, comparison: Comparison, reference: str, reference_name: str, dataset: Dataset) -> None:
    """Show which class gains and which loses against the reference; a chosen cell leads to where the runs differ."""
    labels, names = list(majority_of(group)[1].labels), _best_first(group, comparison)
    rows = [name for name in names if name != reference]
    if not rows:
        return
    view = classes_view(compared_by_class(group, reference), names, labels, reference_name)
    place = _chosen_cell(view, "paid", rows, labels, "F1 of each class, less that of the reference")
    if place:
        _tell(group, reference, rows[place[0]], view.says[place], dataset)
    run = group.runs[0]
    if thin := thin_classes(cached_evaluation(run.id, run)):
        st.caption(
            ":material/warning: Few test images or few persons, so that hardly anything can be told apart: "
            f"{plain(', '.join(thin))}."
        )


def all_pairs(group: Group, comparison: Comparison, dataset: Dataset) -> None:
    """Show every configuration less every other; a chosen cell leads to where the two differ."""
    names = _best_first(group, comparison)
    view, ids = pairs_view(compared_in_pairs(group, comparison.score), names), list(names)
    place = _chosen_cell(view, "pair", ids, ids, "Each configuration less each other")
    if place and place[0] != place[1]:
        _tell(group, ids[place[1]], ids[place[0]], view.says[place], dataset)


def _best_first(group: Group, comparison: Comparison) -> dict[str, str]:
    names = group.names
    return {name: names[name] for name in comparison.table.index}


def _chosen_cell(
    view: MatrixView, name: str, rows: list[str], columns: list[str], title: str
) -> tuple[int, int] | None:
    """Draw a matrix and return the place of the chosen cell; the link holds the ids of its row and column."""
    row, _, column = (remembered(name) or "").partition("~")
    known = row in rows and column in columns
    asked = (view.rows[rows.index(row)], view.columns[columns.index(column)]) if known else None
    cell = matrix(view, f"{name}-matrix", title, asked, "the difference of the two runs")
    place = (view.rows.index(cell[0]), view.columns.index(cell[1])) if cell else None
    remember(name, f"{rows[place[0]]}~{columns[place[1]]}" if place else None)
    return place


def _tell(group: Group, first: str, second: str, words: str, dataset: Dataset) -> None:
    """Say what a cell holds, and link to where the two configurations differ; a baseline has no run to link to."""
    by_id = {one.id: one for one in group.configurations}
    st.markdown(f"{plain(words)}.")
    if first in by_id:
        _difference_link(by_id[first], by_id[second], by_id[second].runs[0].config.seed, dataset)
