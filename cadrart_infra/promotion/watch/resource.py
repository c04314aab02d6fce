"""The watch over production after its traffic was switched, as a Pulumi resource."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
from pulumi.dynamic import Resource

from cadrart_infra.model import Color
from cadrart_infra.promotion.watch.provider import ProductionWatchProvider


@dataclass(frozen=True, kw_only=True)
class ProductionWatchArgs:
    """What is watched and for how many seconds; a new `turned_at` is a reason to watch.

    `context`: the kubeconfig's context, empty for its current one. `release`: whether production gets another release
    without a switch.
    """

    namespace: pulumi.Input[str]
    context: str
    color: Color
    database: str
    turned_at: str
    seconds: int
    release: bool


class ProductionWatch(Resource, module="cadrart", name="ProductionWatch"):
    """Production was well for a while after its traffic was switched; what depends on it is written only then."""

    def __init__(self, name: str, args: ProductionWatchArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        inputs = {
            "namespace": args.namespace,
            "context": args.context,
            "color": args.color.value,
            "database": args.database,
            "turnedAt": args.turned_at,
            "seconds": args.seconds,
            "release": args.release,
        }
        super().__init__(ProductionWatchProvider(), name, inputs, opts)
