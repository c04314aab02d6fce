"""Who reaches the database, with the policies enforced as k3s enforces them."""

import pytest

from sandbox.shop import images as shop_images
from sandbox.shop.handle import Shop


@pytest.mark.parametrize(
    ("label", "seen"),
    [
        ("backend-blue", ["open", "open"]),
        ("stranger", ["closed", "open"]),
        ("cadrart-rehearsal", ["closed", "closed"]),
    ],
)
def test_only_backends_reach_the_database_and_a_rehearsal_reaches_nothing(
    shop: Shop, label: str, seen: list[str]
) -> None:
    services = shop.get("services")
    addresses = [
        f"{services[f'service/{name}']['spec']['clusterIP']}/{port}"
        for name, port in {"db": 3306, "backend-prod-proxy": 3000}.items()
    ]
    script = "; ".join(
        f"timeout 5 bash -c '</dev/tcp/{address}' 2>/dev/null && echo open || echo closed" for address in addresses
    )
    pod = f"knocks-as-{label}"
    try:
        # The node learns of a new pod's address a moment after the pod runs.
        shop.kubectl(
            *("run", pod, "--restart=Never", f"--labels=io.kompose.service={label}"),
            *(f"--image={shop_images.MYSQL_IMAGE}", "--image-pull-policy=IfNotPresent"),
            *("--command", "--", "bash", "-c", f"sleep 2; {script}"),
        )
        shop.kubectl("wait", f"pod/{pod}", "--for=jsonpath={.status.phase}=Succeeded", "--timeout=60s")
        assert shop.kubectl("logs", pod).split() == seen
    finally:
        shop.kubectl("delete", "pod", pod, "--wait=false", "--ignore-not-found")
