"""Fetching a dataset from a server that may stall, break off, lie, or send something else."""

import errno
import os
import re
import shutil
import socket
import ssl
import threading
import zipfile
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.error import URLError

import pytest

from core.datasets import download as module
from core.datasets import transfer
from core.datasets.download import MARK, RELEASES, Patience, Release, fetch, fetched, kept_bytes
from core.datasets.transfer import Note, Part
from core.errors import BadInput

UP = bytes(range(256)) * 200
FILES = {
    "images/a.jpg": UP,
    "images/b.jpg": UP[::-1],
    "data/legend.csv": b"image,emotion\na.jpg,joy\nb.jpg,fear\n",
    "LICENSE": b"free\n",
    "code/not-kept.py": b"print()\n",
}
IDS = {  # as `git add` and `git ls-tree` give them; images/b.jpg is executable
    "images": "5797be0b7298900f83a3a1b94228f25e4913a714",
    "data": "26f4e3b66e128072c8d42f11d97a0ac7b5cb64b9",
    "LICENSE": "7f2b810e2e03bf62e8aa7aa05adf5b1e1b71c188",
}
KEPT = {name for name in FILES if name != "code/not-kept.py"}
QUICK = Patience(timeout=10, tries=3, pause=0)


def packed(files, path) -> bytes:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            info = zipfile.ZipInfo(f"toy-0123456789abcdef/{name}")
            info.external_attr = 0o100755 << 16 if name == "images/b.jpg" else 0
            archive.writestr(info, content)
    return path.read_bytes()


# What a server may do with one request


def send(handler, body, start=0, length=None, total=None, etag='"one"', **headers):
    """Answer with the body from `start` on, as 206 where that is not its beginning."""
    handler.send_response(206 if start else 200)
    if start:
        handler.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{total or len(body)}")
    handler.send_header("Content-Length", str(len(body) - start if length is None else length))
    for name, value in {"ETag": etag, "Content-Type": "application/zip", **headers}.items():
        if value:
            handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body[start:])


def asked_start(handler):
    """Where a good server begins: where it was asked to if the client has this version."""
    asked = re.fullmatch(r"bytes=(\d+)-", handler.headers.get("Range", ""))
    return int(asked[1]) if asked and handler.headers.get("If-Range") == '"one"' else 0


def whole(handler, body):
    """Serve what a good server serves."""
    if (start := asked_start(handler)) >= len(body):
        handler.send_error(416)
    else:
        send(handler, body, start, **{"Accept-Ranges": "bytes"})


def cut(end):
    """Promise everything and close before byte `end`."""

    def answer(handler, body):
        start = asked_start(handler)
        send(handler, body[:end], start, len(body) - start, len(body), **{"Accept-Ranges": "bytes"})

    return answer


def stall(end):
    """Promise everything and fall silent before byte `end`."""

    def answer(handler, body):
        cut(end)(handler, body)
        handler.server.over.wait(10)

    return answer


def chunked(handler, body):
    """Send no length and know no ranges, as GitHub does."""
    handler.send_response(200)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    for start in range(0, len(body), 10_000):
        block = body[start : start + 10_000]
        handler.wfile.write(b"%x\r\n%s\r\n" % (len(block), block))
    handler.wfile.write(b"0\r\n\r\n")


def status(code):
    return lambda handler, body: handler.send_error(code)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.close_connection = True
        server = self.server
        server.asked.append(self.headers.get("Range"))
        answer = server.answers.pop(0) if len(server.answers) > 1 else server.answers[0]
        answer(self, server.body)

    def log_message(self, *arguments):
        """Tests print nothing."""


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """A client that hangs up is what some tests are about."""


@pytest.fixture
def server(tmp_path, monkeypatch):
    """A server of the toy archive: set `answers`, one a request and the last for all that follow; read `asked`."""
    monkeypatch.setenv("no_proxy", "*")
    server = Server(("127.0.0.1", 0), Handler)
    server.body, server.answers, server.asked = packed(FILES, tmp_path / "toy.zip"), [whole], []
    server.over = threading.Event()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.over.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def release(server, monkeypatch):
    """The toy dataset, known by the name "toy"."""
    toy = Release(
        name="toy",
        title="Toy",
        summary="",
        home="",
        url=f"http://127.0.0.1:{server.server_port}/toy.zip",
        commit="0123456789abcdef",
        licence="none",
        contents=IDS,
        n_files=2,
        n_rows=2,
        n_bytes=sum(len(FILES[name]) for name in KEPT),
    )
    monkeypatch.setitem(RELEASES, "toy", toy)
    return toy


@pytest.fixture
def get(release, settings):
    """`get()` fetches the toy dataset without waiting long."""
    return lambda patience=QUICK, **options: fetch("toy", settings, patience=patience, **options)


@pytest.fixture
def left(settings):
    """`left()` is what lies in the home: files below datasets, and below downloads but for the empty lock."""

    def find():
        paths = (path for path in settings.home.rglob("*") if path.is_file() and path.suffix != ".lock")
        return {path.relative_to(settings.home).as_posix() for path in paths}

    return find


@pytest.fixture
def every_report(monkeypatch):
    """Reports are passed on however fast they come."""
    monkeypatch.setattr(module, "_EVERY", 0)


def files_in(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


class Cancelled(Exception):
    pass


def cancel_in(stage, at_least=0):
    """Return a report that cancels in this stage once so much is done."""

    def report(what, done, total):
        if what == stage and done >= at_least:
            raise Cancelled

    return report


# When all goes well


def test_the_files_kept_arrive_as_they_were_published(get):
    found = files_in(get())
    found.pop(MARK)
    assert found == {name: FILES[name] for name in KEPT}


def test_nothing_but_the_folder_is_left(get, left):
    get()
    assert left() == {f"datasets/toy-0123456789ab/{name}" for name in (*KEPT, MARK)}


def test_what_is_there_is_not_loaded_again(get, server):
    assert get() == get()
    assert len(server.asked) == 1


def test_fetched_finds_the_folder_once_it_is_there(get, settings):
    before = fetched("toy", settings)
    folder = get()
    assert (before, fetched("toy", settings)) == (None, folder)


def test_a_folder_that_lost_a_picture_is_no_longer_whole(get, settings):
    (get() / "images/a.jpg").unlink()
    assert fetched("toy", settings) is None
    with pytest.raises(BadInput, match="no longer whole; move or delete it"):
        get()


def test_a_hidden_file_that_a_file_browser_adds_does_no_harm(get, settings):
    folder = get()
    (folder / "images/.DS_Store").touch()
    assert fetched("toy", settings) == folder


def test_the_stages_are_reported_to_their_end(get, server):
    reports = []
    get(report=lambda *what: reports.append(what))
    ends = [report for report in reports if report[1] == report[2] > 0]
    size = len(server.body)
    assert list(dict.fromkeys(ends)) == [("Downloading", size, size), ("Unpacking", 4, 4), ("Checking", 4, 4)]


def test_a_server_without_length_or_ranges_will_do_and_its_total_is_unknown(get, server, every_report):
    server.answers = [chunked]
    reports = []
    get(report=lambda *what: reports.append(what))
    downloading = [(done, total) for stage, done, total in reports if stage == "Downloading"]
    assert {total for _, total in downloading[:-1]} == {0}
    assert downloading[-1] == (len(server.body), len(server.body))


def test_it_follows_a_redirect(get, server):
    def elsewhere(handler, body):
        handler.send_response(302)
        handler.send_header("Location", "/elsewhere.zip")
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    server.answers = [elsewhere, whole]
    assert (get() / "LICENSE").is_file()


def test_an_empty_folder_may_be_given(get, tmp_path):
    (tmp_path / "mine").mkdir()
    assert get(to=tmp_path / "mine") == tmp_path / "mine"
    assert files_in(tmp_path / "mine").keys() == {*KEPT, MARK}


def test_reports_come_at_most_ten_times_a_second(monkeypatch):
    clock = iter(n / 100 for n in range(1000))  # seconds
    monkeypatch.setattr(module.time, "monotonic", lambda: next(clock))
    reports = []
    seldom = module._Seldom(lambda *what: reports.append(what))
    for done in range(200):
        seldom("Unpacking", done, 1000)
    assert 18 <= len(reports) <= 20  # in two seconds


# Breaks


def test_a_line_that_closes_early_is_continued_where_it_was(get, server):
    server.answers = [cut(1000), whole]
    assert (get() / "LICENSE").is_file()
    assert server.asked == [None, "bytes=1000-"]


def test_a_stall_is_given_up_and_continued_where_it_was(get, server):
    server.answers = [stall(1000), whole]
    get(Patience(timeout=0.5, tries=5, pause=0))
    assert server.asked[:2] == [None, "bytes=1000-"]


def test_a_line_that_always_breaks_ends_in_one_sentence_and_the_next_call_continues(get, server, settings):
    server.answers = [cut(50_000), cut(52_000)]
    sentence = (
        "127.0.0.1 closed the connection early at the last of 3 tries; "
        "0.1 MB are kept, and running the same again continues from there."
    )
    with pytest.raises(BadInput, match=re.escape(sentence)):
        get()
    assert kept_bytes("toy", settings) == 52_000
    server.answers = [whole]
    get()
    assert server.asked == [None, "bytes=50000-", "bytes=52000-", "bytes=52000-"]


def test_a_server_that_cannot_continue_keeps_no_bytes_and_says_so(get, server, left):
    server.answers = [lambda handler, body: send(handler, body[:1000], 0, len(body), etag='W/"weak"')]
    with pytest.raises(BadInput, match="this server cannot continue what it began, so running the same again starts"):
        get()
    assert (server.asked, left()) == ([None] * 3, set())


def test_a_date_names_the_version_where_there_is_no_tag(get, server):
    date = {"etag": None, "Last-Modified": "Thu, 15 Dec 2016 16:36:31 GMT"}
    server.answers = [
        lambda handler, body: send(handler, body[:1000], 0, len(body), **date),
        lambda handler, body: send(handler, body, 1000, **date),
    ]
    get()
    assert server.asked == [None, "bytes=1000-"]


def test_a_server_that_ignores_the_range_is_begun_anew(get, server):
    server.answers = [cut(1000), send]
    assert (get() / "LICENSE").is_file()


@pytest.mark.parametrize("wrong", [{"etag": '"two"'}, {"start": 1001}])
def test_the_rest_of_another_file_is_not_joined(get, server, wrong):
    def other(handler, body):
        send(handler, body, **{"start": 1000, **wrong})

    server.answers = [cut(1000), other, whole]
    assert (get() / "LICENSE").is_file()
    assert server.asked == [None, "bytes=1000-", None]


def test_a_passing_error_of_the_server_is_tried_again(get, server):
    server.answers = [status(503), whole]
    assert (get() / "LICENSE").is_file()


def test_a_cancelled_download_is_continued_where_it_was(get, server, settings, every_report):
    server.answers = [stall(1000), whole]
    with pytest.raises(Cancelled) as stop:
        get(report=cancel_in("Downloading", 1))
    kept = kept_bytes("toy", settings)
    get()
    assert 0 < kept <= 1000
    assert stop.value.__notes__ == ["0.0 MB are kept, and running the same again continues from there."]
    assert server.asked == [None, f"bytes={kept}-"]


def test_a_cancel_between_two_tries_does_not_wait_for_the_next(get, server, every_report):
    server.answers = [status(503)]
    starts = []

    def report(*what):
        starts.append(what)
        if len(starts) == 3:  # the first try, then twice in the pause
            raise Cancelled

    with pytest.raises(Cancelled):
        get(Patience(tries=2, pause=600), report=report)
    assert len(server.asked) == 1


@pytest.mark.parametrize("stage", ["Unpacking", "Checking"])
def test_a_cancel_later_keeps_the_whole_download_and_nothing_else(get, server, left, stage):
    with pytest.raises(Cancelled):
        get(report=cancel_in(stage))
    part = "downloads/toy-0123456789ab.zip.part"
    assert left() == {part, f"{part}.json"}
    get()
    assert len(server.asked) == 1


def test_a_part_that_is_whole_but_was_not_noted_is_taken(get, server, settings):
    settings.downloads_dir.mkdir(parents=True)
    part = Part(settings.downloads_dir / "toy-0123456789ab.zip.part")
    part.begin(Note(validator='"one"'))
    part.path.write_bytes(server.body)
    get()
    assert server.asked == [f"bytes={len(server.body)}-"]


def test_a_part_without_a_note_is_begun_anew(get, server, settings):
    settings.downloads_dir.mkdir(parents=True)
    (settings.downloads_dir / "toy-0123456789ab.zip.part").write_bytes(b"who knows")
    get()
    assert server.asked == [None]


# Lies


def test_a_length_that_is_too_long_does_no_harm(get, server):
    server.answers = [lambda handler, body: send(handler, body, 0, len(body) + 100), whole]
    assert (get() / "LICENSE").is_file()


@pytest.mark.parametrize("length", [0, 100, 90_000])
def test_a_length_that_is_too_short_is_refused_and_the_next_call_starts_afresh(get, server, left, length):
    server.answers = [lambda handler, body: send(handler, body, 0, length), whole]
    with pytest.raises(BadInput, match="What 127.0.0.1 sent is not Toy at commit 0123456789ab: it is cut short or"):
        get()
    assert left() == set()
    get()
    assert server.asked == [None, None]


def test_an_absurd_length_is_refused_at_once(get, server, left):
    server.answers = [lambda handler, body: send(handler, body, 0, 10**15)]
    with pytest.raises(BadInput, match="sends 1,000,000,000.0 MB or more, and the archive has at most 1.2 MB"):
        get()
    assert (len(server.asked), left()) == (1, set())


def test_an_endless_answer_is_ended(get, server, left):
    server.answers = [lambda handler, body: chunked(handler, body * 20)]
    with pytest.raises(BadInput, match="or more, and the archive has at most"):
        get()
    assert left() == set()


# Something else


@pytest.mark.parametrize(("code", "words"), [(404, "has nothing at"), (410, "has nothing at"), (403, "refuses")])
def test_a_refusal_of_the_server_is_one_sentence_and_not_tried_again(get, server, left, code, words):
    server.answers = [status(code)]
    with pytest.raises(BadInput, match=rf"127.0.0.1 {words} http://127.0.0.1.* \({code} \w+") as refusal:
        get()
    assert (len(server.asked), left(), str(refusal.value).count("\n")) == (1, set(), 0)


def test_a_server_that_stays_broken_is_named(get, server):
    server.answers = [status(502)]
    with pytest.raises(BadInput, match="127.0.0.1 answered 502 Bad Gateway at the last of 3 tries; nothing is kept"):
        get()


def test_a_web_page_is_refused(get, server, left):
    server.answers = [lambda handler, body: send(handler, b"<html>", **{"Content-Type": "text/html; charset=utf-8"})]
    with pytest.raises(BadInput, match="sent a web page instead of an archive; see whether this network asks"):
        get()
    assert left() == set()


def test_a_server_that_is_not_there_is_named(get, server):
    server.shutdown()
    server.server_close()
    with pytest.raises(BadInput, match="the connection to 127.0.0.1 failed .* at the last of 3 tries"):
        get()


def test_a_host_that_does_not_exist_is_named(release, settings, monkeypatch):
    def unknown(*arguments, **options):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    elsewhere = replace(release, url="http://nowhere.invalid/toy.zip")
    with pytest.raises(BadInput, match=r"nowhere.invalid could not be found \(is this machine online\?\) at the last"):
        fetch("toy", settings, release=elsewhere, patience=QUICK)


def test_a_server_that_speaks_no_tls_is_not_trusted(release, settings):
    secure = replace(release, url=release.url.replace("http:", "https:"))
    with pytest.raises(BadInput, match="the connection to 127.0.0.1 failed|closed the connection early"):
        fetch("toy", settings, release=secure, patience=QUICK)


def test_a_certificate_of_somebody_else_ends_it_at_once(get, server, monkeypatch):
    error = ssl.SSLCertVerificationError()
    error.verify_message = "self-signed certificate"
    calls = []

    def mistrust(*arguments, **options):
        calls.append(arguments)
        raise URLError(error)

    monkeypatch.setattr(transfer, "urlopen", mistrust)
    with pytest.raises(BadInput, match=r"127.0.0.1 could not prove that it is 127.0.0.1 \(self-signed certificate\)"):
        get()
    assert len(calls) == 1


@pytest.mark.parametrize(
    ("change", "problem"),
    {
        "a file more": ({"images/c.jpg": b"c"}, "images holds 3 files, not 2"),
        "a row less": ({"data/legend.csv": b"image,emotion\na.jpg,joy\n"}, "data/legend.csv has 1 rows, not 2"),
        "no legend": ({"data/legend.csv": b""}, "data/legend.csv cannot be read as a legend"),
        "a byte of a picture": ({"images/a.jpg": b"!" + UP[1:]}, "the content of images is not what was published"),
        "a label": (
            {"data/legend.csv": FILES["data/legend.csv"].replace(b"joy", b"fun")},
            "the content of data is not what was published",
        ),
        "another licence": ({"LICENSE": b"not free\n"}, "the content of LICENSE is not what was published"),
    }.values(),
)
def test_other_content_is_refused_by_what_differs(get, server, tmp_path, left, change, problem):
    server.body = packed(FILES | change, tmp_path / "other.zip")
    with pytest.raises(BadInput, match=f"is not Toy at commit 0123456789ab: {problem}; nothing of it is kept"):
        get()
    assert left() == set()


def test_a_file_that_is_missing_is_named(get, server, tmp_path):
    server.body = packed({name: FILES[name] for name in FILES if name != "LICENSE"}, tmp_path / "other.zip")
    with pytest.raises(BadInput, match="it lacks LICENSE"):
        get()


def test_damage_on_the_way_is_found(get, server, left):
    middle = len(server.body) // 2
    server.body = server.body[:middle] + b"????" + server.body[middle + 4 :]
    with pytest.raises(BadInput, match="it is cut short or damaged .*Bad CRC-32"):
        get()
    assert left() == set()


def test_a_path_that_leads_out_is_refused(get, server, tmp_path, left):
    server.body = packed(FILES | {"../../evil.jpg": b"evil"}, tmp_path / "evil.zip")
    with pytest.raises(BadInput, match="holds a path that leads out of its folder"):
        get()
    assert left() == set()


# This machine


def test_a_folder_with_something_else_is_not_touched(get, server, make_folder):
    mine = make_folder(["mine.jpg"])
    with pytest.raises(BadInput, match="folder is there and holds something else; give a new folder"):
        get(to=mine)
    assert (files_in(mine).keys(), server.asked) == ({"mine.jpg"}, [])


def test_a_folder_that_cannot_be_made_is_refused_before_anything_is_loaded(get, server, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(BadInput, match="No folder .*file/below/it can be made, as .*file is no folder that you may"):
        get(to=tmp_path / "file/below/it")
    assert server.asked == []


def test_what_cannot_be_a_path_is_refused(get):
    with pytest.raises(BadInput, match="cannot be a folder"):
        get(to="a\0b")


def test_what_a_killed_process_had_unpacked_is_removed(get, settings):
    half = settings.datasets_dir / ".toy-0123456789ab.4194305.0badcafe"  # no system has so many processes
    half.mkdir(parents=True)
    get()
    assert not half.exists()


def test_a_second_download_at_once_is_refused(get):
    def report(*what):
        get()

    with pytest.raises(BadInput, match="Another download of Toy is under way here; wait until it has ended"):
        get(report=report)


def test_a_full_disk_while_unpacking_keeps_the_download(get, server, left, monkeypatch):
    def full(*arguments):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch, pytest.raises(BadInput, match="The disk is full; free .* 0.1 MB are kept"):
        patch.setattr(shutil, "copyfileobj", full)
        get()
    assert all(name.startswith("downloads/") for name in left())
    get()
    assert len(server.asked) == 1


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="only Linux has a disk that is always full")
def test_a_full_disk_while_downloading_is_one_sentence(get, settings):
    settings.downloads_dir.mkdir(parents=True)
    (settings.downloads_dir / "toy-0123456789ab.zip.part").symlink_to("/dev/full")
    with pytest.raises(BadInput, match="The disk is full; free some space below .*downloads"):
        get()


def test_an_error_of_the_caller_s_report_is_not_taken_for_the_disk_s(get):
    def report(*what):
        raise BrokenPipeError(errno.EPIPE, "the terminal has gone")

    with pytest.raises(BrokenPipeError):
        get(report=report)


def test_a_home_that_is_a_file_is_named(get, settings):
    settings.home.write_bytes(b"")
    with pytest.raises(BadInput, match="home is no folder that you may write to"):
        get()


def test_an_unknown_name_lists_the_known_ones(settings):
    with pytest.raises(BadInput, match="no dataset called 'faces' to fetch; known are: facial_expressions"):
        fetch("faces", settings)


def test_the_page_says_about_how_much_there_is_to_load():
    assert RELEASES["facial_expressions"].megabytes == 250
