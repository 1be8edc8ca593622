"""What reading little is worth: our header beside Pillow's `open`, and whole scans, in one run.

    python -m benchmarks.headers [--data PATH]

Without a folder the demo is read. Prints JSON. Each way is timed three times, by turns, and its shortest time counts.
Machines differ and are shared: the ratios matter, the seconds do not.
"""

import argparse
import json
import os
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from PIL import Image

from core.datasets import DEMO, open_dataset
from core.datasets.scan import find_files, scan
from core.errors import BadInput
from core.image_files import check_whole, open_image
from core.image_headers import read_header
from core.settings import Settings

ROUNDS, THREADS, PART = 3, 4, 200


def ways(root: Path, paths: list[Path], limit: float, scans: Path) -> dict[str, Callable[[], object]]:
    """Return what is timed: each reads every file once, in the order of the paths."""

    def open_with_pillow() -> None:
        for path in paths:
            with suppress(OSError), Image.open(path):
                pass

    def open_and_check() -> None:
        for path in paths:
            with suppress(BadInput), open_image(path, path.name, limit) as image:
                check_whole(path, image, path.name)

    def in_threads() -> None:
        parts = [paths[start : start + PART] for start in range(0, len(paths), PART)]
        with ThreadPoolExecutor(THREADS) as executor:
            list(executor.map(lambda part: [read_header(path) for path in part], parts))

    def first_scan() -> None:
        with tempfile.TemporaryDirectory() as fresh:
            scan(root, Path(fresh), limit)

    return {
        "os.stat": lambda: [os.stat(path) for path in paths],
        "header (ours)": lambda: [read_header(path) for path in paths],
        "header (ours), 4 threads": in_threads,
        "open (Pillow)": open_with_pillow,
        "open and check for a cut (Pillow)": open_and_check,
        "scan, nothing known": first_scan,
        "scan, nothing changed": lambda: scan(root, scans, limit),
    }


def shortest(timed: dict[str, Callable[[], object]], prepare: Callable[[], object]) -> dict[str, float]:
    """Return the shortest of `ROUNDS` times of each, in seconds; `prepare` runs before each and is not timed."""
    times = {name: [] for name in timed}
    for _ in range(ROUNDS):
        for name, work in timed.items():
            prepare()
            started = time.perf_counter()
            work()
            times[name].append(time.perf_counter() - started)
    return {name: min(values) for name, values in times.items()}


def forget(paths: list[Path]) -> None:
    """Ask the system to drop the files from memory, so that the next read comes from the disk."""
    for path in paths:
        with path.open("rb") as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def main(data: Path | None) -> dict[str, object]:
    """Measure every file of the folder, or of the demo."""
    settings = Settings()
    root = data or open_dataset(DEMO, settings).root
    paths = [root / image for image in find_files(root)["image"]]
    with tempfile.TemporaryDirectory() as scans:
        timed = ways(root, paths, settings.max_megapixels, Path(scans))
        timed["scan, nothing changed"]()
        in_memory = shortest(timed, lambda: None)
        disk = {}
        if hasattr(os, "posix_fadvise"):
            few = ("header (ours)", "header (ours), 4 threads", "open (Pillow)")
            disk = shortest({name: timed[name] for name in few}, lambda: forget(paths))
    ours, pillow = in_memory["header (ours)"], in_memory["open (Pillow)"]
    return {
        "files": len(paths),
        "left to Pillow": sum(read_header(path) is None for path in paths),
        "seconds, files in memory": {name: round(value, 3) for name, value in in_memory.items()},
        "seconds, files on disk": {name: round(value, 3) for name, value in disk.items()},
        "times faster": {
            "our header than Pillow's open": round(pillow / ours, 1),
            "our header than Pillow's open and check": round(in_memory["open and check for a cut (Pillow)"] / ours, 1),
            "a scan with nothing changed than the first": round(
                in_memory["scan, nothing known"] / in_memory["scan, nothing changed"], 1
            ),
            **({"from disk, 4 threads than one": round(disk[few[0]] / disk[few[1]], 1)} if disk else {}),
        },
        "our header takes as long as this many os.stat": round(ours / in_memory["os.stat"], 1),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, help="a folder of images; the demo if left out")
    print(json.dumps(main(parser.parse_args().data), indent=1))
