"""docs/promises.md names tests that exist, and says of each whether it is a long one."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NAMED = re.findall(r"- `([^`]+)::([^`]+)`( \(long\))?", (ROOT / "docs/promises.md").read_text())


@cache
def named_tests(path: str) -> dict[str, bool]:
    """The tests of a file, and whether each has the marker `endurance`."""
    module = ast.parse((ROOT / path).read_text())
    everywhere = any("endurance" in ast.unparse(one) for one in module.body if _is_pytestmark(one))
    return {
        one.name: everywhere or any("endurance" in ast.unparse(mark) for mark in one.decorator_list)
        for one in module.body
        if isinstance(one, ast.FunctionDef) and one.name.startswith("test_")
    }


def _is_pytestmark(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "pytestmark"


def test_the_page_names_tests() -> None:
    assert len(NAMED) > 30


@pytest.mark.parametrize(("path", "name", "long"), NAMED)
def test_every_named_test_is_there(path: str, name: str, long: str) -> None:
    tests = named_tests(path)
    assert name in tests
    assert tests[name] == bool(long)
