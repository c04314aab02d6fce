"""Volumes that stay."""

import pytest

from policy.resources import UNKNOWN, Resource
from tests.unit.policy.declared import backend, found, resource, server, with_value
from tests.unit.policy.rules.places import CONTAINER, POD


def _with_scratch(declared: Resource, path: str) -> Resource:
    """With a further volume, which ends with its pod."""
    pod = declared.props["spec"]["template"]["spec"]
    mounts = [*pod["containers"][0]["volumeMounts"], {"name": "scratch", "mountPath": path}]
    mounted = with_value(declared, (*CONTAINER, "volumeMounts"), mounts)
    return with_value(mounted, (*POD, "volumes"), [*pod["volumes"], {"name": "scratch", "emptyDir": {}}])


@pytest.mark.parametrize(
    "spoiled",
    [
        resource("PersistentVolumeClaim", "db-volume", retained=False),
        resource("PersistentVolume", "disk", spec={"persistentVolumeReclaimPolicy": "Delete"}),
        resource("PersistentVolume", "disk", spec={"persistentVolumeReclaimPolicy": UNKNOWN}),
        resource("StorageClass", "fast", provisioner="any"),
        resource("StatefulSet", "db-2", spec={"persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Delete"}}),
        with_value(server(), (*POD, "volumes", 0), {"name": "data", "emptyDir": {}}),
        with_value(server(), (*POD, "volumes"), UNKNOWN),
        with_value(backend("prod"), (*POD, "volumes", 0), {"name": "static", "emptyDir": {}}),
        with_value(server(), (*CONTAINER, "volumeMounts", 0), {"name": "another", "mountPath": UNKNOWN}),
        with_value(server(), (*POD, "volumes", 0), {"name": "data", "hostPath": {"path": "/srv"}}),
        with_value(server(), (*POD, "volumes", 0), {"name": "data", "ephemeral": {"volumeClaimTemplate": {}}}),
        with_value(server(), (*CONTAINER, "volumeMounts"), []),
        with_value(server(), (*CONTAINER, "volumeMounts", 0, "mountPath"), "/srv"),
        _with_scratch(server(), "/var/lib/mysql/"),
        _with_scratch(server(), "/var/lib/mysql/shop"),
        _with_scratch(backend("prod"), "/var/www/static/../static/uploads"),
    ],
)
def test_a_volume_that_would_go_is_refused(spoiled: Resource) -> None:
    assert "volumes-retained" in found(spoiled)


def test_a_folder_of_data_on_a_claim_of_each_pod_and_what_is_only_read_below_one_pass() -> None:
    """A StatefulSet's own claims were taken for volumes that end with their pod."""
    spec = dict(with_value(server(), (*POD, "volumes"), []).props["spec"])
    assert not found(
        resource("StatefulSet", "db", spec={**spec, "volumeClaimTemplates": [{"metadata": {"name": "data"}}]})
    )
    beside = {"name": "settings", "mountPath": "/var/www/static/settings.json"}
    mounted = with_value(
        backend("prod"), (*CONTAINER, "volumeMounts"), [{"name": "static", "mountPath": "/var/www/static"}, beside]
    )
    volumes = [*mounted.props["spec"]["template"]["spec"]["volumes"], {"name": "settings", "configMap": {"name": "x"}}]
    assert not found(with_value(mounted, (*POD, "volumes"), volumes))


def test_volumes_that_stay_pass() -> None:
    assert not found(
        resource("PersistentVolume", "disk", spec={"persistentVolumeReclaimPolicy": "Retain"}),
        resource("StorageClass", "slow", reclaimPolicy="Retain"),
        resource("StatefulSet", "db-2", spec={"persistentVolumeClaimRetentionPolicy": {"whenScaled": "Retain"}}),
    )
