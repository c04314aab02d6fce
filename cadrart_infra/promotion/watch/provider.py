"""Create and update of the watch, as Pulumi's dynamic provider calls them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pulumi.dynamic import CreateResult, DiffResult, ResourceProvider, UpdateResult

from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.model import Color
from cadrart_infra.promotion.watch.vigil import Watch, keep_watch
from cadrart_infra.user_errors import told_as_sentence

RECORDED = ("color", "turnedAt")
"""Production is watched when it turned; how long, and how the cluster is reached, are no reasons for a watch."""


class ProductionWatchProvider(ResourceProvider):
    """Watches once for each turn of production; a watch that failed or was interrupted is repeated."""

    serialize_as_secret_always = False

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        """Only a turn counts."""
        return DiffResult(changes=any(_olds.get(key) != _news[key] for key in RECORDED))

    @told_as_sentence
    def create(self, props: dict[str, Any]) -> CreateResult:
        """The first watch."""
        return CreateResult("production-watch", _watched(props))

    @told_as_sentence
    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        """Production turned again."""
        return UpdateResult(_watched(_news))


def _watched(props: Mapping[str, Any]) -> dict[str, Any]:
    kubectl = Kubectl(props["namespace"], props["context"])
    keep_watch(Watch(Color(props["color"]), props["database"], props["seconds"]), kubectl, _say)
    return {key: value for key, value in props.items() if key != "__provider"}


def _say(line: str) -> None:
    """The engine shows what a provider prints under the stack, line by line."""
    print(line, flush=True)
