"""The texts of an error, followed from where it is raised to the strings that it is made of."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from cadrart_infra.error_reference.sources import Function, Module, Raised, Sources

VARIES = "…"
"""Stands for what differs from case to case."""
_WORDS = 3
"""A text of fewer words is no message."""
_KEEP_TEXTS = ("join", "format", "explained", "with_outcome", "splitlines", "strip")
"""Methods of other objects whose arguments become a part of the text; those of others are questions to a server."""
_NOT_SAID = ("SELECT ", "SHOW ", "GRANT ", "(?P", "!f()", "/api", "apis/")
"""How statements, patterns and addresses begin."""
_WORD = re.compile(r"[A-Za-z]{2,}")


def messages(sources: Sources) -> dict[str, list[str]]:
    """Every text of every class of errors, by the class's name, in the order of the alphabet."""
    found: dict[str, set[str]] = {name: set() for name in sources.errors}
    for raised in sources.raised:
        found[raised.kind].update(texts(sources, raised))
    return {name: sorted(one) for name, one in found.items()}


def texts(sources: Sources, raised: Raised) -> set[str]:
    """The texts that an error may have which is raised in one place."""
    search = _Search(sources)
    for argument in raised.arguments:
        search.follow(argument, raised.module, raised.function)
    return {text for text in search.found if _is_said(text)}


def _is_said(text: str) -> bool:
    return len(_WORD.findall(text)) >= _WORDS and not text.startswith(_NOT_SAID)


@dataclass
class _Search:
    """Goes from an expression to every string that its text can be made of."""

    sources: Sources
    found: set[str] = field(default_factory=set)
    seen: set[int] = field(default_factory=set)

    def follow(self, node: ast.AST, module: Module, function: Function | None) -> None:
        if id(node) in self.seen:
            return
        self.seen.add(id(node))
        match node:
            case ast.Constant() | ast.JoinedStr() | ast.BinOp(op=ast.Add()):
                self.found.add(_text(node))
                for part in _varying(node):
                    self.follow(part, module, function)
            case ast.Name(id=name):
                self._variable(name, module, function)
            case ast.Call(func=called):
                self._call(called, module)
                if _keeps_texts(called):
                    self._below(node, module, function)
            case ast.Lambda(body=body):
                self.follow(body, module, function)
            case _:
                self._below(node, module, function)

    def _below(self, node: ast.AST, module: Module, function: Function | None) -> None:
        for child in ast.iter_child_nodes(node):
            self.follow(child, module, function)

    def _variable(self, name: str, module: Module, function: Function | None) -> None:
        if function:
            for value in _assigned(function).get(name, ()):
                self.follow(value, module, function)
        if name in module.constants:
            self.follow(module.constants[name], module, None)
        self._elsewhere(name, module)

    def _call(self, called: ast.expr, module: Module) -> None:
        name = called.id if isinstance(called, ast.Name) else ""
        if isinstance(called, ast.Attribute) and _own(called):
            name = called.attr
        if name in module.functions:
            self._results(module.functions[name], module)

    def _elsewhere(self, name: str, module: Module) -> None:
        """A function or a constant of another module."""
        there, its_name = module.imports.get(name, ("", ""))
        other = self.sources.modules.get(there)
        if other and its_name in other.functions:
            self._results(other.functions[its_name], other)
        elif other and its_name in other.constants:
            self.follow(other.constants[its_name], other, None)

    def _results(self, function: Function, module: Module) -> None:
        for node in ast.walk(function):
            if isinstance(node, ast.Return | ast.Yield | ast.YieldFrom) and node.value:
                self.follow(node.value, module, function)


def _keeps_texts(called: ast.expr) -> bool:
    """Whether what is called makes a text of its arguments, and does not ask a server with them."""
    return not isinstance(called, ast.Attribute) or _own(called) or called.attr in _KEEP_TEXTS


def _own(called: ast.expr) -> bool:
    """Whether it is a method of the same object."""
    return isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name) and called.value.id == "self"


@cache
def _assigned(function: Function) -> Mapping[str, Sequence[ast.expr]]:
    """What each variable of a function is made from: assigned, or one of what is looped over."""
    found: dict[str, list[ast.expr]] = defaultdict(list)
    for node in ast.walk(function):
        for target, value in _assignments(node):
            for name in _names(target):
                found[name].append(value)
    return found


def _assignments(node: ast.AST) -> Iterator[tuple[ast.expr, ast.expr]]:
    match node:
        case ast.Assign(targets=targets, value=value):
            yield from ((target, value) for target in targets)
        case ast.NamedExpr(target=target, value=value):
            yield target, value
        case ast.For(target=target, iter=value) | ast.comprehension(target=target, iter=value):
            yield target, value


def _names(target: ast.expr) -> set[str]:
    return {node.id for node in ast.walk(target) if isinstance(node, ast.Name)}


def _text(node: ast.AST) -> str:
    """A text that stands there, with what varies left open."""
    return _plain("".join(part if isinstance(part, str) else VARIES for part in _parts(node)))


def _varying(node: ast.AST) -> Iterator[ast.AST]:
    """What is put into a text."""
    return (part for part in _parts(node) if not isinstance(part, str))


def _parts(node: ast.AST) -> Iterator[str | ast.AST]:
    """A text piece by piece: what stands there, and the expressions between."""
    match node:
        case ast.Constant(value=value):
            yield str(value)
        case ast.JoinedStr(values=values):
            for value in values:
                yield from _parts(value)
        case ast.FormattedValue(value=value):
            yield value
        case ast.BinOp(left=left, right=right, op=ast.Add()):
            yield from _parts(left)
            yield from _parts(right)
        case _:
            yield node


def _plain(text: str) -> str:
    return re.sub(rf"{VARIES}(\s*{VARIES})+", VARIES, " ".join(text.split()))
