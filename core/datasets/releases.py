"""The datasets that can be fetched: each one commit of a public repository, and what it must hold."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from core.errors import BadInput


@dataclass(frozen=True)
class Release:
    """One commit of a dataset on GitHub."""

    name: str
    title: str
    summary: str
    """What it is, in a sentence or two."""
    home: str
    """Where people read about it."""
    url: str
    """The archive of the commit: a ZIP with one folder at its top."""
    commit: str
    licence: str
    contents: Mapping[str, str]
    """What to keep: files and folders below the archive's top folder, each with git's id of it at this commit."""
    n_files: int
    """Files in the folder `images`."""
    n_rows: int
    """Rows of the file `legend`."""
    n_bytes: int
    """What the kept files weigh together."""
    images: str = "images"
    legend: str = "data/legend.csv"

    @property
    def folder_name(self) -> str:
        """A name for files and folders that no other release has."""
        return f"{self.name}-{self.commit[:12]}"

    @property
    def host(self) -> str:
        """The server it is loaded from."""
        return urlsplit(self.url).hostname or self.url

    @property
    def megabytes(self) -> int:
        """About how much there is to download, to the next ten; pictures shrink no further in an archive."""
        return round(self.n_bytes / 1e7) * 10

    @property
    def limit(self) -> int:
        """Bytes that neither the archive nor what is unpacked can exceed: room for the rest of the repository."""
        return 2 * self.n_bytes + 1_000_000


_FACES = Release(
    name="facial_expressions",
    title="Facial expressions (muxspace)",
    summary="13,718 photographs of faces, nearly all labelled with one of eight emotions.",
    home="github.com/muxspace/facial_expressions",
    url="https://github.com/muxspace/facial_expressions/archive/5fb9c13afac07c55eae8d25eb6b50af344ad60c9.zip",
    commit="5fb9c13afac07c55eae8d25eb6b50af344ad60c9",
    licence="Apache-2.0",
    contents={
        "images": "fbff66ea2c3ae3e2663933c2fad9160366205f92",
        "data": "17014960bb30c061629cc5de9c175034507d5c77",
        "LICENSE": "8dada3edaf50dbc082c9a125058f25def75e625a",
        "README.md": "55e5f684335a97226288fa412be1f79269ccb34c",
    },
    n_files=13_718,
    n_rows=13_690,
    n_bytes=246_929_504,
)
RELEASES: dict[str, Release] = {release.name: release for release in (_FACES,)}
"""Every dataset that can be fetched, by name."""


def find_release(name: str) -> Release:
    """Return the release of this name, or raise BadInput with the known ones."""
    if name not in RELEASES:
        raise BadInput(f"There is no dataset called {name!r} to fetch; known are: {', '.join(RELEASES)}.")
    return RELEASES[name]
