"""Reads cluster-wide objects: storage and ingress classes, issuers, nodes, and the hosts in use.

None of it is in a namespace, so an account with the Role of one namespace may not read it: it is then unknown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any

from cadrart_infra.cluster.errors import ApiError
from cadrart_infra.cluster.kinds import Objects, annotations_of, name_of
from cadrart_infra.cluster.kubectl import Kubectl, items_of

_STORAGE = "/apis/storage.k8s.io/v1/storageclasses"
_VOLUMES = "/api/v1/persistentvolumes"
_INGRESS_CLASSES = "/apis/networking.k8s.io/v1/ingressclasses"
_ISSUERS = "/apis/cert-manager.io/v1/clusterissuers"
_INGRESSES = "/apis/networking.k8s.io/v1/ingresses"
_NODES = "/api/v1/nodes"
_SECONDS = 10
_DEFAULT = ("storageclass.kubernetes.io/is-default-class", "ingressclass.kubernetes.io/is-default-class")
_DELETED_WITH_THE_CLAIM = "Delete"


@dataclass(frozen=True)
class Offered:
    """Names of one kind that the cluster has; `known` is False where the account may not list them."""

    names: Sequence[str] = ()
    default: str = ""
    """The one that is marked as default, or the only one; empty where there is neither."""
    known: bool = True
    growing: frozenset[str] = frozenset()
    """Of storage classes: those that let a claim become larger."""


UNKNOWN = Offered(known=False)


@dataclass(frozen=True)
class Offers:
    """What there is; nothing of it is known before a cluster was asked."""

    storage: Offered = UNKNOWN
    ingress: Offered = UNKNOWN
    issuers: Offered = UNKNOWN
    nodes: int | None = None
    """How many nodes take pods; None where that is not known."""
    hosts: Mapping[str, str] = field(default_factory=dict)
    """The namespace and name of the Ingress that serves each host."""
    hosts_known: bool = False
    not_retained: frozenset[str] = frozenset()
    """The storage classes whose volumes go when their claim goes."""


def read_offers(kubectl: Kubectl) -> Offers:
    """What the cluster says; raises ClusterError where it does not answer."""
    storage, ingress = _listed(kubectl, _STORAGE), _listed(kubectl, _INGRESS_CLASSES)
    nodes, ingresses = _listed(kubectl, _NODES), _listed(kubectl, _INGRESSES)
    return Offers(
        storage=_offered(storage),
        ingress=_offered(ingress),
        issuers=_offered(_listed(kubectl, _ISSUERS)),
        nodes=None if nodes is None else len([node for node in nodes if not node["spec"].get("unschedulable")]),
        hosts=_hosts(ingresses or []),
        hosts_known=ingresses is not None,
        not_retained=frozenset(
            name_of(one) for one in storage or [] if one.get("reclaimPolicy") == _DELETED_WITH_THE_CLAIM
        ),
    )


def read_ingress_classes(kubectl: Kubectl) -> Offered:
    """The classes that an Ingress can have; raises ClusterError where the cluster does not answer."""
    return _offered(_listed(kubectl, _INGRESS_CLASSES))


def read_storage_classes(kubectl: Kubectl) -> Offered:
    """The classes that a claim can have, also those of volumes that somebody made; raises ClusterError."""
    classes, volumes = _listed(kubectl, _STORAGE), _listed(kubectl, _VOLUMES)
    if classes is None or volumes is None:
        return UNKNOWN
    offered = _offered(classes)
    made = [str(one["spec"].get("storageClassName") or "") for one in volumes]
    names = list(dict.fromkeys([*offered.names, *filter(None, made)]))
    growing = frozenset(name_of(one) for one in classes if one.get("allowVolumeExpansion"))
    return replace(offered, names=names, growing=growing)


def _listed(kubectl: Kubectl, path: str) -> Objects | None:
    """All objects of a kind; None where the account may not list them, none where the cluster has no such kind."""
    try:
        return items_of(kubectl.ask(path, _SECONDS))
    except ApiError as error:
        if error.status == HTTPStatus.NOT_FOUND:
            return []
        if error.status == HTTPStatus.FORBIDDEN:
            return None
        raise


def _offered(objects: Objects | None) -> Offered:
    if objects is None:
        return UNKNOWN
    names = [name_of(one) for one in objects]
    marked = [name_of(one) for one in objects if _is_default(one)]
    return Offered(names, next(iter(marked), names[0] if len(names) == 1 else ""))


def _is_default(one: Mapping[str, Any]) -> bool:
    return any(annotations_of(one).get(key) == "true" for key in _DEFAULT)


def _hosts(ingresses: Objects) -> dict[str, str]:
    return {
        rule["host"]: f"{ingress['metadata']['namespace']}/{name_of(ingress)}"
        for ingress in ingresses
        for rule in ingress["spec"].get("rules") or []
        if rule.get("host")
    }
