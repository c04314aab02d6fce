"""A cluster as whoever takes the Lease sees it."""

import copy
from datetime import UTC, datetime
from typing import Any

from cadrart_infra.cluster import lease
from cadrart_infra.cluster.errors import ApiError
from cadrart_infra.cluster.kinds import Kind

BEGAN = datetime(2026, 1, 1, 10, 0, tzinfo=UTC)


class Cluster:
    """Has at most one Lease, and keeps versions as the API server does; `meanwhile` is done before the next write."""

    namespace = "cadrart"

    def __init__(self) -> None:
        self.clock, self.version = BEGAN, 1
        self.lease: dict[str, Any] | None = None
        self.meanwhile: list[Any] = []

    def now(self) -> datetime:
        return self.clock

    def find(self, _kind: Kind, _name: str) -> dict[str, Any] | None:
        return copy.deepcopy(self.lease)

    def post(self, _kind: Kind, manifest: dict[str, Any]) -> None:
        self._before_a_write()
        if self.lease:
            raise ApiError(409, "already exists")
        self._write(manifest)

    def replace(self, _kind: Kind, found: dict[str, Any]) -> None:
        self._before_a_write()
        self._require(found["metadata"]["resourceVersion"])
        self._write(found)

    def delete(self, _kind: Kind, _name: str, version: str) -> None:
        self._before_a_write()
        self._require(version)
        self.lease = None

    def _before_a_write(self) -> None:
        if self.meanwhile:
            self.meanwhile.pop()()

    def _require(self, version: str) -> None:
        if self.lease is None:
            raise ApiError(404, "not found")
        if self.lease["metadata"]["resourceVersion"] != version:
            raise ApiError(409, "the object has been modified")

    def _write(self, manifest: dict[str, Any]) -> None:
        self.version += 1
        self.lease = copy.deepcopy(manifest)
        self.lease["metadata"]["resourceVersion"] = str(self.version)


def take(cluster: Cluster, run: str, doing: str = "pulumi up of stack prod") -> lease.HeldLease | None:
    return lease.take(cluster, run, doing, lambda _: None)  # type: ignore[arg-type]


def holder(cluster: Cluster) -> lease.Holder | None:
    return lease.who_holds(cluster)  # type: ignore[arg-type]
