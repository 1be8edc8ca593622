"""Slices of a run's images: what is known of them, the tables that can be clicked, and the images behind a row."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from core import annotators
from core.catalog import Dataset
from core.evaluation import Evaluation, evaluate
from core.evaluation.attributes import ATTRIBUTES, read_attributes, times_seen_in_training
from core.evaluation.conditions import SAID, Conditions, from_link, in_words, slice_rows, to_link, wrong_images
from core.evaluation.slices import FEW_PERSONS, slices
from core.evaluation.worst_slices import WorstSlices, worst_slices
from core.runs import RESAMPLE_FIRST, TEST_ON_TRAINING, Run
from core.splits import make_folds
from pages.shared.cache import cached_predictions, kept
from pages.shared.cell import PER_CENT, judged_images
from pages.shared.charts import count
from pages.shared.links import remember, remembered
from pages.shared.measures import measures_if_known
from pages.shared.runs import is_of
from pages.shared.scores import score_tables
from pages.shared.text import plain

_SHARE = {"format": "%.1f %%", "width": 82}


def attributes_of(run: Run, dataset: Dataset) -> pd.DataFrame:
    """Return what is known of each image that a run judged; without the images, what the predictions tell."""
    if not is_of(run, dataset):
        return kept(dataset, read_attributes, cached_predictions(run.id, run), key=(run.id, str(run.folder)))
    measures = measures_if_known(dataset)
    return kept(dataset, _read, run, dataset, measures, key=(run.id, measures is not None))


def _read(run: Run, dataset: Dataset, measures: pd.DataFrame | None) -> pd.DataFrame:
    predictions = cached_predictions(run.id, run)
    return read_attributes(
        predictions, dataset.usable, measures, _times_seen(run, dataset, predictions), _second(dataset)
    )


def _times_seen(run: Run, dataset: Dataset, predictions: pd.DataFrame):
    if run.config.split == "person_disjoint" or run.config.order in (RESAMPLE_FIRST, TEST_ON_TRAINING):
        return None
    chosen = (run.config.split, dataset.usable, run.config.folds, run.config.split_seed)
    folds = kept(dataset, make_folds, *chosen, key=(chosen[0], *chosen[2:]))
    return times_seen_in_training(predictions, dataset.usable, folds)


def _second(dataset: Dataset) -> pd.Series | None:
    """Return image -> label of the first second annotator's file beside the legend, or None."""
    found = kept(dataset, annotators.second_files, dataset)
    if not found:
        return None
    second = annotators.read_second(dataset.root / found[0], found[0], dataset)
    return second.rows.dropna(subset=["label"]).set_index("image")["label"]


def what_is_missing(run: Run, dataset: Dataset, attributes: pd.DataFrame) -> list[str]:
    """Return a sentence for each attribute that one may look for and that cannot be had, and why."""
    if not is_of(run, dataset):
        return [
            f"The open dataset does not hold the images that this run judged, so annotator, colour, size and quality "
            f"are not known here. Open {run.config.dataset} to cut by them."
        ]
    reasons = {
        "seen": _why_not_seen(run),
        "brightness": "Brightness and sharpness: the pictures were not measured yet; the quality page does it.",
        "annotator": "Annotator: all images have the same, or none is named.",
        "colour": "Colour: all images are alike.",
    }
    return [reason for name, reason in reasons.items() if name not in attributes]


def _why_not_seen(run: Run) -> str:
    title = ATTRIBUTES["seen"]
    if run.config.order == TEST_ON_TRAINING:
        return f"{title}: everybody, by the mistake that this run makes on purpose."
    if run.config.order == RESAMPLE_FIRST:
        return f"{title}: not known, because copies were made before the images were divided."
    if run.config.split == "person_disjoint":
        return f"{title}: nobody, by construction of the person-disjoint split."
    return f"{title}: the same for all, or the images are divided in another way now."


def found_slices(run: Run, dataset: Dataset, attributes: pd.DataFrame, least: tuple[int, int], n: int) -> WorstSlices:
    """Return the worst slices; `least` are the images and persons that one must have."""
    predictions = cached_predictions(run.id, run)
    return kept(dataset, worst_slices, predictions, attributes, n, *least, key=(*_key(run, attributes), least, n))


def judged_slices(run: Run, dataset: Dataset, attributes: pd.DataFrame) -> pd.DataFrame:
    """Return the table of `core.evaluation.slices.slices`."""
    return kept(dataset, slices, cached_predictions(run.id, run), attributes, key=_key(run, attributes))


def _key(run: Run, attributes: pd.DataFrame) -> tuple:
    return (run.id, str(run.folder), *attributes.columns)


def too_few_persons(table: pd.DataFrame, least: tuple[int, int]) -> str:
    """Return a sentence on the values that have the images and not the persons to be searched; "" where there are none.

    `table` is that of `slices`; `least` as in `found_slices`.
    """
    images, persons = least
    rows = table[(table["n_images"] >= images) & (table["n_persons"] < persons)]
    told = [
        f"{in_words(((row.attribute, row.value),))} ({1 - row.accuracy:.0%} wrong, {1 - row.expected:.0%} expected; "
        f"{row.n_images:,} images of {row.n_persons})"
        for row in rows.itertuples()
    ]
    return f"Not searched, because they show fewer than {persons} persons: {', '.join(told)}." if told else ""


def worst_table(found: WorstSlices, key: str) -> Conditions | None:
    """Show the worst slices and return the one that was chosen, or that the link names, or None."""
    rows = found.table
    shares = rows[["wrong", "expected", "at_least"]].mul(100)
    shares["at_least"] = shares["at_least"].where(rows["found"])
    shown = rows[["slice"]].join([shares, rows[["n_images", "n_persons", "p"]]])
    columns = {
        "slice": st.column_config.TextColumn("slice", width=290),
        "n_images": count("images", width=66),
        "n_persons": count("persons", width=72),
        "wrong": st.column_config.NumberColumn("wrong", help="Share of the slice's images judged wrongly", **_SHARE),
        "expected": st.column_config.NumberColumn("expected", help="What its mix of classes explains", **_SHARE),
        "at_least": st.column_config.NumberColumn(
            "surely", help="What of wrong less expected is no chance; empty where all may be", **_SHARE
        ),
        "p": st.column_config.NumberColumn("p", help="Corrected for all slices searched", format="%.3f", width=64),
    }
    return _picked(shown, [to_link(each) for each in rows["conditions"]], key, "slice", "The worst slices", columns)


def attribute_table(rows: pd.DataFrame, key: str) -> Conditions | None:
    """Show the slices of one attribute, and return the one that was chosen or None; `rows` are of `slices`."""
    shown = pd.DataFrame(
        {
            "value": rows["value"],
            "images": rows["n_images"],
            "persons": rows["n_persons"],
            "right": rows["accuracy"] * 100,
            "right, from … to": _between(rows, "accuracy", "{:.1%}"),
            "expected": rows["expected"] * 100,
            "beyond its mix": _between(rows, "beyond_mix", "{:+.1%}"),
            "to the rest": rows["difference"] * 100,
            "to the rest, from … to": _between(rows, "difference", "{:+.1%}"),
            "macro-F1": rows["macro_f1"],
            "macro-F1, from … to": _between(rows, "macro_f1", "{:.3f}"),
        }
    )
    own = rows.filter(regex="^n_").drop(columns=["n_images", "n_persons"])
    shown = shown.join(own.rename(columns=lambda name: name.removeprefix("n_")))
    between = st.column_config.TextColumn(alignment="right", width=136)
    columns = dict.fromkeys([name for name in shown if "from" in name or name == "beyond its mix"], between) | {
        "value": st.column_config.TextColumn(pinned=True, width=118),
        "images": count("images", width=66),
        "persons": count("persons", width=72),
        "right": st.column_config.NumberColumn(**_SHARE),
        "expected": st.column_config.NumberColumn(help="What its mix of classes explains", **_SHARE),
        "to the rest": st.column_config.NumberColumn(help="Accuracy less that of all other images", **_SHARE),
        "macro-F1": st.column_config.NumberColumn(format="%.3f", width=82),
    }
    links = [to_link(((name, value),)) for name, value in zip(rows["attribute"], rows["value"], strict=True)]
    return _picked(shown, links, key, "value", "Scores of each slice", columns)


def _between(rows: pd.DataFrame, name: str, form: str) -> list[str | None]:
    ends = rows[[f"{name}_low", f"{name}_high"]].to_numpy()
    return [f"{form.format(low)} to {form.format(high)}" if low == low else None for low, high in ends]


def _picked(
    shown: pd.DataFrame, links: list[str], key: str, name: str, alt: str, columns: Mapping[str, Any]
) -> Conditions | None:
    """Show a table, and return the slice whose row was chosen: the link names the slice, not where its row stands."""
    asked = remembered(name)
    known = {"selection": {"rows": [links.index(asked)]}} if asked in links else None
    event = st.dataframe(
        shown,
        key=key,
        on_select="rerun",
        selection_mode="single-row",
        selection_default=known,
        hide_index=True,
        height="content",
        placeholder="",
        alt=alt,
        column_config=columns,
    )
    rows = [row for row in event["selection"]["rows"] if row < len(links)]
    remember(name, links[rows[0]] if rows else None)
    return from_link(links[rows[0]]) if rows else None


def behind(run: Run, dataset: Dataset, attributes: pd.DataFrame, conditions: Conditions, key: str) -> None:
    """Show the images of a slice that were judged wrongly."""
    wrong = wrong_images(cached_predictions(run.id, run), attributes, conditions)
    captions = [
        f"{true}, said {said} {share:.0%}"
        for true, said, share in zip(wrong["true"], wrong["said"], wrong["p_said"], strict=True)
    ]
    columns = {name: st.column_config.NumberColumn(**PER_CENT) for name in ("p_said", "p_true")}
    title = f"Judged wrongly: {in_words(conditions)}"
    judged_images(dataset, run, wrong, title, captions, key, columns)


def scores_within(run: Run, dataset: Dataset, attributes: pd.DataFrame, conditions: Conditions, key: str) -> None:
    """Show the whole score table of a slice, as the results page shows that of all images."""
    if SAID in dict(conditions):
        return
    predictions = cached_predictions(run.id, run)
    rows = slice_rows(predictions, attributes, conditions)
    inside = kept(dataset, _evaluate, predictions, rows, key=(*_key(run, attributes), conditions))
    if inside is None:
        st.caption(f"Too few persons for a table of scores: {FEW_PERSONS} are needed.")
        return
    st.subheader(f"Scores within: {plain(in_words(conditions))}")
    score_tables({in_words(conditions): inside}, key)


def _evaluate(predictions: pd.DataFrame, rows) -> Evaluation | None:
    inside = predictions[rows]
    found = evaluate(inside) if len(inside) else None
    return found if found and found.n_persons >= FEW_PERSONS else None
