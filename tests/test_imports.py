"""Imports run one way: dashboard -> pages -> pages/shared -> core, and inside core from high to low."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
LAYERS = [
    {"errors", "registry", "labels", "settings", "storage"},
    {"child", "weights", "backbones", "linear_rule", "face_networks"},
    {"image_files", "image_headers", "cleaning"},
    {"datasets", "catalog"},
    {"ledger", "measures"},
    {"augmentation", "statistics", "splits", "sampling", "evaluation"},
    {"batches"},
    {"annotators", "duplicates", "quality", "shortcuts"},
    {"thumbnails", "pixels", "previews", "models", "losses"},
    {"leakage", "training"},
    {"votes", "feature_cache"},
    {"findings", "flags"},
    {"job_files", "runs"},
    {"sweeps", "synthesis", "groups"},
    {"wrong_way", "fold", "faces"},
    {"cutting", "predictors", "audit", "exchange"},
    {"jobs", "worker", "experiment", "documents", "reliability", "explanation", "embedding"},
    {"prediction", "neighbourhood", "stability"},
    {"stacking"},
    {"pace"},
    {"cluster"},
    {"sweep_runner"},
    {"replication"},
    {"commands"},
    {"__main__"},
]
"""Low to high: a module imports from its own layer and from those before it."""
HEIGHT = {name: height for height, layer in enumerate(LAYERS) for name in layer}
SLOW = {"torch", "torchvision", "sklearn", "imblearn", "onnxruntime", "onnx", "safetensors"}
"""What costs seconds to import; pages open without it."""

CORE = sorted((ROOT / "core").rglob("*.py"))
PAGES = sorted((ROOT / "pages").glob("*.py"))
SHARED = sorted((ROOT / "pages" / "shared").glob("*.py"))


def imported(path: Path) -> set[str]:
    """Every module that a file imports, wherever it does, by its full name; `from core import x` counts as core.x."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide where they lead"
            whole = node.module in ("core", "pages", "pages.shared")
            found |= {f"{node.module}.{alias.name}" for alias in node.names} if whole else {node.module}
    return found


def tops(path: Path) -> set[str]:
    return {name.split(".")[0] for name in imported(path)}


def below_core(names: set[str]) -> set[str]:
    """The modules and packages right below core among these."""
    return {name.split(".")[1] for name in names if name.startswith("core.")}


def part(path: Path) -> str:
    """Which module or package right below core a file belongs to."""
    return path.relative_to(ROOT / "core").parts[0].removesuffix(".py")


def shown(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", CORE, ids=shown)
def test_core_knows_nothing_of_the_browser(path):
    assert not tops(path) & {"streamlit", "pages", "dashboard"}


@pytest.mark.parametrize("path", [path for path in CORE if part(path) not in ("__init__", "figures")], ids=shown)
def test_a_module_of_core_imports_only_what_lies_below_it(path):
    assert part(path) in HEIGHT, "a new module has its place in LAYERS"
    higher = {name for name in below_core(imported(path)) if HEIGHT.get(name, 99) > HEIGHT[part(path)]}
    assert higher == set()


@pytest.mark.parametrize("path", sorted((ROOT / "core" / "figures").glob("*.py")), ids=shown)
def test_figures_see_only_results(path):
    assert below_core(imported(path)) <= {"figures", "evaluation"}


def test_the_layers_name_nothing_that_is_gone():
    assert set(HEIGHT) <= {part(path) for path in CORE}


@pytest.mark.parametrize("path", PAGES, ids=shown)
def test_a_page_does_no_arithmetic_of_its_own(path):
    assert not tops(path) & {*SLOW, "numpy", "pandas", "PIL", "plotly"}


@pytest.mark.parametrize("path", PAGES, ids=shown)
def test_a_page_imports_no_other_page(path):
    pages = {f"pages.{page.stem}" for page in PAGES}
    assert not imported(path) & pages


@pytest.mark.parametrize("path", SHARED, ids=shown)
def test_what_pages_share_imports_no_page(path):
    assert all(name.startswith("pages.shared.") for name in imported(path) if name.startswith("pages."))


@pytest.mark.parametrize("path", [*SHARED, ROOT / "dashboard.py"], ids=shown)
def test_the_app_s_frame_imports_nothing_slow(path):
    assert not tops(path) & SLOW


def test_opening_a_page_imports_nothing_slow():
    names = set().union(*(imported(path) for path in [*PAGES, *SHARED, ROOT / "dashboard.py"]))
    modules = {name for name in names if name.startswith(("core.", "pages."))}
    modules |= {f"pages.shared.{path.stem}" for path in SHARED}
    script = (
        "import importlib, sys\n"
        f"for name in {sorted(modules)}: importlib.import_module(name)\n"
        f"print(sorted(set(sys.modules) & {SLOW}))"
    )
    result = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert result.stdout == "[]\n"


def test_listing_what_can_be_chosen_imports_nothing_slow():
    script = f"import sys, core.__main__; core.__main__.main(['list', 'models']); print(set(sys.modules) & {SLOW})"
    result = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert result.stdout.splitlines()[-1] == "set()"
