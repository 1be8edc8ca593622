"""The ZIP archive that GitHub makes of a commit: unpacked safely, and held against git's ids."""

import errno
import hashlib
import os
import shutil
import stat
import zipfile
import zlib
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

Count = Callable[[int, int], None]
"""Called with the files done and the files in all."""

_BLOCK = 1 << 20
_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError)
"""What the standard library raises for archives that are cut, changed, encrypted or packed in a way it cannot read."""


class WrongArchive(Exception):
    """An archive that cannot be what was asked for. The message is a clause: "it is cut short or damaged"."""


@dataclass(frozen=True)
class _Member:
    info: zipfile.ZipInfo
    path: str
    """Its path below the archive's one top folder."""

    @property
    def mode(self) -> int:
        """Unix type and permissions; 0 where the archive gives none, as git does for plain files."""
        return self.info.external_attr >> 16


def unpack(archive: Path, folder: Path, keep: Collection[str], limit: int, report: Count) -> frozenset[Path]:
    """Unpack the files and folders `keep` into the new `folder`, without the archive's one top folder.

    Returns:
        Those of the files that are programs to git. Their mode is part of git's ids; on the disk they get no such mark.

    Raises:
        WrongArchive: it is damaged, holds a path that leads elsewhere, a link, or more than `limit` bytes.
    """
    with _open(archive) as opened:
        members = _choose(opened.infolist(), keep, limit)
        for number, member in enumerate(members):
            report(number, len(members))
            _write(opened, member, folder / member.path)
    report(len(members), len(members))
    return frozenset(folder / member.path for member in members if member.mode & 0o111)


@contextmanager
def _called_damaged() -> Iterator[None]:
    try:
        yield
    except _DAMAGE as error:
        raise WrongArchive(f"it is cut short or damaged ({str(error)[:100].rstrip('.') or 'no more data'})") from error
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
        raise WrongArchive("it is damaged: it refers to a place outside itself") from error


def _open(archive: Path) -> zipfile.ZipFile:
    with _called_damaged():
        return zipfile.ZipFile(archive)


def _choose(infos: list[zipfile.ZipInfo], keep: Collection[str], limit: int) -> list[_Member]:
    """Return the files to unpack; every name in the archive must be harmless, kept or not."""
    for info in infos:
        _check_name(info.filename)
    if len({info.filename.split("/", 1)[0] for info in infos}) != 1:
        raise WrongArchive("it has not exactly one folder at its top")
    members = [_Member(info, info.filename.partition("/")[2]) for info in infos if not info.is_dir()]
    members = [member for member in members if _lies_in(member.path, keep)]
    _check_members(members, limit)
    return members


def _check_name(name: str) -> None:
    parts = name.removesuffix("/").split("/")
    if any(part in ("", ".", "..") for part in parts) or any(sign in name for sign in "\\:\0"):
        raise WrongArchive(f"it holds a path that leads out of its folder ({name[:80]!r})")


def _lies_in(path: str, keep: Collection[str]) -> bool:
    return any(path == kept or path.startswith(f"{kept}/") for kept in keep)


def _check_members(members: list[_Member], limit: int) -> None:
    paths = {member.path for member in members}
    folders = {path[:end] for path in paths for end, sign in enumerate(path) if sign == "/"}
    if len(paths) < len(members) or paths & folders:
        raise WrongArchive("it holds two files of one name")
    for member in members:
        if stat.S_IFMT(member.mode) not in (0, stat.S_IFREG):
            raise WrongArchive(f"{member.path[:80]!r} in it is a link or a device, not a file")
        if member.info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise WrongArchive(f"{member.path[:80]!r} in it is packed in an unusual way")
    if (size := sum(member.info.file_size for member in members)) > limit:
        raise WrongArchive(f"it would unpack to {size / 1e6:,.1f} MB, and {limit / 1e6:,.1f} MB is the most it can be")


def _write(opened: zipfile.ZipFile, member: _Member, place: Path) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    with _called_damaged():
        source = opened.open(member.info)
    with source, place.open("xb") as target, _called_damaged():
        shutil.copyfileobj(source, target, _BLOCK)  # reads no more than the size that was summed up


def git_id(place: Path, programs: Collection[Path] = (), on_file: Callable[[], None] = lambda: None) -> str:
    """Return git's id of the file or folder at `place`, 40 hex digits: equal ids mean equal names and bytes.

    `programs` are the files below it that git keeps as executable; `on_file` is called after each file. The format is
    in "Git Internals - Git Objects" (Chacon and Straub, Pro Git, 2014): the SHA-1 of kind, length and content, where a
    folder's content is a mode, a name and an id for each entry.
    """
    if not place.is_dir():
        identity = _hash("blob", place.read_bytes())
        on_file()
        return identity
    entries = []
    for entry in place.iterdir():
        name = os.fsencode(entry.name)
        mode = b"40000" if entry.is_dir() else b"100755" if entry in programs else b"100644"
        order = name + b"/" if entry.is_dir() else name  # git sorts a folder as if its name ended so
        entries.append((order, mode + b" " + name + b"\0" + bytes.fromhex(git_id(entry, programs, on_file))))
    return _hash("tree", b"".join(entry for _, entry in sorted(entries)))


def _hash(kind: str, content: bytes) -> str:
    return hashlib.sha1(f"{kind} {len(content)}\0".encode() + content, usedforsecurity=False).hexdigest()
