"""The sources of the shop's stand-in images."""

import subprocess

import pytest

from sandbox.paths import REPOSITORY
from sandbox.shop import images

_SOURCES = REPOSITORY / "sandbox" / "images" / "shop"


@pytest.mark.parametrize("check", [["vet"], ["test"]], ids=["vet", "test"])
def test_go_finds_nothing_wrong(check: list[str]) -> None:
    done = subprocess.run(
        ["go", *check, "./..."],
        cwd=_SOURCES,
        env=images.go_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_they_are_formatted() -> None:
    done = subprocess.run(["gofmt", "-l", "."], cwd=_SOURCES, capture_output=True, text=True, check=True)
    assert done.stdout == ""
