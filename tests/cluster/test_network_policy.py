"""Who reaches the database, with the policies enforced as k3s enforces them."""

from collections.abc import Iterator

import pytest

from sandbox.shop import images as shop_images
from sandbox.shop.handle import Shop

SEEN = {
    "backend-blue": ["open", "open"],
    "stranger": ["closed", "open"],
    "cadrart-rehearsal": ["closed", "closed"],
}
"""By the label of a pod: whether the database and production's backend take its connection."""


@pytest.fixture(scope="module")
def knocking(shop: Shop) -> Iterator[dict[str, str]]:
    """A pod of each label that tries both and ends, by its label; they try at once, for a closed door takes long."""
    services = shop.get("services")
    addresses = [
        f"{services[f'service/{name}']['spec']['clusterIP']}/{port}"
        for name, port in {"db": 3306, "backend-prod-proxy": 3000}.items()
    ]
    script = "; ".join(
        f"timeout 5 bash -c '</dev/tcp/{address}' 2>/dev/null && echo open || echo closed" for address in addresses
    )
    pods = {label: f"knocks-as-{label}" for label in SEEN}
    try:
        for label, pod in pods.items():
            # The node learns of a new pod's address a moment after the pod runs.
            shop.kubectl(
                *("run", pod, "--restart=Never", f"--labels=io.kompose.service={label}"),
                *(f"--image={shop_images.MYSQL_IMAGE}", "--image-pull-policy=IfNotPresent"),
                *("--command", "--", "bash", "-c", f"sleep 2; {script}"),
            )
        yield pods
    finally:
        shop.kubectl("delete", "pod", *pods.values(), "--wait=false", "--ignore-not-found")


@pytest.mark.parametrize(("label", "seen"), SEEN.items())
def test_only_backends_reach_the_database_and_a_rehearsal_reaches_nothing(
    shop: Shop, knocking: dict[str, str], label: str, seen: list[str]
) -> None:
    pod = knocking[label]
    shop.kubectl("wait", f"pod/{pod}", "--for=jsonpath={.status.phase}=Succeeded", "--timeout=60s")
    assert shop.kubectl("logs", pod).split() == seen
