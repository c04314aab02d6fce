"""What is said of objects of the shop that are being deleted."""

from typing import Any

from cadrart_infra.drift.terminating import terminating_objects


def item(kind: str, *finalizers: str, manager: str = "pulumi-kubernetes-1", **metadata: Any) -> dict[str, Any]:
    written = [{"manager": manager, "fieldsV1": {"f:spec": {}}}]
    since = {"deletionTimestamp": "2026-01-01T10:00:00Z", "finalizers": list(finalizers)}
    there = {"name": "it", "namespace": "shop", "managedFields": written, **since, **metadata}
    return {"kind": kind, "metadata": there}


def test_what_holds_an_object_is_named_with_the_command_that_lets_it_go() -> None:
    (line,) = terminating_objects([item("Service", "example.com/keep")])
    assert line.startswith("service/it is being deleted since 2026-01-01T10:00:00Z")
    assert "its finalizers hold it: example.com/keep" in line
    assert """kubectl -n shop patch service it --type=merge --patch '{"metadata": {"finalizers": null}}'""" in line


def test_a_deployment_that_waits_for_its_pods_is_waited_for() -> None:
    (line,) = terminating_objects([item("Deployment", "foregroundDeletion")])
    assert "Wait until it is gone (kubectl -n shop get deployment it)" in line


def test_objects_of_others_claims_and_those_that_stay_are_left_alone() -> None:
    stays = item("Service")
    del stays["metadata"]["deletionTimestamp"]
    others = [item("ConfigMap", "x", manager="kubectl-create"), item("PersistentVolumeClaim", "x"), item("Pod")]
    assert list(terminating_objects([stays, *others])) == []
