"""Write the README's tables of entries, settings and legend columns anew from the code: `python docs/tables.py`."""

import re
import sys
from pathlib import Path
from textwrap import indent

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # run as a file, it would not find core

from core.datasets.legend import ROLES
from core.embedding import PROJECTIONS
from core.losses import LOSSES
from core.models import MODELS
from core.quality import CHECKS
from core.registry import Choice, Param, Registry
from core.runs import IMAGES, TRAINING
from core.sampling import SAMPLERS
from core.settings import Settings
from core.splits import SPLITS

README = Path(__file__).resolve().parents[1] / "README.md"
LEGEND_ROLES = {"name": "the image file", "raw_label": "its label", "annotator": "who labelled it (optional)"}


def readme(text: str) -> str:
    """Return the README's text with everything between `<!-- name -->` and `<!-- end of name -->` made anew."""
    for name, table in {"entries": entries(), "settings": settings(), "legend": legend()}.items():
        around = re.compile(rf"^( *)<!-- {name} -->$.*?^ *<!-- end of {name} -->$", re.DOTALL | re.MULTILINE)
        if not (found := around.search(text)):
            raise ValueError(f"README.md has no <!-- {name} --> ... <!-- end of {name} -->.")
        fresh = indent(f"<!-- {name} -->\n\n{table}\n\n<!-- end of {name} -->", found[1])  # as deep as its list item
        text = text[: found.start()] + fresh + text[found.end() :]
    return text


def entries() -> str:
    """Return a titled table of each registry, then of the parameters that every run has."""
    tables = {
        "Sampling strategies": SAMPLERS,
        "Losses": LOSSES,
        "Models": MODELS,
        "Splits": SPLITS,
        "Image checks": CHECKS,
        "Maps": PROJECTIONS,
    }
    parts = [f"### {title}\n\n{_of_registry(registry)}" for title, registry in tables.items()]
    parts += [f"### {choice.title}\n\n{choice.summary}\n\n{_of_parameters(choice)}" for choice in (TRAINING, IMAGES)]
    return "\n\n".join(parts)


def settings() -> str:
    """Return the environment variables that the app reads."""
    rows = []
    for name, field in Settings.model_fields.items():
        default = str(field.default).replace(str(Path.home()), "~")
        rows.append(
            [f"`NAVARASA_{name.upper()}`", field.description or "", "" if default == "None" else f"`{default}`"]
        )
    return _table(["variable", "what it is", "default"], rows)


def legend() -> str:
    """Return the column names that a legend may use."""
    rows = [[LEGEND_ROLES[role], ", ".join(f"`{name}`" for name in names)] for role, names in ROLES.items()]
    return _table(["what the column holds", "names it may have"], rows)


def _of_registry(registry: Registry) -> str:
    rows = [
        [f"`{choice.name}`", choice.title, choice.summary, _parameters(choice), choice.source] for choice in registry
    ]
    return _table(["name", "title", "what it does", "parameters", "source"], rows)


def _of_parameters(choice: Choice) -> str:
    rows = [[f"`{param.name}`", param.help, *_range(param)] for param in choice.params]
    return _table(["parameter", "what it is", "default", "range"], rows)


def _parameters(choice: Choice) -> str:
    described = [(param, *_range(param)) for param in choice.params]
    return "<br>".join(
        f"`{param.name}` {default} ({low_to_high}): {param.help}" for param, default, low_to_high in described
    )


def _range(param: Param) -> list[str]:
    return [_number(param.default), f"{_number(param.low)} to {_number(param.high)}"]


def _number(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:.5f}".rstrip("0").rstrip(".")


def _table(header: list[str], rows: list[list[str]]) -> str:
    lines = [header, ["---"] * len(header), *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


if __name__ == "__main__":
    README.write_text(readme(README.read_text(encoding="utf-8")), encoding="utf-8")
