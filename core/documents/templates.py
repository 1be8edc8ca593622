"""The templates beside this file, filled: in HTML and in Markdown, words of the data are words and nothing else."""

import json
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from core.datasets.imports.pictures import printable

_FOLDER = Path(__file__).parent / "templates"
_MARKS = re.compile(r"([\\`*_{}\[\]<>#|~$&])")


def fill(template: str, **values: Any) -> str:
    """Return a template filled with values; a value that is missing is an error.

    What is filled into `*.html` is escaped for HTML, into `*.md` for Markdown.
    """
    return _environment(template.endswith(".html")).get_template(template).render(**values)


@lru_cache(maxsize=2)
def _environment(is_html: bool) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=is_html,
        finalize=None if is_html else _plain,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"quoted": _quoted, "score": score, "percent": _percent, "code": _code}
    return environment


def score(value: float) -> str:
    """Return a score with three decimals, or a dash where there is none."""
    return "–" if value != value else f"{value:.3f}"


def _percent(value: float) -> str:
    return f"{value:.0%}"


def _plain(value: Any) -> Any:
    """Return words in which nothing is Markdown or HTML; what a template marks as safe stays."""
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    return _MARKS.sub(r"\\\1", " ".join(printable(value).split()))


def _quoted(value: object) -> Markup:
    """Return text as a quoted scalar of YAML."""
    return Markup(json.dumps(printable(str(value)), ensure_ascii=False))


def _code(value: object) -> Markup:
    """Return text as code in Markdown, whatever backticks are in it."""
    text = " ".join(printable(str(value)).split())
    fence = "`" * (1 + max(map(len, re.findall("`+", text)), default=0))
    space = " " if "`" in text else ""
    return Markup(f"{fence}{space}{text}{space}{fence}")
