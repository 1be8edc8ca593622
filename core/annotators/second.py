"""A second annotator's CSV: which column holds what, and what its words mean among the classes of a dataset."""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from core.catalog import Dataset
from core.datasets.columns import Columns
from core.datasets.legend import read_legend
from core.datasets.names import ImageNames
from core.errors import BadInput
from core.labels import canonical, label_series

_PLACES = ("", "data", "labels", "annotations")
_ENDINGS = (
    ("", ""),
    ("", "s"),  # cat, cats
    ("", "ness"),  # sad, sadness
    ("y", "iness"),  # happy, happiness
    ("ry", "er"),  # angry, anger
    ("", "ed"),  # disgust, disgusted
    ("e", "ed"),  # surprise, surprised
    ("", "ing"),  # disgust, disgusting
    ("e", "ing"),  # surprise, surprising
    ("ed", "ing"),  # surprised, surprising
    ("", "ful"),  # fear, fearful
    ("", "ity"),  # neutral, neutrality
    ("", "uous"),  # contempt, contemptuous
)
"""By which endings two words of one stem may differ."""
_SHORTEST_STEM = 3
_LISTED = 8
"""How many words a note lists."""


@dataclass(frozen=True)
class SecondLabels:
    """A second annotator's labels of a dataset's images."""

    shown: str
    """How sentences name the file."""
    rows: pd.DataFrame
    """One row an image: `line` (in the file), `image`, `raw_label`, `word` (the label after normalising) and `label`
    (what it is taken for; NA where that is nothing)."""
    words: pd.DataFrame
    """One row a word: `word`, `rows`, `label` (what it is taken for, or NA) and `how`: `same` (it is a class),
    `cleaning` (as the dataset's own labels were mapped), `stem`, `given` (by the user) or `unknown`."""
    columns: Columns
    notes: tuple[str, ...]

    @property
    def key(self) -> str:
        """16 hexadecimal digits over what counts of the file, so that two of one name can be told apart."""
        hashes = pd.util.hash_pandas_object(self.rows[["image", "label"]], index=False)
        return hashlib.sha256(hashes.to_numpy().tobytes()).hexdigest()[:16]

    @property
    def mapping(self) -> dict[str, str | None]:
        """Return word -> what it is taken for, None for nothing."""
        labels = self.words["label"].astype(object)
        return dict(zip(self.words["word"], labels.where(labels.notna(), None), strict=True))


def second_files(dataset: Dataset) -> list[str]:
    """Return the CSV and TSV files beside the legend that label images of this dataset; paths below its root.

    Files that do not are passed over; `read_second` says of each what is wrong with it.
    """
    legend = dataset.legend_columns.path if dataset.legend_columns else None
    places = [place for place in _PLACES if (dataset.root / place).is_dir()]
    # Names alone are looked at first: among them may be a million images.
    names = [
        f"{place}/{name}" if place else name
        for place in places
        for name in sorted(os.listdir(dataset.root / place))
        if name.lower().endswith((".csv", ".tsv")) and not name.startswith(".")
    ]
    return [name for name in names if name != legend and _is_second(dataset, name)]


def _is_second(dataset: Dataset, name: str) -> bool:
    try:
        return bool(read_second(dataset.root / name, name, dataset).rows["label"].notna().any())
    except (BadInput, OSError):  # no table, no permission, or a folder of that name
        return False


def read_second(
    source: Path | bytes,
    shown: str,
    dataset: Dataset,
    columns: Mapping[str, str] | None = None,
    mapping: Mapping[str, str | None] | None = None,
) -> SecondLabels:
    """Read a second annotator's labels.

    A word that is no class is taken for the only class of the same stem: `sad` for sadness, `angry` for anger. The
    rule knows endings and no likeness, because anger is more like danger than happy is like happiness.

    Args:
        source: a CSV file, or its bytes.
        shown: how sentences name it.
        dataset: whose images it labels.
        columns: `name` (of the image) or `raw_label` -> its column, by name or "#2" for the second; a role that is left
            out is found by what the columns are called and hold.
        mapping: word -> what it is taken for, above every rule: a class; any other label, which then counts as one of
            its own; or None, which leaves its rows out.

    Raises:
        BadInput: it is no table, or no column holds names of this dataset's images, or none holds labels.
    """
    names = ImageNames(dataset.catalog["image"])
    table = read_legend(source, shown, names, tuple((columns or {}).items()))
    rows = table.rows.assign(
        image=names.locate(table.rows["name"]), word=label_series(table.rows["raw_label"], dataset.cleaning.apart)
    )
    if rows["image"].isna().all():
        raise BadInput(
            f"None of the {len(rows):,} rows of {shown} names an image of {dataset.title}; "
            "give labels of the same images, or choose the column that holds their names."
        )
    once = rows.dropna(subset=["image", "word"]).drop_duplicates("image").reset_index(drop=True)
    words = _words(once["word"].value_counts(), dataset, mapping or {})
    once["label"] = once["word"].map(words.set_index("word")["label"]).astype("str")
    notes = (*table.notes, *_notes(rows, words, shown))
    return SecondLabels(shown, once[["line", "image", "raw_label", "word", "label"]], words, table.columns, notes)


def _notes(rows: pd.DataFrame, words: pd.DataFrame, shown: str) -> list[str]:
    """Return a sentence on each kind of row that does not count."""
    located = rows.dropna(subset="image")
    labelled = located.dropna(subset="word")
    unknown = words[words["how"] == "unknown"]
    most = unknown.head(_LISTED)
    listed = ", ".join(f"{word} ({n:,})" for word, n in zip(most["word"], most["rows"], strict=True))
    listed += f" and {len(unknown) - _LISTED:,} more" if len(unknown) > _LISTED else ""
    counts = {
        "name no image of this dataset": len(rows) - len(located),
        "give no label": len(located) - len(labelled),
        "label an image again; the first row counts": int(labelled["image"].duplicated().sum()),
        f"use a word that is no class, and are left out: {listed}": int(unknown["rows"].sum()),
    }
    return [f"{shown}: {n:,} of {len(rows):,} rows {what}." for what, n in counts.items() if n]


def _words(counts: pd.Series, dataset: Dataset, mapping: Mapping[str, str | None]) -> pd.DataFrame:
    """Return `word`, `rows`, `label` and `how`; each distinct word is looked at once."""
    classes = dataset.catalog["label"].dropna().unique()
    vocabulary = {label: label for label in classes} | dict(dataset.cleaning.mapping)
    given = {_normal(word, counts.index): _normal(label, classes) for word, label in mapping.items()}
    meant = [(word, int(n), *_meaning(word, vocabulary, given)) for word, n in counts.items()]
    return pd.DataFrame(meant, columns=["word", "rows", "label", "how"]).astype({"word": "str", "label": "str"})


def _normal(word: str | None, known) -> str | None:
    """Return a word as it is where it is known so (a spelling kept apart), else after normalising."""
    return word if word in known else canonical(word)


def _meaning(word: str, vocabulary: Mapping[str, str], given: Mapping[str, str | None]) -> tuple[str | None, str]:
    """Return what a word is taken for (None: nothing), and how that is known."""
    if word in given:
        return given[word], "given"
    if word in vocabulary:
        return vocabulary[word] or None, "same" if vocabulary[word] == word else "cleaning"
    meant = {label for other, label in vocabulary.items() if same_stem(word, other)}
    return (meant.pop() or None, "stem") if len(meant) == 1 else (None, "unknown")


def same_stem(first: str, second: str) -> bool:
    """Return whether two words are one stem of at least three letters with endings that English gives one stem.

    >>> same_stem("sad", "sadness"), same_stem("anger", "angry"), same_stem("anger", "danger")
    (True, True, False)
    """
    return first[:_SHORTEST_STEM] == second[:_SHORTEST_STEM] and any(
        (stem := _stem(one, ending)) is not None and stem == _stem(other, other_ending)
        for one, other in ((first, second), (second, first))
        for ending, other_ending in _ENDINGS
    )


def _stem(word: str, ending: str) -> str | None:
    """Return a word without its ending, or None where it has another or too little is left."""
    stem = word.removesuffix(ending)
    hissing = ending == "s" and stem.endswith("s")  # glass is no plural
    return stem if word.endswith(ending) and len(stem) >= _SHORTEST_STEM and not hissing else None
