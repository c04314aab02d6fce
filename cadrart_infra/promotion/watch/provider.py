"""The watch over production, as Pulumi's dynamic provider keeps it."""

from __future__ import annotations

from typing import Any, ClassVar

from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.dynamic import Inputs, Provider, Recorded, say
from cadrart_infra.model import Color
from cadrart_infra.promotion.watch.watch import Watch, is_from_a_switch, watch_production


class WatchInputs(Inputs):
    """What is watched, and for how many seconds; `release`: whether production got another release without a switch."""

    COUNTS = frozenset({"color", "turned_at"})

    color: Color
    database: str
    turned_at: str
    seconds: float
    release: bool = False


class ProductionWatchProvider(Provider[WatchInputs]):
    """Watches once after each switch of production's traffic; a watch that failed or was interrupted is repeated."""

    INPUTS: ClassVar[type[Inputs]] = WatchInputs
    ID = "production-watch"

    def perform(self, _old: Recorded | None, new: WatchInputs) -> dict[str, Any]:
        """Watches production for as long as the settings say, where it was switched or got another release."""
        watch, kubectl = Watch(new.color, new.database, new.seconds), Kubectl(new.namespace, new.context)
        if new.release or is_from_a_switch(watch, kubectl):
            watch_production(watch, kubectl, say)
        return {}
