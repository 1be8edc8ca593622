"""The documentation says what is there: tables, pictures, links, commands and examples are held against the code."""

import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from core.__main__ import _parser

ROOT = Path(__file__).resolve().parents[1]
PAGES_OF_TEXT = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/architecture.md")]
every_text = pytest.mark.parametrize("path", PAGES_OF_TEXT, ids=lambda path: path.name)


def tree() -> dict[str, str]:
    """Each path that the README's tree names, with its clause; the indentation says the folder."""
    block = re.search(r"## The tree\n\n```\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)[1]
    clauses, folders = {}, []
    for line in block.splitlines():
        depth = (len(line) - len(line.lstrip())) // 2
        name, _, clause = line.strip().partition(" ")
        folders[depth:] = [name] if name.endswith("/") else []
        clauses["".join(folders if name.endswith("/") else [*folders, name])] = clause.strip()
    return clauses


def examples() -> list[str]:
    """Each Python example of CONTRIBUTING.md."""
    return re.findall(r"```python\n(.*?)```", (ROOT / "CONTRIBUTING.md").read_text(), re.DOTALL)


def title(code: str) -> str:
    """The first line of an example, without its quotes."""
    return code.split("\n", 1)[0].strip('"')


# What is generated


def test_the_readme_s_tables_are_those_of_the_code():
    text = (ROOT / "README.md").read_text()
    assert runpy.run_path(str(ROOT / "docs" / "tables.py"))["readme"](text) == text, "run docs/tables.py"


def test_the_architecture_picture_shows_the_imports_as_they_are():
    drawing = runpy.run_path(str(ROOT / "docs" / "draw_architecture.py"))
    assert drawing["PICTURE"].read_text() == drawing["draw"](), "run docs/draw_architecture.py"


def test_a_module_without_a_room_is_named():
    drawing = runpy.run_path(str(ROOT / "docs" / "draw_architecture.py"))
    with pytest.raises(ValueError, match=r"core\.attic has no room"):
        drawing["room_of"]("core.attic")


def test_an_import_upwards_is_refused():
    drawing = runpy.run_path(str(ROOT / "docs" / "draw_architecture.py"))
    imports = {"core.labels": drawing["Imports"](frozenset({"core.jobs"}), frozenset(), frozenset())}
    with pytest.raises(ValueError, match=r"core\.labels imports core\.jobs"):
        drawing["arrows"](imports)


# The tree


def test_everything_in_the_tree_exists():
    assert [path for path in tree() if not (ROOT / path).exists()] == []


def test_every_module_of_the_app_is_in_the_tree():
    modules = [path for folder in ("core", "pages") for path in (ROOT / folder).rglob("*.py")]
    named = {path.relative_to(ROOT).as_posix() for path in modules if path.name != "__init__.py"}
    assert named - tree().keys() == set()


def test_no_clause_of_the_tree_needs_an_and():
    assert [path for path, clause in tree().items() if " and " in clause] == []


# Links, commands and examples


@every_text
def test_every_local_link_leads_to_a_file(path):
    targets = re.findall(r"\]\(([^)#]+)\)", path.read_text())
    assert [target for target in targets if "://" not in target and not (path.parent / target).exists()] == []


@every_text
def test_every_command_is_a_verb_of_the_program(path, capsys):
    for verb in sorted(set(re.findall(r"python -m core ([\w-]+)", path.read_text()))):
        with pytest.raises(SystemExit) as ended:
            _parser().parse_args([verb, "--help"])
        assert ended.value.code == 0, verb


@every_text
def test_no_line_names_a_folder_of_somebody_s_machine(path):
    assert re.findall(r"(?:/home/|/Users/|/tmp/|/work/|/root/)\S*", path.read_text()) == []


@pytest.mark.parametrize("code", examples(), ids=title)
def test_an_example_is_python(code):
    compile(code, "example", "exec")


@pytest.mark.parametrize("code", [code for code in examples() if ".add(" in code], ids=title)
def test_an_example_entry_is_accepted(code):
    code = code.replace('.add(\n    "', '.add(\n    "example_')  # somebody may have added it under its own name
    ended = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
