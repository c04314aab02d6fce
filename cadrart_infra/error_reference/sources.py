"""The program's own sources as syntax trees: its classes of errors, its functions, what each module imports."""

from __future__ import annotations

import ast
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

PACKAGE = "cadrart_infra"
FOLDER = Path(__file__).resolve().parents[1]
_ROOT = "UserError"
_REFUSALS = {"refuse": "SettingsError", "RunError": _ROOT}
"""What else ends with a text for a user, and the class of errors that carries it."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Module:
    """One module; names of functions and methods are taken for unique in it, as they are."""

    name: str
    tree: ast.Module

    @cached_property
    def nodes(self) -> tuple[tuple[ast.AST, Function | None], ...]:
        """Every node with the function that it stands in, those nearer to the module's level first."""
        return tuple(_with_function(self.tree))

    @cached_property
    def functions(self) -> dict[str, Function]:
        """The module's functions and methods, by name."""
        return {node.name: node for node, _ in self.nodes if isinstance(node, Function)}

    @cached_property
    def constants(self) -> dict[str, ast.expr]:
        """What is assigned at the module's level."""
        return {
            target.id: node.value
            for node in self.tree.body
            if isinstance(node, ast.Assign | ast.AnnAssign) and node.value
            for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
            if isinstance(target, ast.Name)
        }

    @cached_property
    def imports(self) -> dict[str, tuple[str, str]]:
        """Names that come from other modules of the program: from which, and what they are called there."""
        return {
            alias.asname or alias.name: (str(node.module), alias.name)
            for node, _ in self.nodes
            if isinstance(node, ast.ImportFrom) and str(node.module).startswith(PACKAGE)
            for alias in node.names
        }


@dataclass(frozen=True)
class ErrorClass:
    """A class of errors for users, and what its docstring says of it."""

    name: str
    bases: tuple[str, ...]
    meaning: str


@dataclass(frozen=True)
class Raised:
    """A place where an error for a user is raised, with what it is made of."""

    kind: str
    module: Module
    function: Function | None
    arguments: tuple[ast.expr, ...]


@dataclass(frozen=True)
class Sources:
    """All modules of the program."""

    modules: dict[str, Module] = field(default_factory=lambda: dict(_read()))

    @cached_property
    def errors(self) -> dict[str, ErrorClass]:
        """Every class of errors for users, by name."""
        classes = {
            node.name: ErrorClass(node.name, tuple(map(_name, node.bases)), ast.get_docstring(node) or "")
            for module in self.modules.values()
            for node, _ in module.nodes
            if isinstance(node, ast.ClassDef)
        }
        return {name: one for name, one in classes.items() if _is_for_users(name, classes)}

    @cached_property
    def raised(self) -> tuple[Raised, ...]:
        """Every place where one is raised by name."""
        return tuple(self._raised())

    def _raised(self) -> Iterator[Raised]:
        for module in self.modules.values():
            for node, function in module.nodes:
                if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
                    name = _name(node.exc.func)
                    kind = _REFUSALS.get(name, name)
                    if kind in self.errors:
                        yield Raised(kind, module, function, tuple(_texts_of(node.exc, name)))


def _texts_of(raised: ast.Call, name: str) -> Iterator[ast.expr]:
    """What the text is made of; a setting's problem and its remedy stand in one text."""
    if name == "refuse":
        problem, remedy = raised.args
        full_stop = ast.BinOp(ast.Constant(". "), ast.Add(), remedy)
        yield ast.BinOp(problem, ast.Add(), full_stop)
        return
    yield from raised.args
    yield from (keyword.value for keyword in raised.keywords)


def _read() -> Iterator[tuple[str, Module]]:
    for path in sorted(FOLDER.rglob("*.py")):
        parts = path.relative_to(FOLDER.parent).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        if not name.startswith(__package__ or PACKAGE):
            yield name, Module(name, ast.parse(path.read_text("utf-8")))


def _with_function(tree: ast.AST) -> Iterator[tuple[ast.AST, Function | None]]:
    left: deque[tuple[ast.AST, Function | None]] = deque([(tree, None)])
    while left:
        node, inside = left.popleft()
        yield node, inside
        inside = node if isinstance(node, Function) else inside
        left.extend((below, inside) for below in ast.iter_child_nodes(node))


def _is_for_users(name: str, classes: dict[str, ErrorClass]) -> bool:
    return name == _ROOT or (name in classes and any(_is_for_users(base, classes) for base in classes[name].bases))


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
