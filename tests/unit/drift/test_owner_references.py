"""What is said of objects of the shop that would be deleted with another one."""

import json
from typing import Any

from cadrart_infra.drift.owner_references import owned_objects

EXTERNAL_SECRET = {"kind": "ExternalSecret", "name": "theirs", "controller": True}
CONFIG_MAP = {"kind": "ConfigMap", "name": "other"}


def item(kind: str, *owners: dict[str, Any], manager: str = "pulumi-kubernetes-1") -> dict[str, Any]:
    written = [{"manager": manager, "fieldsV1": {"f:spec": {}}}]
    named = {"name": "it", "namespace": "shop", "managedFields": written}
    return {"kind": kind, "metadata": {**named, "ownerReferences": list(owners)}}


def test_an_object_with_an_owner_is_named_with_the_command_that_takes_it_away() -> None:
    lines = list(owned_objects([item("Service", CONFIG_MAP), item("PersistentVolumeClaim", EXTERNAL_SECRET)], []))
    assert lines[0] == (
        "service/it was given the owner configmap/other (its ownerReferences): the cluster deletes it when that is "
        "gone. Take that away: kubectl -n shop patch service it --type=merge "
        """--patch '{"metadata": {"ownerReferences": null}}'"""
    )
    assert lines[1].startswith("persistentvolumeclaim/it was given the owner externalsecret/theirs")


def test_a_secret_may_have_the_controller_that_makes_it_and_no_other_owner() -> None:
    assert list(owned_objects([], [item("Secret", EXTERNAL_SECRET)])) == []
    (line,) = owned_objects([], [item("Secret", EXTERNAL_SECRET, CONFIG_MAP)])
    assert "was given the owner configmap/other" in line
    assert json.dumps({"metadata": {"ownerReferences": [EXTERNAL_SECRET]}}) in line


def test_what_has_no_owner_and_objects_of_others_are_left_alone() -> None:
    others = [item("ConfigMap", CONFIG_MAP, manager="kubectl-create"), item("Pod", CONFIG_MAP)]
    assert list(owned_objects([item("Service"), *others], [])) == []
