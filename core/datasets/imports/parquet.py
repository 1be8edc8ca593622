"""Unpack Parquet files whose rows hold the bytes of an image file, as Hugging Face keeps its datasets."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from core.datasets.imports.pictures import LeftOut, Picture, Pictures, image_ending
from core.datasets.legend import ROLES
from core.errors import BadInput

if TYPE_CHECKING:
    import pyarrow as pa
    from pyarrow.parquet import ParquetFile

_IMAGES = ("image", "img", "picture", "photo", "face", "bytes")
_BATCH = 64  # rows in memory at a time
_BUFFER = 2**20  # bytes read at a time from a column; without it a whole row group is held
_SHARD = re.compile(r"(.+?)[-_.]\d+-of-\d+")
_POINTER = b"version https://git-lfs"


@dataclass(frozen=True)
class Columns:
    """Which columns hold what."""

    image: str
    label: str
    classes: tuple[str, ...]
    """The names of the classes where labels are numbers with names; else empty."""
    notes: tuple[str, ...]


def unpack(shards: Sequence[Path], pictures: Pictures, report: Callable[[int, int], None]) -> tuple[str, ...]:
    """Write each row as `images/<split>/<its own name, or its number>` and return notes.

    The split is what a shard's name says: train in `train-00000-of-00002.parquet`.

    Raises:
        BadInput: a file is damaged, none has a column of images and one of labels, or no row holds an image.
    """
    chosen, notes, total = _choose(shards)
    shown = chosen[0][0].name if len(chosen) == 1 else f"{chosen[0][0].name} and {len(chosen) - 1} more"
    left_out = LeftOut(shown)
    done = 0
    for path, columns in chosen:
        for rows in _read_rows(path, columns):
            found = [_picture(path, done + number, *row, left_out) for number, row in enumerate(rows)]
            pictures.write([picture for picture in found if picture is not None])
            done += len(rows)
            report(done, total)
    if not pictures.n_written:
        raise BadInput(
            f"{shown} has no row with an image ({left_out.first() or 'it has no row at all'}); "
            "the column of images must hold the bytes of JPEG, PNG or WebP files."
        )
    return (*notes, *left_out.notes())


def split_of(path: Path) -> str:
    """Return the split that a shard's name says, or that of its folder where its name is but a number."""
    if shard := _SHARD.match(path.stem):
        return shard[1]
    return path.parent.name if path.stem.isdigit() else path.stem


def find_columns(schema: pa.Schema, shown: str) -> Columns:
    """Return the columns of images and of labels: the first with a usual name, else the first of a fitting type.

    Raises:
        BadInput: one of the two is not there, or two columns have its name.
    """
    from pyarrow import types

    classes = _class_names(schema)
    strings = [field.name for field in schema if _is_text(field.type)]
    bare = [field.name for field in schema if _is_bytes(field.type)]
    whole = [
        field.name
        for field in schema
        if types.is_struct(field.type) and any(part.name == "bytes" and _is_bytes(part.type) for part in field.type)
    ]
    image = _usual(whole, _IMAGES) or _usual(bare, _IMAGES) or next(iter([*whole, *bare]), None)
    numbers = [field.name for field in schema if types.is_integer(field.type)]
    labels = [name for name in numbers if name in classes]
    answers = [field.name for field in schema if types.is_boolean(field.type)]
    others = [name for name in strings if name.casefold() not in (*ROLES["name"], *ROLES["annotator"])]
    label = _usual([*labels, *others, *numbers, *answers], ROLES["raw_label"]) or next(iter([*labels, *others]), None)
    if image is None or label is None:
        what = "images (the bytes of image files)" if image is None else f"labels (such as {ROLES['raw_label'][0]})"
        has = ", ".join(repr(name) for name in schema.names[:8])
        raise BadInput(f"{shown} has the columns {has}, but none of {what}; give a Parquet file that has both.")
    if doubled := [name for name in (image, label) if schema.names.count(name) > 1]:
        raise BadInput(f"{shown} has several columns called {doubled[0]!r}; rename all but one and write it again.")
    return Columns(
        image, label, classes.get(label, ()), _notes(shown, label, label in classes, label in numbers, labels)
    )


def _notes(shown: str, label: str, is_named: bool, is_number: bool, named: list[str]) -> tuple[str, ...]:
    """Return what is worth knowing about the choice of labels."""
    notes = []
    if is_number and not is_named:
        notes.append(f"{shown} has no names for the numbers in its column {label!r}; the numbers are the classes.")
    if others := [name for name in named if name != label]:
        notes.append(f"Labels are those of the column {label!r}; {', '.join(others)} could be labels too.")
    return tuple(notes)


def _usual(names: list[str], known: tuple[str, ...]) -> str | None:
    """Return the name that comes first among the known ones."""
    by_name = {name.casefold(): name for name in reversed(names)}
    return next((by_name[name] for name in known if name in by_name), None)


def _is_bytes(kind: pa.DataType) -> bool:
    from pyarrow import types

    return types.is_binary(kind) or types.is_large_binary(kind) or types.is_binary_view(kind)


def _is_text(kind: pa.DataType) -> bool:
    from pyarrow import types

    plain = kind.value_type if types.is_dictionary(kind) else kind
    return types.is_string(plain) or types.is_large_string(plain) or types.is_string_view(plain)


def _class_names(schema: pa.Schema) -> dict[str, tuple[str, ...]]:
    """Return the names of the classes of each column that has them, as Hugging Face keeps them beside the schema."""
    try:
        features = json.loads((schema.metadata or {})[b"huggingface"])["info"]["features"]
        return {name: tuple(map(str, said["names"])) for name, said in features.items() if "names" in said}
    except (KeyError, TypeError, ValueError, AttributeError):  # none there, or not as it should be
        return {}


def _choose(shards: Sequence[Path]) -> tuple[list[tuple[Path, Columns]], list[str], int]:
    """Return the files to read with their columns, notes on them, and their number of rows."""
    chosen: list[tuple[Path, Columns]] = []
    problems: list[BadInput] = []
    total = 0
    for path in shards:
        with _open(path) as file:
            try:
                chosen.append((path, find_columns(file.schema_arrow, path.name)))
                total += file.metadata.num_rows
            except UnicodeDecodeError as error:
                raise _damaged(path, error) from error
            except BadInput as problem:
                problems.append(problem)
    if not chosen:
        raise problems[0]
    notes = list(chosen[0][1].notes)
    if problems:
        notes.append(f"{len(problems)} of {len(shards)} Parquet files were not read: {problems[0]}")
    return chosen, notes, total


def _open(path: Path) -> ParquetFile:
    import pyarrow as pa
    from pyarrow.parquet import ParquetFile

    try:
        return ParquetFile(path, buffer_size=_BUFFER, pre_buffer=False)
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise _damaged(path, error) from error


def _damaged(path: Path, error: Exception) -> BadInput:
    """Return the sentence for what pyarrow cannot read; an error of the file system goes on as it is."""
    if isinstance(error, OSError) and error.errno is not None:
        raise error
    with path.open("rb") as file:
        if file.read(len(_POINTER)) == _POINTER:
            return BadInput(f"{path.name} is only a pointer of Git LFS; run git lfs pull where you cloned it.")
    return BadInput(f"{path.name} is damaged or no Parquet file; copy or download it again.")


def _read_rows(path: Path, columns: Columns) -> Iterator[list[tuple[bytes | None, str | None, str | None]]]:
    """Yield some rows at a time: an image's bytes, its own path and its label, each None where there is none."""
    import pyarrow as pa

    with _open(path) as file:
        try:
            for batch in file.iter_batches(_BATCH, columns=[columns.image, columns.label]):
                contents, names = _image_cells(batch[columns.image])
                yield list(zip(contents, names, _label_cells(batch[columns.label], columns.classes), strict=True))
        except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
            raise _damaged(path, error) from error


def _image_cells(column: pa.Array) -> tuple[list[bytes | None], list[str | None]]:
    from pyarrow import compute, types

    if not types.is_struct(column.type):
        return column.to_pylist(), [None] * len(column)
    has_path = any(part.name == "path" and _is_text(part.type) for part in column.type)
    names = compute.struct_field(column, "path").to_pylist() if has_path else [None] * len(column)
    return compute.struct_field(column, "bytes").to_pylist(), names


def _label_cells(column: pa.Array, classes: tuple[str, ...]) -> list[str | None]:
    """Return labels as text; a number without a name is none where others have names, and -1 is none anywhere."""
    numbers = range(len(classes)) if classes else None

    def label(value: str | int | None) -> str | None:
        if value is None or isinstance(value, str):
            return value
        if numbers is None:
            return str(value) if value >= 0 else None
        return classes[value] if value in numbers else None

    return [label(value) for value in column.to_pylist()]


def _picture(
    path: Path, row: int, content: bytes | None, name: str | None, label: str | None, left_out: LeftOut
) -> Picture | None:
    """Return what a row holds, or None where it holds no image."""
    if not content:
        left_out.add("no bytes of an image", f"row {row + 1:,}")
        return None
    if image_ending(content) is None:
        left_out.add("bytes that are no image", f"row {row + 1:,}")
        return None
    own = PurePosixPath((name or "").replace("\\", "/")).stem
    return Picture(content, own or f"{row:07}", split_of(path), label)
