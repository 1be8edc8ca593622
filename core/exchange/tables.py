"""A run's tables as they must be: predictions, what was said while training, and the curves."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from core.errors import BadInput
from core.evaluation import PROBABILITY
from core.exchange.files import read_csv
from core.models import MODELS
from core.runs import RESAMPLE_FIRST, TEST_ON_TRAINING, RunConfig

MAX_ROWS = 2_000_000
MAX_BYTES = 4 * 10**9  # of a table as it unpacks
MAX_TEXT = 500 * 10**6  # bytes of a column of names
HISTORY = ("fold", "epoch", "train_loss", "validation_loss", "validation_macro_f1", "seconds")
_TEXTS = ("image", "person", "y_true")
_OUTSIDE = r"^[/\\]|^[A-Za-z]:|(?:^|[/\\])\.\.(?:[/\\]|$)|[\x00-\x1f\x7f]|^$"
"""A path that leads out of the folder that it is taken below, on any system, or that is none."""
_SUM = 1e-3  # how far float32 probabilities may be from one in all


def read_predictions(place: Path, labels: Sequence[str], config: RunConfig, watched: bool = False) -> pd.DataFrame:
    """Return a table of predictions that has exactly the columns, kinds and values that a run writes.

    Args:
        place: the Parquet file.
        labels: in the order of the columns.
        config: of the run; says how often an image may be judged.
        watched: it is of the images that watched the training: several folds may have one image each.

    Raises:
        BadInput: it is anything else.
    """
    _check_columns(place, labels)
    try:
        table = pd.read_parquet(place)
    except (pa.ArrowException, ValueError, OSError) as error:
        raise BadInput(f"{place.name} is damaged ({str(error)[:100]}).") from error
    if list(table.columns) != _columns(labels) or not isinstance(table.index, pd.RangeIndex):
        raise BadInput(f"{place.name} hides a column in its index; export the run again.")
    _check_values(table, labels, config, place.name)
    _check_repeats(table, config, watched, place.name)
    return table


def check_parts(predictions: pd.DataFrame, validation: pd.DataFrame | None, config: RunConfig) -> None:
    """Raise BadInput where no image was judged, or where one watched the training of the fold that it tests."""
    if predictions.empty:
        raise BadInput("predictions.parquet holds no image.")
    if validation is None or config.order == RESAMPLE_FIRST:  # there copies lie on both sides, and that is the point
        return
    both = predictions[["image", "fold"]].merge(validation[["image", "fold"]])
    if len(both):
        raise BadInput(
            f"{both['image'].iloc[0]} is in predictions.parquet and in validation.parquet of fold "
            f"{both['fold'].iloc[0]}, so what it was judged on is not what was held back."
        )


def check_history(place: Path, config: RunConfig) -> None:
    """Raise BadInput where the curves of the training are not what a run writes."""
    table = read_csv(place)
    if tuple(table.columns) != HISTORY:
        raise BadInput(f"{place.name} must have the columns {', '.join(HISTORY)}.")
    if not table["fold"].isin(_folds(config)).all():
        raise BadInput(f"{place.name} names a fold that the run does not have.")


def check_by_k(place: Path, labels: Sequence[str], config: RunConfig) -> None:
    """Raise BadInput where the scores of every k are not what a run of nearest neighbours writes."""
    if MODELS[config.model].iterative:
        raise BadInput(f"{place.name} belongs to nearest neighbours, and the run is of another model.")
    wanted = ["k", "accuracy", "macro_f1", *(f"f1_{label}" for label in labels), *(f"can_{label}" for label in labels)]
    if list(read_csv(place).columns) != wanted:
        raise BadInput(f"{place.name} must have the columns {', '.join(wanted)[:200]}.")


def _columns(labels: Sequence[str]) -> list[str]:
    return [*_TEXTS, "fold", *(PROBABILITY + label for label in labels)]


def _folds(config: RunConfig) -> range:
    return range(1, max(config.folds, 1) + 1)


def _check_columns(place: Path, labels: Sequence[str]) -> None:
    """Check names and kinds of the columns, and sizes, before anything is unpacked."""
    try:
        with pq.ParquetFile(place) as file:
            schema, about = file.schema_arrow, file.metadata
            size = sum(about.row_group(n).total_byte_size for n in range(about.num_row_groups))
    except (pa.ArrowException, ValueError, OSError) as error:
        raise BadInput(f"{place.name} is damaged or no Parquet file ({str(error)[:100]}).") from error
    if about.num_rows > MAX_ROWS or size > MAX_BYTES:
        raise BadInput(
            f"{place.name} holds {about.num_rows:,} rows and unpacks to {size / 1e6:,.0f} MB, over the limits of "
            f"{MAX_ROWS:,} and {MAX_BYTES / 1e6:,.0f} MB."
        )
    if schema.names != _columns(labels):
        odd = sorted(set(schema.names) ^ set(_columns(labels))) or ["in another order"]
        raise BadInput(
            f"{place.name} must have the columns image, person, y_true, fold and one a label of metrics.json; "
            f"look at {odd[0][:80]!r}."
        )
    for field in schema:
        if not _is_of_its_kind(field):
            raise BadInput(f"{place.name}: the column {field.name[:80]!r} is of the wrong kind ({field.type}).")
    _check_texts(place)


def _is_of_its_kind(field: pa.Field) -> bool:
    if field.name in _TEXTS:
        return pa.types.is_string(field.type) or pa.types.is_large_string(field.type)
    return pa.types.is_integer(field.type) if field.name == "fold" else pa.types.is_floating(field.type)


def _check_texts(place: Path) -> None:
    """Check how long the words are while equal ones are still packed as one: gigabytes of them fit in little."""
    for name in _TEXTS:
        column = pq.read_table(place, columns=[name], read_dictionary=[name]).column(0)
        n_bytes = 0
        for chunk in column.chunks:
            words = chunk if pa.types.is_dictionary(chunk.type) else chunk.dictionary_encode()
            lengths = pc.binary_length(words.dictionary)
            n_bytes += pc.sum(lengths.take(words.indices).cast("int64")).as_py() or 0
        if n_bytes > MAX_TEXT:
            raise BadInput(f"{place.name}: the column {name} holds over {MAX_TEXT / 1e6:,.0f} MB of text.")


def _check_values(table: pd.DataFrame, labels: Sequence[str], config: RunConfig, name: str) -> None:
    if table["image"].isna().any() or table["y_true"].isna().any() or table["fold"].isna().any():
        raise BadInput(f"{name} has a row without its image, label or fold.")
    if (outside := table["image"].str.contains(_OUTSIDE)).any():
        raise BadInput(f"{name} names an image outside of its dataset ({table['image'][outside].iloc[0][:80]!r}).")
    if not (known := table["y_true"].isin(list(labels))).all():
        raise BadInput(f"{name} has the true label {table['y_true'][~known].iloc[0][:80]!r}, which metrics.json lacks.")
    if not table["fold"].isin(_folds(config)).all():
        raise BadInput(f"{name} names a fold that the run does not have.")
    probabilities = table[[PROBABILITY + label for label in labels]].to_numpy(dtype=np.float64)
    possible = (probabilities >= 0) & (probabilities <= 1)  # False for NaN
    if not possible.all():
        row = table["image"].iloc[int(np.argmin(possible.all(1)))]
        raise BadInput(f"{name}: a probability of {row[:80]} is not a number from 0 to 1.")
    if (np.abs(probabilities.sum(1) - 1) > _SUM).any():
        row = table["image"].iloc[int(np.argmax(np.abs(probabilities.sum(1) - 1)))]
        raise BadInput(f"{name}: the probabilities of {row[:80]} do not sum to 1.")


def _check_repeats(table: pd.DataFrame, config: RunConfig, watched: bool, name: str) -> None:
    if config.order == RESAMPLE_FIRST:  # copies are judged too, and that is the point
        return
    several = watched or config.order == TEST_ON_TRAINING
    repeated = table.duplicated(["image", "fold"] if several else ["image"])
    if repeated.any():
        raise BadInput(f"{name} judges {table['image'][repeated].iloc[0][:80]} twice.")
