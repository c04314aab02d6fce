"""What the status says of a shop, as a document for programs and as lines for people."""

import argparse
import copy
import json
import sys
from collections.abc import Callable
from typing import Any

import pytest

from cadrart_infra import naming
from cadrart_infra.cli.commands.status import status as command
from cadrart_infra.cli.page import Page
from cadrart_infra.cli.target_shop import TargetShop
from cadrart_infra.history.entry import Entry, Job, Outcome
from cadrart_infra.history.history import History
from cadrart_infra.settings.environments import IngressSettings
from cadrart_infra.status.drift import find_drift
from cadrart_infra.status.ingress import unreached
from cadrart_infra.status.status import read_status
from cadrart_infra.status.text import text
from tests.unit.status.objects import PROVIDER, ShopKubectl, shop, slices

BEGAN = "2026-01-04T09:00:00+00:00"


def history(*entries: Entry) -> dict[str, Any]:
    found = History()
    for entry in entries:
        found = found.with_entry(entry)
    return {"kind": "ConfigMap", "metadata": {"name": naming.HISTORY}, "data": found.data()}


def entry(job: Job, outcome: Outcome = Outcome.DONE, **values: Any) -> Entry:
    return Entry(job=job, outcome=outcome, began=BEGAN, seconds=3, who="anna@laptop", **values)


def status(*more: dict[str, Any]) -> dict[str, Any]:
    kubectl: Any = ShopKubectl([*shop(), *slices(), *more])
    document = read_status(kubectl)
    assert json.loads(json.dumps(document)) == document
    return document


def test_the_document_keeps_its_shape() -> None:
    document = status()
    assert list(document) == [
        "version", "time", "namespace", "context", "production", "serving", "unanswered", "unreached", "wrongPorts",
        "stagingCopy", "backup", "lease", "boost", "server", "drift", "history",
    ]  # fmt: skip
    assert document["version"] == 1
    production, staging = document["serving"]
    assert (document["production"], production["environment"], staging["environment"]) == (
        "blue",
        "production",
        "staging",
    )
    assert production["workloads"]["backend"] == {
        "colors": ["blue"],
        "images": ["shop/backend:1"],
        "digests": ["sha256:bluebackend"],
        "databases": ["atelier-cadrart"],
        "pods": 1,
        "oldestPod": "2026-01-02T10:00:00Z",
    }
    assert production["since"] == "2026-01-01T10:00:00.000+00:00"
    assert (document["stagingCopy"], document["backup"], document["lease"]) == (None, None, None)
    assert (document["boost"], document["drift"], document["history"]) == ([], [], [])
    assert document["unanswered"] == []


@pytest.mark.parametrize(
    ("namespace", "unanswered"), [(shop(), ["backend-prod-proxy", "frontend-prod-proxy"]), ([], [])]
)
def test_production_that_does_not_answer_comes_first(
    namespace: list[dict[str, Any]],
    unanswered: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A namespace without a shop has nobody who should."""
    kubectl: Any = ShopKubectl(namespace)
    assert sorted(read_status(kubectl)["unanswered"]) == unanswered
    monkeypatch.setattr("cadrart_infra.cli.commands.status.target_shop", lambda *_: TargetShop(kubectl))
    monkeypatch.setattr("cadrart_infra.cli.commands.status.require_answer", lambda _: None)
    for json_wanted in (True, False):
        options = argparse.Namespace(json=json_wanted, stack="", namespace="shop", context="")
        assert command(options, Page(sys.stdout, live=False)) == (1 if unanswered else 0)
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("PRODUCTION DOES NOT ANSWER")]
    assert sorted(lines) == [f"PRODUCTION DOES NOT ANSWER: {proxy} leads to no ready pod" for proxy in unanswered]


def test_what_was_done_comes_from_the_history() -> None:
    made = {"snapshot": "2026-01-04T08:00:00+00:00", "production": "atelier-cadrart", "masked": True}
    document = status(
        history(
            entry(Job.SYNC, facts=made),
            entry(Job.BACKUP, facts={"name": "20260101-blue", "bytes": 2048}),
            *(entry(Job.SWITCH, Outcome.FAILED, what=str(number), detail="why") for number in range(12)),
        )
    )
    assert len(document["history"]) == 10
    assert document["stagingCopy"]["snapshot"] == made["snapshot"]
    shown = text(document)
    assert "staging's copy: of atelier-cadrart as it was 2 hours ago, masked, by anna@laptop" in shown
    assert "newest backup: 20260101-blue, 2.0 KiB, made 60 min ago" in shown
    assert "60 min ago: switch failed (11): by anna@laptop, program unknown, 3 s; why" in shown


def test_people_see_who_serves_with_digests_and_ages() -> None:
    shown = " ".join(text(status()).split())
    assert "production blue backend backend:1 bluebackend atelier-cadrart 1 2 days ago 3 days ago" in shown
    assert "the Lease: nobody changes the shop now" in text(status())
    assert "no history yet" in text(status())


def test_the_server_is_named_by_what_was_pulled_too() -> None:
    assert "database server: no pod" in text(status())
    pod = {
        "kind": "Pod",
        "metadata": {"name": "db-1", "labels": dict(naming.DATABASE_LABELS)},
        "spec": {"containers": [{"name": "db", "image": "mysql:8.4"}]},
        "status": {"containerStatuses": [{"name": "db", "imageID": "docker.io/library/mysql@sha256:abc"}]},
    }
    document = status(pod)
    assert document["server"] == {"images": ["mysql:8.4"], "digests": ["sha256:abc"]}
    assert "database server: mysql:8.4 sha256:abc" in text(document)


def test_limits_that_are_still_raised_are_said() -> None:
    pod = {
        "kind": "Pod",
        "metadata": {"name": "db-1", "labels": {}, "annotations": {naming.LIMITS_BEFORE: '{"cpu": "500m"}'}},
        "spec": {"containers": [{}]},
    }
    document = status(pod)
    assert document["boost"] == [{"pod": "db-1", "limitsBefore": {"cpu": "500m"}}]
    assert "limits of pod db-1 are raised" in text(document)


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


def test_what_looks_further_is_named_where_there_is_a_shop() -> None:
    kubectl: Any = ShopKubectl(shop())
    assert "every field, and the database server: cadrart preview" in text(read_status(kubectl))


def test_a_namespace_without_a_shop_is_not_said_to_be_as_it_was_left() -> None:
    nothing: Any = ShopKubectl([])
    shown = text(read_status(nothing))
    assert "there is no shop in this namespace" in shown
    assert "nothing seen" not in shown


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


@pytest.mark.parametrize(
    ("lost", "problems"),
    [
        (
            lambda spec: spec.pop("ingressClassName"),
            ["names no ingress class, so that its controller may lead nobody in"],
        ),
        (lambda spec: spec["rules"].pop(0), ["leads no host to production"]),
        (lambda spec: spec.pop("rules"), ["leads no host to production", "leads no host to staging"]),
        (lambda spec: spec["rules"][0].pop("host"), ["leads to production without a host"]),
        (lambda spec: spec["tls"][0]["hosts"].pop(0), ["has no certificate for shop.example.com"]),
        (
            lambda spec: spec["rules"][0]["http"]["paths"].pop(0),
            ["does not lead shop.example.com/ to port 8080 of frontend-prod-proxy"],
        ),
        (
            lambda spec: spec["rules"][0]["http"]["paths"][2]["backend"]["service"].update(name="backend-test-proxy"),
            ["does not lead shop.example.com/api to port 3000 of backend-prod-proxy"],
        ),
    ],
)
def test_what_the_ingress_has_lost_is_named(lost: Callable[[dict[str, Any]], Any], problems: list[str]) -> None:
    objects = shop()
    (ingress,) = [item for item in objects if item["kind"] == "Ingress"]
    lost(ingress["spec"])
    assert find_drift(objects, {}) == [{"object": "ingress/cadrart-ingress", "problem": one} for one in problems]
    away = [one for one in problems if one.startswith(("leads no host to production", "does not lead"))]
    assert list(unreached(ingress)) == away


@pytest.mark.parametrize(
    "lost", [lambda ingress: ingress["spec"].pop("rules"), lambda ingress: ingress.update(kind="")]
)
def test_no_visitor_reaching_production_is_no_success(
    lost: Callable[[dict[str, Any]], Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    objects = shop()
    lost(next(item for item in objects if item["kind"] == "Ingress"))
    kubectl: Any = ShopKubectl([*objects, *slices()])
    monkeypatch.setattr("cadrart_infra.cli.commands.status.target_shop", lambda *_: TargetShop(kubectl))
    monkeypatch.setattr("cadrart_infra.cli.commands.status.require_answer", lambda _: None)
    options = argparse.Namespace(json=False, stack="", namespace="shop", context="")
    assert command(options, Page(sys.stdout, live=False)) == 1
    assert "VISITORS DO NOT REACH PRODUCTION: ingress/cadrart-ingress " in capsys.readouterr().out


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
    assert list(unreached(ingress, wanted)) == (lost if is_edit else [])
    assert list(unreached(ingress)) == []


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


def test_what_another_pulumi_program_wrote_is_an_edit() -> None:
    """Its provider may have no suffix, and so may a client that took its name."""
    objects = shop()
    (service,) = [item for item in objects if item["metadata"]["name"] == "backend-prod-proxy"]
    service["metadata"]["managedFields"].append(
        {"manager": "pulumi-kubernetes", "fieldsV1": {"f:spec": {"f:ports": {}}}, "time": "2026-01-02T00:00:00Z"}
    )
    (found,) = find_drift(objects, {})
    assert found["problem"] == "was changed by another Pulumi program since the program wrote it"


def test_a_network_policy_that_closes_production_is_named() -> None:
    deny = {"kind": "NetworkPolicy", "metadata": {"name": "deny"}, "spec": {"podSelector": {}}}
    found = find_drift([*shop(), deny], {})
    assert {one["object"] for one in found} == {"networkpolicy/deny"}
    assert [one["problem"] for one in found] == [
        f"closes {name}-blue's pods to every client, and no other one opens them" for name in ("backend", "frontend")
    ]


def test_settings_that_no_update_could_use_are_reported_after_what_runs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    kubectl: Any = ShopKubectl([*shop(), *slices()])
    home = "cadrart_infra.cli.commands.status"
    monkeypatch.setattr(f"{home}.target_shop", lambda *_: TargetShop(kubectl, "foo is not a known key"))
    monkeypatch.setattr(f"{home}.require_answer", lambda _: None)
    options = argparse.Namespace(json=True, stack="prod", namespace="", context="")
    assert command(options, Page(sys.stdout, live=False)) == 1
    said = capsys.readouterr()
    assert json.loads(said.out)["production"] == "blue"
    assert said.err == "error: foo is not a known key\n"


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
    objects = [item for item in shop() if (item["kind"], item["metadata"]["name"]) != ("Deployment", "db")]
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
