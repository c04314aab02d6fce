"""Whose shop a namespace holds, by Pulumi's state and by the namespace's own record."""

from dataclasses import replace
from typing import Any

import pytest

from cadrart_infra.cluster.identity import Identity
from cadrart_infra.update.stack_identity import identity_in, is_installed, owner_by_record

HERE = Identity("cadrart-infra/prod", "cluster-1", "cadrart", "uid-1", "shop")


def test_a_state_of_any_release_says_where_it_is() -> None:
    urn = "urn:pulumi:prod::cadrart-infra::cadrart:index:Shop$"
    namespace = {
        "type": "kubernetes:core/v1:Namespace",
        "outputs": {"metadata": {"name": "cadrart", "uid": "uid-1"}},
    }
    config = {"type": "kubernetes:core/v1:ConfigMap", "outputs": {"data": {"DATABASE_DATABASE": "shop"}}}
    old = {
        f"{urn}kubernetes:core/v1:Namespace::namespace": namespace,
        f"{urn}kubernetes:core/v1:ConfigMap::cadrart-config-prod": config,
    }
    assert identity_in(old) == replace(HERE, stack="", cluster="")
    lease = {"type": "pulumi-python:dynamic/cadrart:UpdateLease", "outputs": HERE.record()}
    assert identity_in({**old, f"{urn}pulumi-python:dynamic/cadrart:UpdateLease::update-lease": lease}) == HERE
    assert identity_in({f"{urn}pulumi-python:dynamic/cadrart:UpdateLease::update-lease": lease}) == HERE  # refreshed
    assert identity_in({}) is None


@pytest.mark.parametrize(("leased", "uid"), [({"namespaceUid": "uid-2"}, "uid-2"), ({"namespace": "before"}, "uid-1")])
def test_a_namespace_that_was_made_again_is_the_one_of_the_last_whole_update(leased: dict[str, str], uid: str) -> None:
    """The engine keeps the UID that it imported; of a namespace of another name, the Lease's is the former one's."""
    metadata = {"name": "cadrart", "uid": "uid-1"}
    state = {
        "urn::namespace": {"type": "kubernetes:core/v1:Namespace", "outputs": {"metadata": metadata}},
        "urn::update-lease": {
            "type": "pulumi-python:dynamic/cadrart:UpdateLease",
            "outputs": {**HERE.record(), **leased},
        },
    }
    found = identity_in(state)
    assert found
    assert (found.namespace, found.namespace_uid) == ("cadrart", uid)


@pytest.mark.parametrize(
    ("recorded", "expected"),
    [
        ({}, True),
        ({"namespaceUid": "uid-of-a-deleted-one"}, True),
        ({"namespaceUid": "uid-2", "clusterUid": "another"}, False),
        ({"namespaceUid": "uid-2", "clusterUid": ""}, False),
        ({"namespace": "shop4", "namespaceUid": "uid-4"}, False),
        ({"database": "other"}, False),
        ({"stack": "cadrart-infra/other"}, False),
    ],
)
def test_a_shop_was_installed_here_also_in_a_namespace_that_was_deleted_since(
    recorded: dict[str, str], expected: bool
) -> None:
    outputs = {**HERE.record(), **recorded}
    lease = {"type": "pulumi-python:dynamic/cadrart:UpdateLease", "outputs": outputs}
    state = {"urn:pulumi:prod::cadrart-infra::…::update-lease": lease}
    assert is_installed(HERE, identity_in(state)) is expected
    assert not is_installed(HERE, identity_in({}))


def edited(**data: str) -> dict[str, Any]:
    """The namespace's record after somebody edited it with kubectl."""
    managed = [
        {"manager": "pulumi-kubernetes-1", "time": "2026-01-01T00:00:00Z", "fieldsV1": {}},
        {"manager": "kubectl-edit", "time": "2026-01-02T00:00:00Z", "fieldsV1": {"f:data": {"f:stack": {}}}},
    ]
    return {"metadata": {"managedFields": managed}, "data": data}


def test_a_record_that_somebody_edited_or_emptied_is_put_right_where_the_state_is_of_this_very_place() -> None:
    other = edited(**{**HERE.record(), "stack": "a/b"})
    assert owner_by_record(other, HERE, HERE) is None
    assert owner_by_record(other, HERE, None) == replace(HERE, stack="a/b")
    assert owner_by_record(other, HERE, replace(HERE, namespace_uid="uid-2")) == replace(HERE, stack="a/b")
    assert owner_by_record(edited(), HERE, None) is None


def test_a_record_that_another_stack_s_update_has_written_is_believed() -> None:
    record = {"metadata": {"managedFields": []}, "data": {**HERE.record(), "stack": "a/b"}}
    assert owner_by_record(record, HERE, HERE) == replace(HERE, stack="a/b")
