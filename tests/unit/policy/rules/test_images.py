"""Images that say their version."""

from typing import Any

import pytest

from policy.resources import UNKNOWN
from tests.unit.policy.declared import backend, found, server, settings, with_value
from tests.unit.policy.rules.places import CONTAINER, POD


@pytest.mark.parametrize(
    "image",
    [
        "shop/backend",
        "shop/backend:latest",
        "registry:5000/backend",
        "shop/backend:1.0.0@sha256:abc",
        "shop/backend:latest@",
        "shop/backend:-1",
        UNKNOWN,
    ],
)
def test_an_image_without_a_version_is_refused_in_production(image: Any) -> None:
    spoiled = with_value(backend("stg"), (*CONTAINER, "image"), image)
    assert "image-version" in found(spoiled)
    hosts = '{"productionHost": "shop.example.com", "stagingHost": "stg.example.com"}'
    assert not found(spoiled, settings(production="false", ingress=hosts))


@pytest.mark.parametrize("image", ["shop/backend", "shop/backend:latest", "registry:5000/backend:1.0.0"])
def test_a_digest_is_a_version(image: str) -> None:
    assert not found(with_value(backend("stg"), (*CONTAINER, "image"), f"{image}@sha256:{'0' * 64}"))


def test_a_volume_s_image_has_a_version_as_well() -> None:
    volumes = [*backend("stg").props["spec"]["template"]["spec"]["volumes"], {"name": "files"}]
    for reference, said in (("shop/files", ["image-version"]), ("shop/files:1.0.0", [])):
        volumes[-1] = {"name": "files", "image": {"reference": reference}}
        assert list(found(with_value(backend("stg"), (*POD, "volumes"), volumes))) == said


def test_an_image_of_the_server_that_is_always_pulled_by_itself_is_refused() -> None:
    """The cluster pulls one without a version each time, where no policy is said."""
    unsaid = with_value(server(), (*CONTAINER, "imagePullPolicy"), None)
    assert not found(unsaid)
    assert "server-pull-policy" in found(with_value(unsaid, (*CONTAINER, "image"), "mysql"))


@pytest.mark.parametrize("policy", ["Always", UNKNOWN])
def test_the_server_is_not_pulled_again(policy: Any) -> None:
    always = with_value(server(), (*CONTAINER, "imagePullPolicy"), policy)
    assert "server-pull-policy" in found(always)
    kept = with_value(always, ("metadata", "annotations"), {"ateliercadrart.com/pull-policy": "Always, as before"})
    assert not found(kept)
    assert not found(with_value(backend("stg"), (*CONTAINER, "imagePullPolicy"), policy))
