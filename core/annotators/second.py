"""A second annotator's CSV: which column holds what, and what its words mean among the classes of a dataset."""

import hashlib
import io
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
_MOST_LINES = 100_000
_LINES_AN_IMAGE = 10
"""A file with more lines than both of these allow is no second annotator's."""
_BLOCK = 2**20  # bytes
_LISTED = 8
"""How many words a sentence lists."""


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
    """Sentences on what was odd in the file."""
    left_out: str = ""
    """One sentence on how many rows do not count and why, with the words that are no class; "" where all count."""

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

    Files that do not are passed over; `read_second` says of each what is wrong with it. So is a part of the legend, as
    a `train.csv` is: it says nothing but what the legend says, so it would agree in all.
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
    return [
        name
        for name in names
        if name != legend and (dataset.root / name).is_file() and _is_second(dataset, name)  # a pipe has no end
    ]


def _is_second(dataset: Dataset, name: str) -> bool:
    try:
        second = read_second(dataset.root / name, name, dataset)
    except (BadInput, OSError):  # no table, or no permission
        return False
    return bool(second.rows["label"].notna().any()) and not _is_part_of_legend(dataset, second)


def _is_part_of_legend(dataset: Dataset, second: SecondLabels) -> bool:
    own = dataset.rows[["image"]].assign(word=label_series(dataset.rows["raw_label"], dataset.cleaning.apart))
    shared = second.rows[["image", "word"]].merge(own.drop_duplicates(), on=["image", "word"])
    return len(shared) == len(second.rows)


def read_second(
    source: Path | bytes,
    shown: str,
    dataset: Dataset,
    mapping: Mapping[str, str | None] | None = None,
) -> SecondLabels:
    """Read a second annotator's labels.

    A word that is no class is taken for the only class of the same stem: `sad` for sadness, `angry` for anger. The
    rule knows endings and no likeness, because anger is more like danger than happy is like happiness.

    Args:
        source: a CSV file, or its bytes.
        shown: how sentences name it.
        dataset: whose images it labels.
        mapping: word -> what it is taken for, above every rule: a class; any other label, which then counts as one of
            its own; or None, which leaves its rows out.

    Raises:
        BadInput: it is no table, far too long for this dataset, or no column holds names of its images, or labels.
    """
    _check_length(source, shown, dataset)
    names = ImageNames(dataset.catalog["image"])
    table = read_legend(source, shown, names)
    rows = table.rows.assign(
        image=names.locate(table.rows["name"]), word=label_series(table.rows["raw_label"], dataset.cleaning.apart)
    )
    if rows["image"].isna().all():
        raise BadInput(
            f"None of the {len(rows):,} rows of {shown} names an image of {dataset.title}; "
            "give labels of the same images, and name its columns image and label."
        )
    once = rows.dropna(subset=["image", "word"]).drop_duplicates("image").reset_index(drop=True)
    words = _words(once["word"].value_counts(), dataset, mapping or {})
    once["label"] = once["word"].map(words.set_index("word")["label"]).astype("str")
    told = once[["line", "image", "raw_label", "word", "label"]]
    return SecondLabels(shown, told, words, table.columns, table.notes, _left_out(rows, words))


def _check_length(source: Path | bytes, shown: str, dataset: Dataset) -> None:
    """Refuse what is no table of this dataset's labels before it takes a hundred times its size in memory."""
    most = max(_LINES_AN_IMAGE * len(dataset.catalog), _MOST_LINES)
    with source.open("rb") if isinstance(source, Path) else io.BytesIO(source) as file:
        blocks = iter(lambda: file.read(_BLOCK), b"")
        n_lines = sum(max(block.count(b"\n"), block.count(b"\r")) for block in blocks)
    if n_lines > most:
        raise BadInput(
            f"{shown} has {n_lines:,} lines, over the limit of {most:,} for the {len(dataset.catalog):,} images of "
            f"{dataset.title}; keep one line an image."
        )


def _left_out(rows: pd.DataFrame, words: pd.DataFrame) -> str:
    """Return one sentence on all rows that do not count, "" where there are none."""
    located = rows.dropna(subset="image")
    labelled = located.dropna(subset="word")
    counts = {
        ("names", "name", "no image of this dataset"): len(rows) - len(located),
        ("gives", "give", "no label"): len(located) - len(labelled),
        ("labels", "label", "an image again"): int(labelled["image"].duplicated().sum()),
    }
    nothing = words[words["label"].isna()]
    unknown, dropped = nothing[nothing["how"] == "unknown"], nothing[nothing["how"] != "unknown"]
    why = [f"{n:,} {one if n == 1 else several} {what}" for (one, several, what), n in counts.items() if n]
    why += [f"{_listed(unknown)} no class here"] if len(unknown) else []
    why += [f"{_listed(dropped)} mapped to no class"] if len(dropped) else []
    n_left_out = sum(counts.values()) + int(nothing["rows"].sum())
    verb = "is" if n_left_out == 1 else "are"
    return f"{n_left_out:,} of {len(rows):,} rows {verb} left out: {', '.join(why)}." if why else ""


def _listed(words: pd.DataFrame) -> str:
    """Return "'danger' (2) is", or of several words the commonest and "are"."""
    most = words.head(_LISTED)
    listed = ", ".join(f"{word!r} ({n:,})" for word, n in zip(most["word"], most["rows"], strict=True))
    more = f" and {len(words) - _LISTED:,} more" if len(words) > _LISTED else ""
    return f"{listed}{more} {'is' if len(words) == 1 else 'are'}"


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
