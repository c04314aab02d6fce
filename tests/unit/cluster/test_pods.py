"""What is read of a pod, whoever has put containers into it."""

from typing import Any

from cadrart_infra.cluster.pods import digests, image_of, own_container


def pod(*containers: str, labels: dict[str, str] | None = None) -> dict[str, Any]:
    return {
        "metadata": {"labels": labels},
        "spec": {"containers": [{"name": name, "image": f"shop/{name}:1"} for name in containers]},
        "status": {"containerStatuses": [{"name": name, "imageID": f"x@sha256:{name}"} for name in containers]},
    }


def test_a_container_that_a_webhook_puts_before_the_shop_s_own_does_not_count() -> None:
    meshed = pod("istio-proxy", "backend-blue", labels={"io.kompose.service": "backend-blue"})
    assert image_of(meshed) == "shop/backend-blue:1"
    assert digests([meshed]) == {"sha256:backend-blue"}


def test_the_first_one_counts_where_none_has_the_deployment_s_name() -> None:
    assert own_container(pod("main", "more", labels={"io.kompose.service": "backend-blue"}))["name"] == "main"
    assert own_container(pod("main", "more"))["name"] == "main"
