"""What verbs say besides their result: progress on stderr, refusals in one line, JSON that is whole or not there."""

import argparse
import json
import os
import sys
import time
from typing import Any, NoReturn

from core.catalog import Dataset
from core.datasets import open_dataset
from core.datasets.imports.pictures import printable
from core.errors import BadInput
from core.job_files import Progress
from core.settings import Settings


class Parser(argparse.ArgumentParser):
    """Says what is wrong with the words of a command in one line, as every other refusal is said."""

    def error(self, message: str) -> NoReturn:
        """Raise BadInput."""
        raise BadInput(f"{message}; see {self.prog} --help.")


def print_json(result: Any) -> None:
    """Print a verb's result.

    Raises:
        BadInput: it cannot be written. BrokenPipeError: whoever reads it left.
    """
    text = json.dumps(result, indent=1, allow_nan=False, ensure_ascii=False)
    try:
        print(text, flush=True)
    except OSError as error:
        # What could not be written would be tried again when Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(error, BrokenPipeError):
            raise
        raise BadInput(f"The result cannot be written ({error.strerror}); make room, or send it elsewhere.") from error


def refuse(message: str) -> int:
    """Say why in one line, whatever a file's name in it holds, and return the exit code of a refusal."""
    print(f"error: {printable(message)}", file=sys.stderr)
    return 2


def write_any_text() -> None:
    """Let the streams take what files are called and labels say, whatever the terminal was set up for."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def open_with_progress(source: str, settings: Settings) -> Dataset:
    """Return the dataset that a command names; how far the reading is goes to stderr."""
    return open_dataset(source, settings, Line())


class Line:
    """Shows progress on stderr: one line that is written over on a terminal, a line every 5 s elsewhere."""

    def __init__(self):
        self.last = 0.0

    def __call__(self, what: str, done: int, total: int) -> None:
        """Show how far a step is; `total` is 0 where nobody knows."""
        terminal = sys.stderr.isatty()
        if (done < total or not total) and time.monotonic() - self.last < (0.1 if terminal else 5):
            return
        self.last = time.monotonic()
        end = "\n" if done == total or not terminal else "\r"
        print(f"{what}: {done:,}{f' of {total:,}' if total else ''}", file=sys.stderr, end=end, flush=True)


class Report:
    """Shows where training stands on stderr: a line an epoch is enough here, or of a sweep a line a run."""

    def __init__(self):
        self.last = ("", -1)

    def __call__(self, progress: Progress) -> None:
        """Show where it stands, once an epoch."""
        now = (progress.stage, progress.done)
        if progress.done != int(progress.done) or now == self.last:
            return
        self.last = now
        newest = progress.history[-1] if progress.history else {}
        score = f", validation macro-F1 {newest['validation_macro_f1']:.3f}" if "validation_macro_f1" in newest else ""
        print(f"{progress.sentence}{score}", file=sys.stderr, flush=True)
