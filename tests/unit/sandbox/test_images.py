"""The stand-in images: their names, and the checks of their Go sources."""

import os
import shutil
import subprocess

import pytest

from sandbox.paths import REPOSITORY
from sandbox.shop import images as shop_images

_GO_SOURCES = REPOSITORY / "sandbox" / "images" / "shop"


def test_every_release_has_both_workloads() -> None:
    for release in shop_images.RELEASES:
        assert shop_images.image("backend", release) == f"docker.io/cadrart-sandbox/backend:{release}"
        assert shop_images.image("frontend", release) == f"docker.io/cadrart-sandbox/frontend:{release}"


def test_only_the_backend_can_be_broken() -> None:
    for release in shop_images.BROKEN:
        assert shop_images.image("backend", release).endswith(f"backend:{release}")
        with pytest.raises(ValueError, match=release):
            shop_images.image("frontend", release)


def test_an_unknown_release_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"3\.0\.0.*1\.0\.0, 1\.1\.0, 2\.0\.0"):
        shop_images.image("backend", "3.0.0")


@pytest.mark.skipif(shutil.which("go") is None, reason="the stand-ins are written in Go, which is not here")
@pytest.mark.parametrize("check", [["vet"], ["test"]], ids=["vet", "test"])
def test_go_sources(check: list[str]) -> None:
    environment = {**os.environ, "CGO_ENABLED": "0", "GOFLAGS": "-buildvcs=false -mod=readonly"}
    done = subprocess.run(
        ["go", *check, "./..."], cwd=_GO_SOURCES, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.skipif(shutil.which("gofmt") is None, reason="gofmt is not here")
def test_go_sources_are_formatted() -> None:
    done = subprocess.run(["gofmt", "-l", "."], cwd=_GO_SOURCES, capture_output=True, text=True, check=True)
    assert done.stdout == ""
