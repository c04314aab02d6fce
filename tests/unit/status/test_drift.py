"""What the status finds of what people did to the shop."""

import copy
from typing import Any

import pytest

from cadrart_infra import naming
from cadrart_infra.cluster.kinds import key_of
from cadrart_infra.settings.environments import IngressSettings
from cadrart_infra.status.drift import find_drift
from cadrart_infra.status.ingress import why_unreached
from cadrart_infra.status.status import read_status
from cadrart_infra.status.text import text
from tests.unit.status.objects import PROVIDER, ShopKubectl, shop, shop_without_server, slices


def changed(name: str, kind: str, **change: Any) -> list[dict[str, str]]:
    objects = shop()
    item = next(one for one in objects if (one["kind"], one["metadata"]["name"]) == (kind, name))
    item.update({key: value for key, value in change.items() if key != "edit"})
    if "edit" in change:
        item["metadata"]["managedFields"] = [*item["metadata"]["managedFields"], change["edit"]]
    return find_drift(objects, {})


def edit(fields: dict[str, Any], time: str = "2026-01-03T10:00:00Z", manager: str = "kubectl-edit") -> dict[str, Any]:
    return {"manager": manager, "time": time, "fieldsV1": fields}


def test_a_shop_as_it_was_left_has_no_drift_and_an_empty_namespace_neither() -> None:
    assert find_drift(shop(), {}) == []
    assert find_drift([], {}) == []


@pytest.mark.parametrize("maker", ["db", "backend-blue"])
def test_a_pod_that_its_deployment_let_go_is_named(maker: str) -> None:
    pod: dict[str, Any] = {"kind": "Pod", "metadata": {"name": f"{maker}-1-x", "generateName": f"{maker}-1-"}}
    problem = f"belongs to {maker} no more, for somebody changed its labels, and runs on; delete it"
    assert find_drift([*shop(), pod], {}) == [{"object": f"pod/{maker}-1-x", "problem": problem}]
    assert find_drift([*shop(), {**pod, "status": {"phase": "Succeeded"}}], {}) == []
    pod["metadata"]["ownerReferences"] = [{"kind": "ReplicaSet", "name": f"{maker}-1", "uid": "1"}]
    assert find_drift([*shop(), pod], {}) == []


def test_a_pod_of_nobody_s_in_the_shop_is_left_alone() -> None:
    pod = {"kind": "Pod", "metadata": {"name": "backend-blue-debug"}}
    assert find_drift([*shop(), pod], {}) == []


def test_what_is_missing_is_named() -> None:
    objects = [item for item in shop() if item["metadata"]["name"] != "backend-prod-proxy"]
    assert find_drift(objects, {}) == [{"object": "service/backend-prod-proxy", "problem": "is not in the cluster"}]


def test_what_new_pods_could_not_start_without_is_named() -> None:
    objects = shop()
    (backend,) = [one for one in objects if (one["kind"], one["metadata"]["name"]) == ("Deployment", "backend-blue")]
    pod = backend["spec"]["template"]["spec"]
    pod["containers"][0]["env"] = [{"name": "A", "valueFrom": {"configMapKeyRef": {"name": "gone", "key": "a"}}}]
    pod["volumes"] = [{"name": "v", "persistentVolumeClaim": {"claimName": "static-volume"}}]
    ending = {"name": "static-volume", "deletionTimestamp": "2026-01-04T09:00:00Z"}
    claim = {"kind": "PersistentVolumeClaim", "metadata": ending, "spec": {}}
    assert find_drift([*objects, claim], {}) == [
        {
            "object": "configmap/gone",
            "problem": "is not in the cluster, and no new pod of backend-blue can start without it",
        },
        {
            "object": "persistentvolumeclaim/static-volume",
            "problem": "is being deleted, and no new pod of backend-blue can start with it",
        },
    ]


def test_a_secret_that_is_missing_is_named_with_what_comes_of_it() -> None:
    objects = shop()
    for item in objects:
        if (item["kind"], item["metadata"]["name"]) == ("Deployment", "backend-blue"):
            pod = item["spec"]["template"]["spec"]
            pod["imagePullSecrets"] = [{"name": "registry"}]
            pod["containers"][0]["env"] = [{"name": "A", "valueFrom": {"secretKeyRef": {"name": "copied", "key": "a"}}}]
            pod["volumes"] = [{"name": "v", "secret": {"secretName": "absent", "optional": True}}]
    gone = ["cadrart-secret", "registry", "copied", "absent"]
    kubectl: Any = ShopKubectl([*objects, *slices()], missing_secrets=gone)
    document = read_status(kubectl)
    assert {one["object"]: one["problem"].removeprefix("is not in the cluster, and ") for one in document["drift"]} == {
        "secret/cadrart-secret": "no update goes on without it; cadrart preview says what to do",
        "secret/registry": "no node can pull the shop's images with it",
        "secret/copied": "no new pod of backend-blue can start without it",
    }


def test_a_certificate_that_is_missing_is_named() -> None:
    kubectl: Any = ShopKubectl([*shop(), *slices()], missing_secrets=["tls"])
    problem = "is not in the cluster, and the hosts have no certificate that a browser takes"
    assert read_status(kubectl)["drift"] == [{"object": "secret/tls", "problem": problem}]


def with_rules_of(manager: str, **spec: Any) -> dict[str, Any]:
    """The Ingress, changed in its spec, whose rules and class this field manager wrote last."""
    (ingress,) = [item for item in shop() if item["kind"] == "Ingress"]
    ingress["spec"] |= spec
    written = {"manager": manager, "fieldsV1": {"f:spec": {"f:rules": {}, "f:ingressClassName": {}}}}
    ingress["metadata"]["managedFields"] = [PROVIDER, written]
    return ingress


@pytest.mark.parametrize(
    ("manager", "is_edit"), [("kubectl-patch", True), ("node-fetch", True), ("pulumi-kubernetes", True),
                             ("pulumi-kubernetes-1", False)]
)  # fmt: skip
def test_an_entrance_that_somebody_moved_is_not_the_settings_one(manager: str, *, is_edit: bool) -> None:
    """A host that is new in the settings comes with the next update."""
    ingress = with_rules_of(manager, ingressClassName="other")
    wanted = IngressSettings(production_host="ateliercadrart.com", staging_host="stg.ateliercadrart.com")
    lost = [
        "was changed, and leads shop.example.com to production instead of ateliercadrart.com",
        "was changed, and has the class 'other' instead of 'nginx'",
    ]
    assert list(why_unreached(ingress, wanted)) == (lost if is_edit else [])
    assert list(why_unreached(ingress)) == []


@pytest.mark.parametrize(
    ("edit", "problem"),
    [
        ({"ports": [{"port": 3000, "targetPort": 9999}, {"port": 8001}]}, "leads port 3000 to the pods' port 9999"),
        ({"ports": [{"port": 9090, "targetPort": 3000}, {"port": 8001}]}, "has no port 3000"),
        ({"ports": [{"port": 3000, "protocol": "UDP"}, {"port": 8001}]}, "has no port 3000"),
        ({"ports": [{"port": 3000, "targetPort": "http"}, {"port": 8001, "targetPort": 8001}]}, ""),
    ],
)
def test_a_proxy_of_which_a_port_leads_nowhere_is_no_production(edit: dict[str, Any], problem: str) -> None:
    objects = shop()
    next(item for item in objects if item["metadata"]["name"] == "backend-prod-proxy")["spec"] |= edit
    kubectl: Any = ShopKubectl([*objects, *slices()])
    document = read_status(kubectl)
    assert [one["problem"][: len(problem)] for one in document["wrongPorts"]] == [problem] * bool(problem)
    assert [one["object"] for one in document["drift"]] == ["service/backend-prod-proxy"] * bool(problem)
    assert ("PRODUCTION DOES NOT ANSWER: backend-prod-proxy" in text(document)) is bool(problem)


def test_a_port_of_the_database_s_service_that_leads_nowhere_is_no_production() -> None:
    objects = shop()
    next(item for item in objects if key_of(item) == "service/db")["spec"]["ports"] = [{"port": 3307}]
    kubectl: Any = ShopKubectl([*objects, *slices()])
    document = read_status(kubectl)
    assert document["wrongPorts"] == [{"proxy": "db", "problem": "has no port 3306"}]
    assert document["drift"] == [{"object": "service/db", "problem": "has no port 3306"}]


def test_an_object_that_a_finalizer_holds_is_named_with_the_command_that_lets_it_go() -> None:
    objects = shop()
    held = next(item for item in objects if key_of(item) == "service/backend-prod-proxy")
    since = "2026-01-04T09:00:00Z"
    held["metadata"] |= {"namespace": "cadrart", "deletionTimestamp": since, "finalizers": ["example.com/hold"]}
    (found,) = find_drift(objects, {})
    assert found["object"] == "service/backend-prod-proxy"
    assert found["problem"].startswith(f"is being deleted since {since}")
    assert "example.com/hold" in found["problem"]
    assert "kubectl -n cadrart patch service backend-prod-proxy" in found["problem"]


def test_what_another_pulumi_program_wrote_is_an_edit() -> None:
    """Its provider may have no suffix, and so may a client that took its name."""
    objects = shop()
    (service,) = [item for item in objects if item["metadata"]["name"] == "backend-prod-proxy"]
    service["metadata"]["managedFields"].append(
        {"manager": "pulumi-kubernetes", "fieldsV1": {"f:spec": {"f:ports": {}}}, "time": "2026-01-02T00:00:00Z"}
    )
    (found,) = find_drift(objects, {})
    assert found["problem"] == "was changed by another Pulumi program since the program wrote it"


def test_another_ingress_with_the_shop_s_host_is_named() -> None:
    rule: dict[str, Any] = {"host": "shop.example.com", "http": {"paths": [{"path": "/"}]}}
    second = {"kind": "Ingress", "metadata": {"name": "second"}, "spec": {"rules": [rule]}}
    problem = "leads shop.example.com/ somewhere too: its controller chooses between it and ours"
    assert find_drift([*shop(), second], {}) == [{"object": "ingress/second", "problem": problem}]
    rule["http"]["paths"][0]["path"] = "/.well-known"
    assert find_drift([*shop(), second], {}) == []


def test_a_network_policy_that_closes_production_is_named() -> None:
    deny = {"kind": "NetworkPolicy", "metadata": {"name": "deny"}, "spec": {"podSelector": {}}}
    found = find_drift([*shop(), deny], {})
    assert {one["object"] for one in found} == {"networkpolicy/deny"}
    assert [one["problem"] for one in found] == [
        f"closes {name}-blue's pods to every client, and no other one opens them" for name in ("backend", "frontend")
    ]


def test_what_leads_to_a_proxy_by_another_spelling_is_no_loss() -> None:
    objects = shop()
    (ingress,) = [item for item in objects if item["kind"] == "Ingress"]
    ingress["metadata"]["annotations"] = {"kubernetes.io/ingress.class": "nginx"}
    del ingress["spec"]["ingressClassName"]
    ingress["spec"]["rules"][0]["http"]["paths"][2]["backend"]["service"]["port"] = {"name": "api"}
    ingress["spec"]["rules"].append({"host": "blog.example.com"})
    assert find_drift(objects, {}) == []


def test_an_owner_is_named_with_the_command_that_takes_it_away() -> None:
    objects = shop()
    for item in objects:
        if item["metadata"]["name"] in ("backend-prod-proxy", "cadrart-config-stg"):
            item["metadata"] |= {"namespace": "cadrart", "ownerReferences": [{"kind": "Job", "name": "mine"}]}
    kubectl: Any = ShopKubectl([*objects, *slices()])
    found = {one["object"]: one["problem"] for one in read_status(kubectl)["drift"]}
    assert found.keys() == {"service/backend-prod-proxy", "configmap/cadrart-config-stg"}
    assert "was given the owner job/mine" in found["service/backend-prod-proxy"]
    assert "kubectl -n cadrart patch service backend-prod-proxy --type=merge" in found["service/backend-prod-proxy"]


def test_no_secret_is_missed_where_there_is_no_shop() -> None:
    kubectl: Any = ShopKubectl([], missing_secrets=["cadrart-secret"])
    assert read_status(kubectl)["drift"] == []


def test_an_open_database_is_named() -> None:
    objects = [one for one in shop() if one["kind"] != "NetworkPolicy"]
    assert find_drift(objects, {}) == [{"object": "networkpolicy/db-clients", "problem": "is not in the cluster"}]


@pytest.mark.parametrize(
    ("fields", "time", "manager", "is_drift"),
    [
        ({"f:spec": {"f:template": {"f:spec": {}}}}, "2026-01-03T10:00:00Z", "kubectl-set", True),
        ({"f:spec": {"f:replicas": {}}}, "2026-01-03T10:00:00Z", "kubectl", True),
        ({"f:spec": {"f:template": {"f:spec": {}}}}, "2025-01-03T10:00:00Z", "kubectl-set", False),
        ({"f:spec": {"f:template": {"f:metadata": {}}}}, "2026-01-03T10:00:00Z", "kubectl-rollout", False),
        ({"f:metadata": {"f:annotations": {}}}, "2026-01-03T10:00:00Z", "kubectl-annotate", False),
        ({"f:spec": {"f:replicas": {}}}, "2026-01-03T10:00:00Z", "horizontal-pod-autoscaler", False),
    ],
)
def test_an_edit_counts_where_it_is_by_hand_newer_and_of_what_is_specified(
    fields: dict[str, Any], time: str, manager: str, is_drift: bool
) -> None:
    found = changed("backend-blue", "Deployment", edit=edit(fields, time, manager))
    expected = {"object": "deployment/backend-blue", "problem": f"was changed by {manager} since the program wrote it"}
    assert found == ([expected] if is_drift else [])


def test_what_keeps_a_pod_from_running_is_said() -> None:
    waiting = {"reason": "ImagePullBackOff", "message": "Back-off pulling image shop/backend:9"}
    objects = shop()
    for item in objects:
        if item["metadata"]["name"] == "backend-green":
            item["status"] = {"readyReplicas": 1, "updatedReplicas": 1, "replicas": 2}
    new = {**objects[-1], "metadata": {**objects[-1]["metadata"], "name": "backend-green-new"}}
    new["status"] = {"containerStatuses": [{"name": "backend", "restartCount": 0, "state": {"waiting": waiting}}]}
    (found,) = find_drift([*objects, new], {})
    assert found["problem"].endswith("; backend-green-new: ImagePullBackOff: Back-off pulling image shop/backend:9")


def test_why_the_cluster_makes_no_pod_is_said() -> None:
    refused = {"type": "ReplicaFailure", "status": "True", "message": 'pods "x" is forbidden: exceeded quota: full'}
    (found,) = changed("backend-blue", "Deployment", status={"readyReplicas": 0, "conditions": [refused]})
    assert found["problem"] == 'has 0 of 1 pods ready; pods "x" is forbidden: exceeded quota: full'


def test_why_a_paused_server_has_no_pod_is_said_though_its_deployment_does_not_say_it() -> None:
    refused = {"type": "ReplicaFailure", "status": "True", "message": 'pods "db-x" is forbidden: exceeded quota: full'}
    objects = [one for one in shop_without_server() if (one["kind"], one["metadata"]["name"]) != ("Deployment", "db")]
    spec = {"paused": True, "template": {"spec": {"containers": []}}}
    server = {"kind": "Deployment", "metadata": {"name": "db", "uid": "1"}, "spec": spec, "status": {}}
    owned, foreign = ([{"uid": uid}] for uid in ("1", "2"))
    of_another = {"kind": "ReplicaSet", "metadata": {"name": "other", "ownerReferences": foreign}}
    of_another["status"] = {"conditions": [{**refused, "message": "another's"}]}
    of_it = {"kind": "ReplicaSet", "metadata": {"name": "db-1", "ownerReferences": owned}}
    of_it["status"] = {"conditions": [refused]}
    (found,) = find_drift([*objects, server, of_another, of_it], {})
    assert found["problem"] == 'has 0 of 1 pods ready; pods "db-x" is forbidden: exceeded quota: full'


def test_new_pods_that_the_cluster_refuses_are_said_while_those_before_go_on() -> None:
    """As the API server has it: a number that is 0 is left out."""
    refused = {"type": "ReplicaFailure", "status": "True", "message": "exceeded quota"}
    goes_on = {"readyReplicas": 1, "replicas": 1, "conditions": [refused]}
    (found,) = changed("backend-blue", "Deployment", status=goes_on)
    assert found["problem"] == "has pods of backend:1 that are not ready, and goes on with those before; exceeded quota"


def test_why_no_node_takes_a_new_pod_is_said() -> None:
    no_node = {"type": "PodScheduled", "status": "False", "message": "0/1 nodes are available"}
    objects = shop()
    new = copy.deepcopy(next(item for item in objects if item["metadata"]["name"] == "backend-blue-x"))
    new |= {"metadata": {**new["metadata"], "name": "backend-blue-y"}, "status": {"conditions": [no_node]}}
    deployment = next(
        item for item in objects if (item["kind"], item["metadata"]["name"]) == ("Deployment", "backend-blue")
    )
    deployment["status"] = {"readyReplicas": 1, "updatedReplicas": 1, "replicas": 2}
    (found,) = find_drift([*objects, new], {})
    assert found["problem"].endswith("goes on with those before; 0/1 nodes are available")


def test_a_pod_that_was_given_another_image_is_said() -> None:
    objects = shop()
    edited = next(item for item in objects if item["metadata"]["name"] == "backend-blue-x")
    edited["metadata"]["managedFields"] = [edit({"f:spec": {"f:containers": {}}}, manager="kubectl-set")]
    assert find_drift(objects, {}) == []
    edited["spec"]["containers"][0]["image"] = "shop/backend:2"
    expected = "was given the image backend:2, and its Deployment has backend:1"
    assert find_drift(objects, {}) == [{"object": "pod/backend-blue-x", "problem": expected}]


def test_too_few_pods_and_proxies_that_lead_elsewhere_are_said() -> None:
    (found,) = changed("backend-blue", "Deployment", status={"readyReplicas": 0})
    assert found["problem"] == "has 0 of 1 pods ready"
    (found,) = changed("backend-green", "Deployment", status={"readyReplicas": 1, "updatedReplicas": 1, "replicas": 2})
    assert found["problem"] == "has pods of backend:1 that are not ready, and goes on with those before"
    ports = [{"port": 3000}, {"port": 8001}]
    leads = {"ports": ports, "selector": {naming.SERVICE_LABEL: "backend-green"}}
    (found,) = changed("backend-prod-proxy", "Service", spec=leads)
    assert found["problem"] == "leads to backend-green, and environment-config says that blue is active"
    leads["selector"] = {naming.SERVICE_LABEL: "backend-blue"}
    (found,) = changed("backend-prod-proxy", "Service", spec=leads)
    assert found["problem"] == "leads to backend-blue by another selector than the program's"


def test_the_record_of_the_colors_counts_whatever_a_client_added_to_it() -> None:
    objects = shop()
    record, proxy = (
        next(item for item in objects if item["metadata"]["name"] == name)
        for name in ("environment-config", "backend-prod-proxy")
    )
    record["data"]["theirs"] = "1"
    assert find_drift(objects, {}) == []
    proxy["spec"]["selector"] = {naming.SERVICE_LABEL: "backend-green"}
    assert [one["object"] for one in find_drift(objects, {})] == ["service/backend-prod-proxy"]
    del record["data"]["COLOR_TEST"]
    silent = {"object": "configmap/environment-config", "problem": "does not say which colour is active"}
    assert find_drift(objects, {}) == [silent]
