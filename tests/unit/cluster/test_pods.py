"""What is read of a pod, whoever has put containers into it."""

from typing import Any

import pytest

from cadrart_infra.cluster.pods import image_asked_for, image_digests, image_of, own_container, why_unscheduled


def pod(*containers: str, labels: dict[str, str] | None = None) -> dict[str, Any]:
    return {
        "metadata": {"labels": labels},
        "spec": {"containers": [{"name": name, "image": f"shop/{name}:1"} for name in containers]},
        "status": {"containerStatuses": [{"name": name, "imageID": f"x@sha256:{name}"} for name in containers]},
    }


def test_a_container_that_a_webhook_puts_before_the_shop_s_own_does_not_count() -> None:
    meshed = pod("istio-proxy", "backend-blue", labels={"io.kompose.service": "backend-blue"})
    assert image_of(meshed) == "shop/backend-blue:1"
    assert image_digests([meshed]) == {"sha256:backend-blue"}


def test_the_first_one_counts_where_none_has_the_deployment_s_name() -> None:
    assert own_container(pod("main", "more", labels={"io.kompose.service": "backend-blue"}))["name"] == "main"
    assert own_container(pod("main", "more"))["name"] == "main"


FULL = "0/1 nodes are available: 1 Insufficient memory."
NO_VICTIM = "0/1 nodes are available: 1 No preemption victims found for incoming pod."


@pytest.mark.parametrize(
    "more", ["", f" preemption: {NO_VICTIM}", f" no new claims to deallocate, preemption: {NO_VICTIM}"]
)
def test_why_no_node_takes_a_pod_is_said_without_who_would_not_make_room_for_it(more: str) -> None:
    condition = {"type": "PodScheduled", "status": "False", "message": FULL + more}
    assert why_unscheduled({"status": {"conditions": [condition]}}) == FULL


BY_ITS_MAKER: dict[str, Any] = {"f:metadata": {"f:generateName": {}}, "f:spec": {"f:containers": {}}}
MADE = {"manager": "kube-controller-manager", "fieldsV1": BY_ITS_MAKER}
MADE_ON_K3S = {"manager": "k3s", "fieldsV1": BY_ITS_MAKER}
RESIZED = {"manager": "kubectl-patch", "subresource": "resize", "fieldsV1": {"f:spec": {"f:containers": {}}}}
STARTED = {"manager": "kubelet", "subresource": "status", "fieldsV1": {"f:status": {}}}
SET = {"manager": "kubectl-set", "fieldsV1": {"f:spec": {"f:containers": {}}}}


def renamed(*written: dict[str, Any], owner: str = "1") -> dict[str, Any]:
    found = pod("backend-blue", labels={"io.kompose.service": "backend-blue"})
    found["spec"]["containers"][0]["image"] = "mirror.example.com/backend-blue:1"
    found["metadata"] |= {"ownerReferences": [{"uid": owner}], "managedFields": list(written)}
    return found


def test_an_image_that_a_webhook_names_otherwise_is_the_one_that_was_asked_for() -> None:
    makers = [{"metadata": {"uid": "1"}, "spec": {"template": pod("backend-blue")}}]
    assert image_asked_for(renamed(MADE, STARTED, RESIZED), makers) == "shop/backend-blue:1"
    assert image_asked_for(renamed(MADE_ON_K3S, STARTED), makers) == "shop/backend-blue:1"
    assert image_asked_for(renamed(MADE, SET), makers) == "mirror.example.com/backend-blue:1"
    assert image_asked_for(renamed(MADE, owner="2"), makers) == "mirror.example.com/backend-blue:1"
    assert image_asked_for(pod("backend-blue"), makers) == "shop/backend-blue:1"
