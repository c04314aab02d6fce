"""The stand-in images and their names."""

import pytest

from sandbox.shop import images as shop_images


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
