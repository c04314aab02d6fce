"""Imports go one way: a room never imports one that stands above it."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

PACKAGE = "cadrart_infra"
ROOT = Path(__file__).parents[2] / PACKAGE
ARCHITECTURE = ROOT.parent / "docs" / "architecture.md"

# Each room, and what of this program it may import besides itself. `user_errors` is what every error derives from.
MAY_IMPORT = {
    "user_errors": set[str](),
    "model": set[str](),
    "mysql": {"user_errors", "terminal"},
    "github": {"user_errors"},
    "naming": {"model"},
    "cluster": {"user_errors", "relative_time", "terminal", "naming", "model"},
    "rights": {"cluster", "naming"},
    "workloads": {"naming", "model"},
    "traffic": {"workloads", "naming", "model"},
    "hooks": {"user_errors", "history"},
    "image_pull": set[str](),
    "terminal": set[str](),
    "interruption": {"user_errors", "terminal"},
    "relative_time": set[str](),
    "pod_security": {"cluster"},
    "server_variables": set[str](),
    "server_memory": {"server_variables"},
    "dynamic": {"user_errors", "hooks"},
    "drift": {"cluster", "naming", "hooks"},
    "history": {"cluster", "terminal", "naming", "model"},
    "engine": {"user_errors", "cluster", "history"},
    "rotation": {"user_errors", "cluster", "dynamic", "workloads", "naming", "model"},
    "settings": {"user_errors", "workloads", "image_pull", "server_variables", "server_memory", "model"},
    "live": {"cluster", "database_server", "traffic", "workloads", "image_pull", "pod_security", "naming", "model"},
    "plan": {
        "settings",
        "history",
        "live",
        "database_server",
        "traffic",
        "workloads",
        "image_pull",
        "pod_security",
        "rotation",
        "naming",
        "model",
    },
}
NEVER_IN_THESE = {"pulumi", "kubernetes"}
# Who may import whom among the higher rooms: nothing below these is reached from one that is named below it.
ABOVE = {
    "staging_sync": {"shop", "review", "settings", "components", "promotion", "backup", "accounts"},
    "backup": {"shop", "review", "settings", "components", "promotion", "staging_sync", "rehearsal"},
    "migration": {"shop", "settings", "components", "promotion", "staging_sync", "backup", "accounts", "rehearsal"},
    "accounts": {"shop", "settings", "components", "promotion", "staging_sync", "backup"},
    "database_server": {
        "shop",
        "settings",
        "components",
        "promotion",
        "staging_sync",
        "backup",
        "accounts",
        "rehearsal",
    },
    "rehearsal": {"shop", "components", "promotion", "staging_sync", "accounts"},
    "components": {"shop", "promotion", "review"},
    "promotion": {"shop", "review", "update"},
    "update": {"shop", "review", "cli"},
    "review": {"shop", "cli", "update"},
}


def modules(room: str) -> list[Path]:
    folder = ROOT / room
    return sorted(folder.rglob("*.py")) if folder.is_dir() else [ROOT / f"{room}.py"]


def rooms() -> list[Path]:
    """All that there are: folders, and modules beside them."""
    found = [path for path in ROOT.iterdir() if path.suffix == ".py" or (path / "__init__.py").is_file()]
    return [path for path in found if path.name not in ("__init__.py", "__main__.py")]


@functools.cache
def imported(module: Path) -> frozenset[str]:
    """Every module that this one imports, wherever in it, also for types alone."""
    return frozenset(_imported(module))


def _imported(module: Path) -> Iterator[str]:
    for node in statements(ast.parse(module.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{module} imports relatively, which this test does not follow"
            yield str(node.module)
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def statements(inside: ast.AST) -> Iterator[ast.AST]:
    """All of them, in each other too. Most nodes of a module are expressions, in which no statement stands."""
    for name in ("body", "orelse", "finalbody", "handlers", "cases"):
        below = getattr(inside, name, ())
        for node in below if isinstance(below, list) else ():
            yield node
            yield from statements(node)


def rooms_of(module: Path) -> set[str]:
    """The rooms of this program that a module imports."""
    return {name.split(".")[1] for name in imported(module) if name.startswith(f"{PACKAGE}.")}


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_a_lower_room_imports_nothing_above_it(room: str) -> None:
    assert modules(room)
    found = {str(module.relative_to(ROOT)): rooms_of(module) - MAY_IMPORT[room] - {room} for module in modules(room)}
    assert {module: rooms for module, rooms in found.items() if rooms} == {}


@pytest.mark.parametrize("room", ABOVE)
def test_a_higher_room_imports_none_that_stands_above_it(room: str) -> None:
    found = {str(module.relative_to(ROOT)): rooms_of(module) & ABOVE[room] for module in modules(room)}
    assert {module: rooms for module, rooms in found.items() if rooms} == {}


@pytest.mark.parametrize("room", ["mysql", "github"])
def test_the_rooms_of_the_database_and_of_github_know_no_engine_and_no_cluster(room: str) -> None:
    found = {name for module in modules(room) for name in imported(module)}
    assert {name for name in found if name.split(".")[0] in NEVER_IN_THESE} == set()


def test_every_room_has_its_place_in_the_architecture() -> None:
    table = ARCHITECTURE.read_text()
    names = {f"`{path.name}{'/' if path.is_dir() else ''}`" for path in rooms()}
    assert {name for name in names if name not in table} == set()


def test_every_arrow_of_the_architecture_is_an_import() -> None:
    (picture,) = re.findall(r"```mermaid\nflowchart TD\n(.*?)```", ARCHITECTURE.read_text(), re.DOTALL)
    arrows = [line.split("-->") for line in picture.splitlines() if "-->" in line]
    drawn = {(one, other) for left, right in arrows for one in drawn_rooms(left) for other in drawn_rooms(right)}
    program = {"main": rooms_of(ROOT.parent / "__main__.py")}
    program |= {path.stem: {one for module in modules(path.stem) for one in rooms_of(module)} for path in rooms()}
    assert {(one, other) for one, other in drawn if other not in program[one]} == set()


def drawn_rooms(side: str) -> list[str]:
    """The rooms on one side of an arrow: `a["a.py"] & b`."""
    return re.findall(r"(?:^|&)\s*(\w+)", side)


def test_no_rooms_import_each_other_in_a_circle() -> None:
    """Also those that no table above names."""
    names = {path.stem for path in rooms()}
    require_no_circle({room: {found for one in modules(room) for found in rooms_of(one)} & names for room in names})


def test_no_modules_import_each_other_in_a_circle() -> None:
    """Within the rooms of the database, where circles once were hidden behind TYPE_CHECKING."""
    graph = {
        _dotted(module): {name for name in imported(module) if name.startswith(f"{PACKAGE}.")}
        for room in ("mysql", "staging_sync", "backup", "accounts")
        for module in modules(room)
    }
    require_no_circle(graph)


def require_no_circle(graph: Mapping[str, set[str]]) -> None:
    """Takes away what imports nothing that is left, until nothing is."""
    waiting = dict(graph)
    while waiting:
        free = [name for name, needs in waiting.items() if not needs & waiting.keys() - {name}]
        assert free, f"these import each other: {sorted(waiting)}"
        for name in free:
            del waiting[name]


def _dotted(module: Path) -> str:
    parts = module.relative_to(ROOT.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
