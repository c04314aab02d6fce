"""Which of the packages beside the program may import which."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.paths import REPOSITORY


@pytest.mark.parametrize(
    ("package", "forbidden"),
    [
        ("benchmarks", {"tests"}),
        ("sandbox", {"tests", "benchmarks"}),
        ("tests/database", {"benchmarks"}),
        ("tests/cluster", {"benchmarks"}),
        ("cadrart_infra", {"tests", "benchmarks", "sandbox"}),
    ],
)
def test_what_is_shared_lies_in_the_sandbox(package: str, forbidden: set[str]) -> None:
    modules = sorted((REPOSITORY / package).rglob("*.py"))
    assert modules
    found = {module.name: top for module in modules for top in imported(module, forbidden) if top in forbidden}
    assert found == {}


def imported(module: Path, looked_for: set[str]) -> Iterator[str]:
    """The top-level packages that a module imports, wherever in it, and those that it runs by `-m`.

    A module without any of the names `looked_for` is not parsed, which takes its time.
    """
    text = module.read_text()
    nodes = ast.walk(ast.parse(text)) if any(name in text for name in looked_for) else ()
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (name.name.partition(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.partition(".")[0]
        elif isinstance(node, ast.List) and "-m" in (texts := _strings(node)):
            yield from (text.partition(".")[0] for text in texts[texts.index("-m") + 1 :][:1])


def _strings(node: ast.List) -> list[str]:
    return [each.value for each in node.elts if isinstance(each, ast.Constant) and isinstance(each.value, str)]
