"""Draw docs/pictures/architecture.svg from the imports that are really in the code."""

import ast
from dataclasses import dataclass
from html import escape
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PICTURE = ROOT / "docs" / "pictures" / "architecture.svg"

WIDTH, MARGIN, GAP = 1180, 24, 44
WIDER = {1: 20, 2: 32}  # what the gap below a floor has more: the border of core/, arrows that go far sideways
INK, SOFT, LINE = "#1F2933", "#5B6773", "#8696A5"
CHIP, CHIP_GAP, LETTER = 26, 8, 7.3  # heights and widths in pixels; LETTER is one of the monospaced font at 12
TINTS = {"browser": ("#E7F1F9", "#A9CCE4"), "core": ("#FFFFFF", "#CBD5DE"), "command": ("#E9F5EF", "#A5D3BD")}
HEAVY = {
    "streamlit": "Streamlit",
    "plotly": "Plotly",
    "torch": "PyTorch",
    "sklearn": "scikit-learn",
    "imblearn": "imbalanced-learn",
    "onnxruntime": "ONNX Runtime",
    "PIL": "Pillow",
}


@dataclass(frozen=True)
class Room:
    """Modules that belong together; a name that ends in a slash stands for a package and all that is in it."""

    title: str
    floor: int
    x: int
    width: int
    modules: tuple[str, ...]
    note: str = ""
    tint: str = "core"


# The lower a room, the larger its floor's number. A module may import from its own room and from floors below.
ROOMS = (
    Room("Entry", 0, 44, 160, ("dashboard",), tint="browser"),
    Room("Pages", 0, 224, 612, ("pages/",), "one file a page", tint="browser"),
    Room("What pages share", 1, 44, 556, ("pages/shared/",), "pieces of Streamlit", tint="browser"),
    Room("Recipes", 1, 884, 272, ("core/stacking/",), "many make one answer"),
    Room("Command line", 0, 884, 272, ("core/__main__", "core/commands/"), "the same verbs", tint="command"),
    Room("Audit", 2, 44, 276, ("core/audit", "core/findings/"), "what would mislead"),
    Room(
        "A run in use",
        2,
        344,
        492,
        (
            "core/embedding/",
            "core/prediction",
            "core/predictors",
            "core/reliability",
            "core/explanation/",
            "core/neighbourhood",
            "core/stability",
            "core/exchange/",
            "core/documents/",
        ),
    ),
    Room(
        "Experiment",
        2,
        860,
        276,
        (
            "core/experiment",
            "core/fold",
            "core/sweep_runner",
            "core/cluster",
            "core/pace",
            "core/synthesis/",
            "core/replication/",
        ),
        "one run, or many",
    ),
    Room("Jobs", 3, 44, 276, ("core/jobs", "core/worker", "core/job_files"), "a child process each"),
    Room(
        "Runs", 3, 344, 256, ("core/runs/", "core/sweeps", "core/groups", "core/wrong_way"), "folders named by a hash"
    ),
    Room(
        "Checks",
        3,
        624,
        212,
        (
            "core/quality",
            "core/duplicates/",
            "core/annotators/",
            "core/shortcuts/",
            "core/leakage/",
            "core/faces/",
            "core/cutting",
        ),
        "one question each",
    ),
    Room(
        "Training",
        3,
        860,
        276,
        ("core/training", "core/votes", "core/flags", "core/feature_cache"),
        "a generator of epochs",
    ),
    Room(
        "Menus",
        4,
        344,
        370,
        (
            "core/sampling/",
            "core/losses/",
            "core/models/",
            "core/augmentation",
            "core/batches",
            "core/previews",
            "core/backbones",
            "core/face_networks/",
            "core/linear_rule",
            "core/weights",
        ),
        "every entry is declared once",
    ),
    Room(
        "Analysis",
        4,
        738,
        398,
        ("core/statistics", "core/ledger", "core/evaluation/", "core/figures/"),
        "tables in, tables out",
    ),
    Room(
        "Data",
        5,
        344,
        792,
        ("core/datasets/", "core/catalog", "core/measures", "core/pixels", "core/thumbnails", "core/splits"),
        "one row an image",
    ),
    Room(
        "Ground",
        6,
        44,
        1092,
        (
            "core/errors",
            "core/registry",
            "core/settings",
            "core/storage",
            "core/image_files",
            "core/image_headers",
            "core/labels",
            "core/cleaning",
            "core/child",
        ),
        "knows nothing of the rest",
    ),
)


@dataclass(frozen=True)
class Imports:
    """What one module imports: modules of this project, and heavy libraries at its top or only inside functions."""

    own: frozenset[str]
    at_top: frozenset[str]
    inside: frozenset[str]


def read_imports(root: Path = ROOT) -> dict[str, Imports]:
    """Return the imports of dashboard.py and of every module below pages/ and core/."""
    files = [root / "dashboard.py", *sorted((root / "pages").rglob("*.py")), *sorted((root / "core").rglob("*.py"))]
    trees = {_name(path, root): ast.parse(path.read_text(encoding="utf-8")) for path in files}
    return {name: _imports_of(tree, trees.keys()) for name, tree in trees.items()}


def _name(path: Path, root: Path) -> str:
    return ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__")


def _imports_of(tree: ast.Module, modules) -> Imports:
    own, at_top, inside = set(), set(), set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            names = [name if name in modules else node.module for name in names]
        else:
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        own.update(name for name in names if name in modules)
        libraries = {name.split(".")[0] for name in names} & HEAVY.keys()
        (at_top if node in tree.body else inside).update(libraries)
    return Imports(frozenset(own), frozenset(at_top), frozenset(inside - at_top))


def room_of(module: str) -> Room:
    """Return the room of a module: where two name it, the one whose entry is longer."""
    named = [(len(entry), room) for room in ROOMS for entry in room.modules if _covers(entry, module)]
    if not named:
        raise ValueError(f"{module} has no room; name it in ROOMS in docs/draw_architecture.py.")
    return max(named, key=lambda found: found[0])[1]


def _covers(entry: str, module: str) -> bool:
    path = module.replace(".", "/")
    return f"{path}/".startswith(entry) if entry.endswith("/") else path == entry


def arrows(imports: dict[str, Imports]) -> list[tuple[Room, Room]]:
    """Return which room imports from which, less what follows from the others; an import upwards raises ValueError."""
    direct: dict[str, set[str]] = {room.title: set() for room in ROOMS}
    for module, found in imports.items():
        for other in found.own - {"core"}:
            here, there = room_of(module), room_of(other)
            if here != there:
                if there.floor <= here.floor:
                    raise ValueError(f"{module} imports {other}, which is not on a floor below it.")
                direct[here.title].add(there.title)

    def reach(title: str) -> set[str]:
        return direct[title].union(*map(reach, direct[title]))

    rooms = {room.title: room for room in ROOMS}
    return [
        (rooms[start], rooms[end])
        for start in direct
        for end in sorted(direct[start])
        if not any(end in reach(between) for between in direct[start] - {end})
    ]


# Drawing


def draw(root: Path = ROOT) -> str:
    """Return the picture as SVG text."""
    imports = read_imports(root)
    chips = {room.title: [] for room in ROOMS}
    libraries = {room.title: (set(), set()) for room in ROOMS}
    for module, found in imports.items():
        if module == "core":
            continue
        room = room_of(module)
        shown = _chip(module, room)
        if shown not in chips[room.title]:
            chips[room.title].append(shown)
        libraries[room.title][0].update(found.at_top)
        libraries[room.title][1].update(found.inside)
    boxes, height = _place(chips, libraries)
    top, bottom = boxes["A run in use"][1] - 20, height - MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        'role="img" font-family="Inter, Segoe UI, system-ui, Helvetica, Arial, sans-serif">',
        "<title>The house: which part imports from which</title>",
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        f'<path d="M0 0.6 L7.4 4 L0 7.4 z" fill="{LINE}"/></marker></defs>',
        _rectangle(0, 0, WIDTH, height, 18, "#FBFCFD", "#E1E7EC"),
        _rectangle(MARGIN, MARGIN, 832, boxes["What pages share"][1] + boxes["What pages share"][3] - 4, 16, "#F3F8FC"),
        _rectangle(MARGIN, top, WIDTH - 2 * MARGIN, bottom - top, 16, "#F2F4F6"),
        _text(884, 52, "Arrows show imports.", 13, INK, 600),
        _text(884, 72, "They only go down. One that follows", 12.5, SOFT),
        _text(884, 90, "from others is left out.", 12.5, SOFT),
        _text(884, 118, "core/ never imports Streamlit.", 13, INK, 600),
        *_lines(arrows(imports), boxes),
        *(part for room in ROOMS for part in _room(room, boxes[room.title], chips, libraries)),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _chip(module: str, room: Room) -> str:
    """Return what a module is called in the picture: its package where the room names that, else its file."""
    for entry in room.modules:
        if entry.startswith("core/") and entry.endswith("/") and _covers(entry, module):
            return entry.removeprefix("core/")
    stem = module.split(".")[-1]
    return f"{stem}.py" if stem in ("dashboard", "__main__") else stem


def _place(chips, libraries) -> tuple[dict[str, tuple[int, int, int, int]], int]:
    """Return x, y, width and height of each room, and the picture's height."""
    heights: dict[int, int] = {}
    for room in ROOMS:
        rows = len(_wrap(chips[room.title], room.width - 28))
        needed = 36 + rows * (CHIP + CHIP_GAP) + (22 if any(libraries[room.title]) else 4)
        heights[room.floor] = max(heights.get(room.floor, 0), needed)
    boxes, y = {}, MARGIN + 16
    for floor, height in sorted(heights.items()):
        boxes |= {room.title: (room.x, y, room.width, height) for room in ROOMS if room.floor == floor}
        y += height + GAP + WIDER.get(floor, 0)
    return boxes, y - GAP + 20 + MARGIN


def _wrap(names: list[str], width: int) -> list[list[str]]:
    rows: list[list[str]] = [[]]
    used = 0.0
    for name in names:
        needed = _chip_width(name) + CHIP_GAP
        if rows[-1] and used + needed > width + CHIP_GAP:
            rows.append([])
            used = 0.0
        rows[-1].append(name)
        used += needed
    return rows


def _chip_width(name: str) -> float:
    return len(name) * LETTER + 18


def _room(room: Room, box: tuple[int, int, int, int], chips, libraries) -> list[str]:
    x, y, width, height = box
    ground, edge = TINTS[room.tint]
    note = (
        f'<tspan dx="9" font-size="12" font-weight="400" fill="{SOFT}">{escape(room.note)}</tspan>' if room.note else ""
    )
    title = _text(x + 14, y + 24, room.title, 14, INK, 650).replace("</text>", f"{note}</text>")
    parts = [_rectangle(x, y, width, height, 12, ground, edge), title]
    line = y + 36
    for row in _wrap(chips[room.title], width - 28):
        left = x + 14.0
        for name in row:
            parts.append(_rectangle(round(left, 1), line, round(_chip_width(name), 1), CHIP, 7, "#F6F8FA", "#D7DFE6"))
            parts.append(_text(round(left + 9, 1), line + 17, name, 12, INK, mono=True))
            left += _chip_width(name) + CHIP_GAP
        line += CHIP + CHIP_GAP
    at_top, inside = libraries[room.title]
    said = [", ".join(HEAVY[name] for name in HEAVY if name in at_top)]
    if late := [HEAVY[name] for name in HEAVY if name in inside - at_top]:
        said.append(f"{', '.join(late)} when used")
    if any(said):
        parts.append(_text(x + 14, line + 10, "; ".join(filter(None, said)), 11.5, SOFT, italic=True))
    return parts


def _lines(pairs: list[tuple[Room, Room]], boxes) -> list[str]:
    """Draw the arrows: straight down where two rooms overlap, else a curve from one's near end to the other's."""
    taken: dict[tuple[str, str], int] = {}
    parts = []
    for start, end in pairs:
        (x1, y1, w1, h1), (x2, y2, w2, _) = boxes[start.title], boxes[end.title]
        left, right = max(x1, x2) + 20, min(x1 + w1, x2 + w2) - 20
        if left < right:
            a = b = (left + right) // 2
        else:
            side = 1 if x2 > x1 else -1
            a = _end(start.title, x1, w1, side, taken)
            b = _end(end.title, x2, w2, -side, taken)
        y1, y2 = y1 + h1, y2 - 3
        # A long arrow goes straight down first, past the floors between.
        first, last = (round(0.75 * (y2 - y1)), 90) if end.floor - start.floor > 2 else ((y2 - y1) // 2, 56)
        parts.append(
            f'<path d="M{a} {y1} C{a} {y1 + first} {b} {y2 - last} {b} {y2}" fill="none" stroke="{LINE}" '
            'stroke-width="1.6" marker-end="url(#tip)"/>'
        )
    return parts


def _end(title: str, x: int, width: int, side: int, taken: dict[tuple[str, str], int]) -> int:
    """Return where an arrow meets a room's edge on its left (-1) or right (1), beside the arrows already there."""
    key = (title, "right" if side > 0 else "left")
    taken[key] = taken.get(key, 0) + 1
    inwards = 22 * taken[key]
    return x + width - inwards if side > 0 else x + inwards


def _rectangle(x: float, y: float, width: float, height: float, radius: int, fill: str, stroke: str = "none") -> str:
    return f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="{radius}" fill="{fill}" stroke="{stroke}"/>'


def _text(
    x: float, y: float, text: str, size: float, fill: str, weight: int = 400, mono: bool = False, italic: bool = False
) -> str:
    font = ' font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, DejaVu Sans Mono, monospace"' if mono else ""
    style = ' font-style="italic"' if italic else ""
    look = f'font-size="{size}" font-weight="{weight}" fill="{fill}"{font}{style}'
    return f'<text x="{x}" y="{y}" {look}>{escape(text)}</text>'


if __name__ == "__main__":
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    PICTURE.write_text(draw(), encoding="utf-8")
