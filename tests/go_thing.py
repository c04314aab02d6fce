"""A program in Go that does nothing: what tests of the toolchain build."""

from pathlib import Path

import pytest

from sandbox.toolchain import recipes
from sandbox.toolchain.recipes import GoRecipe

THING = GoRecipe(name="thing", title="a thing", packages=(".",), binaries=("thing",))


def thing_in(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of its sources, where the toolchain finds them while the test runs."""
    monkeypatch.setattr(recipes, "SOURCES", folder)
    sources = folder / THING.name
    sources.mkdir()
    (sources / "go.mod").write_text("module thing\n")
    (sources / "go.sum").write_text("")
    (sources / "main.go").write_text("package main\n\nfunc main() {}\n")
    return sources
