"""One ZIP archive over HTTP that survives a break: what has arrived is kept, and the next try asks for the rest."""

import http.client
import json
import re
import socket
import ssl
import time
import zipfile
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from core.errors import BadInput
from core.storage import write_whole

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and of how much: 0 where that is not known."""

STAGE = "Downloading"
_BLOCK = 1 << 18
_PASSING = {408, 425, 429, 500, 502, 503, 504}  # answers that may be another a moment later


@dataclass(frozen=True)
class Patience:
    """How long a download waits, and how often it tries again."""

    timeout: float = 30.0
    """Seconds without a byte after which the connection counts as dead; a cancelled page may wait as long."""
    tries: int = 5
    pause: float = 1.0
    """Seconds before the second try; each later pause is twice the one before."""


@dataclass(frozen=True)
class Note:
    """What is known of the bytes in a part."""

    validator: str | None = None
    """The server's name for this version of the file; without one the bytes cannot be continued."""
    ranges: bool = False
    """Whether the server said, or showed, that it can send the rest of a file."""
    total: int = 0
    """Bytes of the whole file; 0 if the server did not say."""
    whole: bool = False
    """Whether the server said that this is all."""


class Part:
    """The bytes that have arrived so far at `path`, and a note about them beside it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._note_path = path.with_name(f"{path.name}.json")

    @property
    def size(self) -> int:
        """Bytes that have arrived."""
        return self.path.stat().st_size if self.path.is_file() else 0

    @property
    def note(self) -> Note:
        """What is known of them; nothing where the note is missing or broken."""
        try:
            return Note(**json.loads(self._note_path.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return Note()

    @property
    def fate(self) -> str:
        """What becomes of these bytes, as the second half of a sentence."""
        if not self.size:
            return "nothing is kept, and running the same again starts afresh"
        proviso = "" if self.note.ranges or self.note.whole else " if the server can do that"
        return f"{megabytes(self.size)} are kept, and running the same again continues from there{proviso}"

    def begin(self, note: Note) -> None:
        """Empty the part for a file of which `note` is known."""
        self.path.write_bytes(b"")  # before the note, or old bytes would pass for some of the new file
        self.write_note(note)

    def write_note(self, note: Note) -> None:
        """Replace the note."""
        text = json.dumps(asdict(note))
        write_whole(self._note_path, lambda beside: beside.write_text(text, encoding="utf-8"))

    def discard(self) -> None:
        """Remove the bytes and the note."""
        self.path.unlink(missing_ok=True)
        self._note_path.unlink(missing_ok=True)


class _Broken(Exception):
    """A try ended early and the next may get further. The message is a clause that names the host."""


def download(url: str, part: Part, report: Progress, limit: int, patience: Patience) -> None:
    """Load `url` into `part` and note that it is whole; a part that is whole already stays as it is.

    After a break, a stall or a passing error of the server it tries again, from where it was if the server can do that.
    An exception that `report` raises ends it; what has arrived is kept unless it could never be continued.

    Raises:
        BadInput: the server refuses, sends something else or more than `limit` bytes, or no try came to an end.
        OSError: `part` cannot be written.
    """
    if part.note.whole and part.size:
        return
    try:
        for number in range(patience.tries):
            if number:
                _wait(patience.pause * 2 ** (number - 1), part, report)
            try:
                _try_once(url, part, report, limit, patience.timeout)
                return
            except _Broken as broken:
                reason = broken
        raise BadInput(f"{reason} at the last of {patience.tries} tries; {_remains(part)}.")
    finally:
        if not (part.note.whole or part.note.validator):
            part.discard()


def megabytes(n_bytes: int) -> str:
    """Return a size in words, such as "12.3 MB"."""
    return f"{n_bytes / 1e6:,.1f} MB"


def _remains(part: Part) -> str:
    if part.note.validator or not part.size:
        return part.fate
    return "this server cannot continue what it began, so running the same again starts afresh"


def _wait(seconds: float, part: Part, report: Progress) -> None:
    """Wait, and go on reporting: that is how a wait is cancelled."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        report(STAGE, part.size, part.note.total)
        time.sleep(min(left, 0.2))


def _try_once(url: str, part: Part, report: Progress, limit: int, timeout: float) -> None:
    host = urlsplit(url).hostname
    report(STAGE, part.size, part.note.total)
    try:
        response = urlopen(_request(url, part), timeout=timeout)
    except HTTPError as error:
        with error:
            _answer_to_error(error, host, url, part)
        return
    except (OSError, http.client.HTTPException) as error:
        raise _explain(error, host, timeout) from error
    with response:
        _join(response, part, host, limit)
        _receive(response, part, host, limit, timeout, report)
    part.write_note(replace(part.note, whole=True, total=part.size))
    report(STAGE, part.size, part.size)


def _request(url: str, part: Part) -> Request:
    headers = {"User-Agent": "navarasa", "Accept-Encoding": "identity"}
    validator = part.note.validator
    if part.size and validator:
        headers |= {"Range": f"bytes={part.size}-", "If-Range": validator}
    return Request(url, headers=headers)


def _answer_to_error(error: HTTPError, host: str, url: str, part: Part) -> None:
    """Return if the error says that nothing is left to send; raise what it means otherwise."""
    said = f"{error.code} {http.client.responses.get(error.code, '')}".strip()
    if error.code == 416:
        if zipfile.is_zipfile(part.path):
            part.write_note(replace(part.note, whole=True, total=part.size))
            return
        part.discard()
        raise _Broken(f"{host} could not continue from there ({said})")
    if error.code in _PASSING:
        raise _Broken(f"{host} answered {said}")
    if error.code in (404, 410):
        raise BadInput(f"{host} has nothing at {url} any more ({said}); look for a newer version of this app.")
    raise BadInput(f"{host} refuses {url} ({said}); open that address in a browser to see why.")


def _explain(error: Exception, host: str, timeout: float) -> Exception:
    """Return what a failure of the connection means to the user."""
    cause = error.reason if isinstance(error, URLError) else error
    if isinstance(cause, ssl.SSLCertVerificationError):
        return BadInput(
            f"{host} could not prove that it is {host} ({cause.verify_message}); "
            "check this machine's clock and its certificates, or try another network."
        )
    if isinstance(cause, TimeoutError):
        return _Broken(f"{host} sent nothing for {timeout:g} s")
    if isinstance(cause, socket.gaierror):
        return _Broken(f"{host} could not be found (is this machine online?)")
    if isinstance(cause, http.client.HTTPException | ConnectionResetError):
        return _Broken(f"{host} closed the connection early")
    return _Broken(f"the connection to {host} failed ({getattr(cause, 'strerror', None) or cause})")


def _join(response: http.client.HTTPResponse, part: Part, host: str, limit: int) -> None:
    """Make `part` ready for the body: continued if the server sends the rest of the same file, begun anew if not."""
    if response.status == 206:
        sent = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", response.headers.get("Content-Range", "").strip())
        if not sent or int(sent[1]) != part.size or _validator(response) != part.note.validator:
            part.discard()
            raise _Broken(f"{host} went on with another file or from another place")
        note = replace(part.note, ranges=True, total=0 if sent[2] == "*" else int(sent[2]))
        part.write_note(note)
    else:
        if response.headers.get_content_type() == "text/html":
            raise BadInput(f"{host} sent a web page instead of an archive; see whether this network asks for a login.")
        ranges = response.headers.get("Accept-Ranges", "").strip().lower() == "bytes"
        note = Note(_validator(response), ranges, response.length or 0)
        part.begin(note)
    if note.total > limit:
        raise _too_large(part, host, limit, note.total)


def _validator(response: http.client.HTTPResponse) -> str | None:
    """Return a strong ETag or else the date: by a weak ETag two different archives may be the same."""
    etag = response.headers.get("ETag", "").strip()
    return etag if etag and not etag.startswith("W/") else response.headers.get("Last-Modified")


def _receive(
    response: http.client.HTTPResponse, part: Part, host: str, limit: int, timeout: float, report: Progress
) -> None:
    done, total = part.size, part.note.total
    with part.path.open("ab") as file:
        while block := _read(response, host, timeout):
            file.write(block)
            done += len(block)
            if done > limit:
                break
            report(STAGE, done, total)
    if done > limit:
        raise _too_large(part, host, limit, done)
    if done < total:
        raise _Broken(f"{host} closed the connection early")


def _read(response: http.client.HTTPResponse, host: str, timeout: float) -> bytes:
    try:
        return response.read1(_BLOCK)  # what has come, however little: a stall must not take it along
    except (OSError, http.client.HTTPException) as error:
        raise _explain(error, host, timeout) from error


def _too_large(part: Part, host: str, limit: int, sent: int) -> BadInput:
    part.discard()
    return BadInput(
        f"{host} sends {megabytes(sent)} or more, and the archive has at most {megabytes(limit)}; "
        "nothing of it is kept, so see whether something stands between this machine and that server."
    )
