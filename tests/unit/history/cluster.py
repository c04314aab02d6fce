"""A namespace's history, kept with versions as the API server keeps it."""

import copy
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from cadrart_infra.cluster.errors import ApiError
from cadrart_infra.cluster.kinds import Kind

NOW = datetime(2026, 1, 1, 10, 0, tzinfo=UTC)


class Cluster:
    """Has the history and Events; `meanwhile` is done before the next writes. `refuses`: an error of every write."""

    namespace = "cadrart"

    def __init__(self) -> None:
        self.version, self.config_map = 1, None
        self.events: list[dict[str, Any]] = []
        self.meanwhile: list[Callable[[], Any]] = []
        self.refuses: ApiError | None = None

    config_map: dict[str, Any] | None

    def now(self, _timeout: float = 5) -> datetime:
        return NOW

    def find(self, _kind: Kind, _name: str, _timeout: float = 30) -> dict[str, Any] | None:
        return copy.deepcopy(self.config_map)

    def post(self, kind: Kind, manifest: dict[str, Any]) -> None:
        self._before_a_write()
        if kind.name == "Event":
            self.events.append(manifest)
        elif self.config_map:
            raise ApiError(409, "already exists")
        else:
            self._keep(manifest)

    def patch(self, _kind: Kind, _name: str, change: dict[str, Any]) -> None:
        self._before_a_write()
        assert self.config_map is not None
        if change["metadata"]["resourceVersion"] != self.config_map["metadata"]["resourceVersion"]:
            raise ApiError(409, "the object has been modified")
        self._keep({**self.config_map, "data": {**self.config_map["data"], **change["data"]}})

    def _before_a_write(self) -> None:
        if self.refuses:
            raise self.refuses
        if self.meanwhile:
            self.meanwhile.pop()()

    def _keep(self, manifest: dict[str, Any]) -> None:
        self.version += 1
        self.config_map = copy.deepcopy(manifest)
        self.config_map["metadata"]["resourceVersion"] = str(self.version)
