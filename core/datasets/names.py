"""Which file a legend means by a name: a path, a bare name, or either without the file's extension."""

from collections.abc import Callable, Iterator
from functools import cached_property

import numpy as np
import pandas as pd

from core.catalog import positions_in


class ImageNames:
    """The image files of a folder, to be found by the names that a legend gives them.

    Args:
        images: the files' distinct paths below the folder, with forward slashes.
    """

    def __init__(self, images: pd.Series):
        self.images = images.astype("str").reset_index(drop=True)

    def locate(self, names: pd.Series) -> pd.Series:
        """Return the path of each named file, NA where there is none or several may be meant; indexed as `names` is.

        A path below the folder is looked for first, then the bare name, then both without the file's extension. A
        bare name leads to no file that another of these names gives the path of: `train/1.png` is missing, and not
        `test/1.png`, where both are named and only the latter is there.
        """
        written = _plain(names)
        positions = np.full(len(written), -1)
        claimed = np.zeros(len(self.images) + 1, dtype=bool)  # the last one is for -1, no file
        for lookup, part in self._lookups():
            open_ = positions < 0
            found = lookup.positions_of(part(written[open_]))
            if part is _whole:
                claimed[found] = True
            else:
                found[claimed[found]] = -1
            positions[open_] = found
            if (positions >= 0).all():
                break
        return pd.Series(self.images.reindex(positions).array, index=names.index, dtype="str")

    def shared(self, names: pd.Series) -> pd.Series:
        """Return whether several files have the bare name of each, with or without extension; boolean."""
        bare = _bare(_plain(names))
        return bare.isin(self._by_name.shared) | bare.isin(self._by_name_stem.shared)

    def _lookups(self) -> Iterator[tuple["_Lookup", Callable[[pd.Series], pd.Series]]]:
        """Yield what to look a name up in, and which part of the name; a later one is made only where it is needed."""
        yield self._by_path, _whole
        yield self._by_name, _bare
        yield self._by_path_stem, _whole
        yield self._by_name_stem, _bare

    @cached_property
    def _by_path(self) -> "_Lookup":
        return _Lookup(self.images)

    @cached_property
    def _by_name(self) -> "_Lookup":
        return _Lookup(_bare(self.images))

    @cached_property
    def _by_path_stem(self) -> "_Lookup":
        return _Lookup(_stem(self.images))

    @cached_property
    def _by_name_stem(self) -> "_Lookup":
        return _Lookup(_stem(_bare(self.images)))


class _Lookup:
    """From a key to the position of the only file that has it."""

    def __init__(self, keys: pd.Series):
        several = keys.duplicated(keep=False).to_numpy()
        self.shared = keys[several].drop_duplicates()
        """The keys that several files have: none of them is found."""
        self._positions = np.append(np.flatnonzero(~several), -1)
        self._keys = keys[~several]

    def positions_of(self, keys: pd.Series) -> np.ndarray:
        """Return the position of each key's file, -1 where there is none."""
        return self._positions[positions_in(self._keys, keys)]  # not found is -1, and the last position is -1 too


def _plain(names: pd.Series) -> pd.Series:
    return names.str.replace("\\", "/", regex=False).str.removeprefix("./")


def _whole(paths: pd.Series) -> pd.Series:
    return paths


def _bare(paths: pd.Series) -> pd.Series:
    return paths.str.replace(r"^.*/", "", regex=True)


def _stem(paths: pd.Series) -> pd.Series:
    return paths.str.replace(r"\.[^./]*$", "", regex=True)
