"""Asks a verb of the command line in a process of its own: for what needs torch, which pages do without."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from core.errors import BadInput
from core.settings import Settings

ROOT = Path(__file__).resolve().parents[1]


def ask(arguments: Sequence[str], settings: Settings, seconds: float = 120) -> Any:
    """Return what `python -m core ARGUMENTS` prints as JSON.

    Raises:
        BadInput: it refused, with its own sentence; or it took longer than `seconds`.
    """
    environment = os.environ | settings.to_environment()
    command = [sys.executable, "-m", "core", *arguments]
    try:
        result = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, encoding="utf-8", timeout=seconds, check=False
        )
    except subprocess.TimeoutExpired:
        raise BadInput(f"`{' '.join(arguments[:2])}` was not done after {seconds:.0f} s; try again.") from None
    if result.returncode:
        last = (result.stderr.strip().splitlines() or [f"exit code {result.returncode}"])[-1]
        raise BadInput(last.removeprefix("error: "))
    return json.loads(result.stdout)
