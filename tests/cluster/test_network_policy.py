"""Who reaches the database, with the policies enforced as k3s enforces them."""

import pytest

from sandbox.shop import images as shop_images
from sandbox.shop.handle import Shop


@pytest.mark.parametrize(("label", "seen"), [("backend-blue", "open"), ("stranger", "closed")])
def test_only_backends_reach_the_database(shop: Shop, label: str, seen: str) -> None:
    script = "timeout 5 bash -c '</dev/tcp/db/3306' 2>/dev/null && echo open || echo closed"
    pod = f"knocks-as-{label}"
    try:
        # The node learns of a new pod's address a moment after the pod runs.
        shop.kubectl(
            *("run", pod, "--restart=Never", f"--labels=io.kompose.service={label}"),
            *(f"--image={shop_images.MYSQL_IMAGE}", "--image-pull-policy=IfNotPresent"),
            *("--command", "--", "bash", "-c", f"sleep 2; {script}"),
        )
        shop.kubectl("wait", f"pod/{pod}", "--for=jsonpath={.status.phase}=Succeeded", "--timeout=60s")
        assert shop.kubectl("logs", pod).strip() == seen
    finally:
        shop.kubectl("delete", "pod", pod, "--wait=false", "--ignore-not-found")
