"""What a new cluster holds: volumes that claims can bind, and CoreDNS as k3s runs it."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sandbox.cluster import configuration
from sandbox.cluster.slots import AddressPlan

STORAGE_CLASS = "sandbox"
VOLUMES = 80
VOLUME_SIZE = "10Gi"

_RBAC = "rbac.authorization.k8s.io"
_DNS = {"k8s-app": "kube-dns"}
_DNS_META = {"name": "coredns", "namespace": "kube-system", "labels": _DNS}

Object = dict[str, Any]


def everything(folders: Iterable[Path], node: str, addresses: AddressPlan) -> str:
    """A List of all objects, as JSON; `folders` are the volumes' folders on the node `node`."""
    objects = [_storage_class(), *(_volume(folder, node) for folder in folders), *_policy_access()]
    objects += _coredns(addresses)
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": objects})


def _storage_class() -> Object:
    return {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {
            "name": STORAGE_CLASS,
            "annotations": {"storageclass.kubernetes.io/is-default-class": "true"},
        },
        "provisioner": "kubernetes.io/no-provisioner",
        "reclaimPolicy": "Retain",
        "volumeBindingMode": "Immediate",
    }


def _volume(folder: Path, node: str) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": f"{node}-{folder.name}"},
        "spec": {
            "capacity": {"storage": VOLUME_SIZE},
            "accessModes": ["ReadWriteOnce", "ReadWriteMany"],
            "persistentVolumeReclaimPolicy": "Retain",
            "storageClassName": STORAGE_CLASS,
            "hostPath": {"path": str(folder), "type": "Directory"},
        },
    }


def _coredns(addresses: AddressPlan) -> list[Object]:
    return [
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": _DNS_META},
        *_coredns_access(),
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": _DNS_META,
            "data": {"Corefile": configuration.corefile()},
        },
        _coredns_deployment(),
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {**_DNS_META, "name": "kube-dns"},
            "spec": {
                "clusterIP": addresses.dns_service,
                "selector": _DNS,
                "ports": [
                    {"name": "dns", "port": 53, "protocol": "UDP"},
                    {"name": "dns-tcp", "port": 53, "protocol": "TCP"},
                ],
            },
        },
    ]


def _coredns_access() -> list[Object]:
    account = {"kind": "ServiceAccount", "name": "coredns", "namespace": "kube-system"}
    return _may_watch(
        "system:coredns",
        account,
        [("", ["endpoints", "services", "pods", "namespaces"]), ("discovery.k8s.io", ["endpointslices"])],
    )


def _policy_access() -> list[Object]:
    user = {"kind": "User", "name": "system:network-policies", "apiGroup": _RBAC}
    return _may_watch(
        "system:network-policies",
        user,
        [("", ["pods", "namespaces", "nodes"]), ("networking.k8s.io", ["networkpolicies"])],
    )


def _may_watch(name: str, subject: Object, watched: list[tuple[str, list[str]]]) -> list[Object]:
    """A ClusterRole that lets `subject` read resources by API group, and its binding."""
    rules = [
        {"apiGroups": [group], "resources": resources, "verbs": ["get", "list", "watch"]}
        for group, resources in watched
    ]
    return [
        {"apiVersion": f"{_RBAC}/v1", "kind": "ClusterRole", "metadata": {"name": name}, "rules": rules},
        {
            "apiVersion": f"{_RBAC}/v1",
            "kind": "ClusterRoleBinding",
            "metadata": {"name": name},
            "roleRef": {"apiGroup": _RBAC, "kind": "ClusterRole", "name": name},
            "subjects": [subject],
        },
    ]


def _coredns_deployment() -> Object:
    container = {
        "name": "coredns",
        "image": configuration.COREDNS_IMAGE,
        "imagePullPolicy": "Never",
        "args": ["-conf", "/etc/coredns/Corefile"],
        "volumeMounts": [{"name": "config", "mountPath": "/etc/coredns", "readOnly": True}],
        "readinessProbe": {"httpGet": {"path": "/ready", "port": 8181}, "periodSeconds": 1},
        "livenessProbe": {"httpGet": {"path": "/health", "port": 8080}, "failureThreshold": 5},
    }
    pod = {
        "serviceAccountName": "coredns",
        "dnsPolicy": "Default",
        "priorityClassName": "system-cluster-critical",
        "containers": [container],
        "volumes": [{"name": "config", "configMap": {"name": "coredns"}}],
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": _DNS_META,
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": _DNS},
            "template": {"metadata": {"labels": _DNS}, "spec": pod},
        },
    }
