"""What a cluster has for all namespaces, and what an account may not know of it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from cadrart_infra.cluster.errors import ApiError, ClusterError
from cadrart_infra.cluster.offers import Offered, read_offers, read_storage_classes

Object = dict[str, Any]


def named(name: str, /, **more: Any) -> Object:
    metadata = {"name": name, **more.pop("metadata", {})}
    return {"metadata": metadata, **more}


DEFAULT_CLASS = named(
    "retained",
    metadata={"annotations": {"storageclass.kubernetes.io/is-default-class": "true"}},
    reclaimPolicy="Retain",
)
FULL: dict[str, list[Object]] = {
    "storageclasses": [named("deleted", reclaimPolicy="Delete", allowVolumeExpansion=True), DEFAULT_CLASS],
    "ingressclasses": [named("nginx"), named("traefik")],
    "clusterissuers": [named("letsencrypt")],
    "nodes": [named("a", spec={}), named("b", spec={"unschedulable": True}), named("c", spec={})],
    "ingresses": [
        named("web", metadata={"namespace": "blog"}, spec={"rules": [{"host": "blog.example.com"}, {"http": {}}]})
    ],
}


@dataclass
class Server:
    """Lists by the last part of the path; `status`: what it answers for a list instead."""

    lists: Mapping[str, list[Object]]
    status: Mapping[str, int] = field(default_factory=dict)

    def ask(self, path: str, _timeout: float = 5) -> str:
        plural = path.rpartition("/")[2]
        if plural in self.status:
            raise ApiError(self.status[plural], "no")
        return json.dumps({"items": self.lists[plural]})


def offers(server: Server) -> Any:
    return read_offers(server)  # type: ignore[arg-type]


def test_what_there_is_with_the_marked_or_the_only_one_as_default() -> None:
    found = offers(Server(FULL))
    assert found.storage == Offered(["deleted", "retained"], "retained")
    assert found.ingress == Offered(["nginx", "traefik"], "")
    assert found.issuers == Offered(["letsencrypt"], "letsencrypt")
    assert (found.nodes, found.hosts, found.hosts_known) == (2, {"blog.example.com": "blog/web"}, True)
    assert found.not_retained == {"deleted"}


def test_what_may_not_be_listed_is_unknown_and_a_kind_that_does_not_exist_has_nothing() -> None:
    denied = dict.fromkeys(["storageclasses", "ingressclasses", "nodes", "ingresses"], 403)
    found = offers(Server(FULL, {**denied, "clusterissuers": 404}))
    assert (found.storage.known, found.ingress.known, found.nodes, found.hosts_known) == (False, False, None, False)
    assert found.issuers == Offered([])


def test_a_claim_may_have_the_class_of_a_volume_that_somebody_made() -> None:
    volumes = [named("a", spec={"storageClassName": "by-hand"}), named("b", spec={}), named("c", spec={})]
    known = {**FULL, "persistentvolumes": volumes}
    read = read_storage_classes(Server(known))  # type: ignore[arg-type]
    assert read.names == ["deleted", "retained", "by-hand"]
    assert read.growing == {"deleted"}
    for kind in ("storageclasses", "persistentvolumes"):
        assert not read_storage_classes(Server(known, {kind: 403})).known  # type: ignore[arg-type]


def test_any_other_refusal_is_an_error() -> None:
    with pytest.raises(ClusterError):
        offers(Server(FULL, {"nodes": 500}))
