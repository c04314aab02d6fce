"""The proxies' selectors after an update, and when each was switched."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from cadrart_infra import naming, traffic
from cadrart_infra.live import Live, differing_names
from cadrart_infra.model import Color, Environment


@dataclass(frozen=True)
class Routes:
    """The proxies and the record of the colours; `to_new_pods`: see `Releases.to_production`."""

    live: Live
    active: Color
    to_new_pods: bool

    @cached_property
    def selectors(self) -> Mapping[str, Mapping[str, str]]:
        """What every proxy selects, and what the record of the colours says (see `traffic.routing`)."""
        return traffic.routing(self.active)

    @cached_property
    def turned_at(self) -> Mapping[str, str]:
        """When each was switched to its selector; a release to production switches production's to the new pods."""
        kept = self.live.turned_at(self.selectors)
        if not self.to_new_pods:
            return kept
        production = (*traffic.proxies(Environment.PROD), naming.ENVIRONMENT_CONFIG)
        return {**kept, **dict.fromkeys(production, self.live.now)}

    @property
    def rerouted(self) -> list[str]:
        """The proxies that will be rerouted, and the record where it will change."""
        return differing_names(self.selectors, self.live.routed)
