"""Which colour serves production before and after an update, and what each is for."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property

from cadrart_infra import traffic
from cadrart_infra.live import Live
from cadrart_infra.model import Color, Environment, ImagesByColor
from cadrart_infra.settings import Settings


class Role(StrEnum):
    """What a colour is for."""

    PRODUCTION = "production"
    STAGING = "staging"
    STANDBY = "standby"
    """Bound to production and kept warm, but no proxy leads to it; there is no staging meanwhile."""


@dataclass(frozen=True)
class ColorRoles:
    """Who serves production and staging, by the settings and by what is `live`; `Roles` follow from one colour."""

    settings: Settings
    live: Live
    images: ImagesByColor

    @property
    def active(self) -> Color:
        """The colour that serves production after the update."""
        return self.settings.active_color

    @property
    def inactive(self) -> Color:
        """The other colour."""
        return self.active.other

    @property
    def served_by(self) -> Color | None:
        """The colour that serves production before the update; None where none does, or the proxies disagree."""
        return self.live.production

    @property
    def is_switch(self) -> bool:
        """Whether a proxy of production leads elsewhere than to the active colour."""
        return self.live.is_switch_to(self.active)

    @property
    def begins_to_serve(self) -> bool:
        """Whether nothing serves production yet."""
        return not self.live.serves

    @property
    def stands_by(self) -> bool:
        """Whether the active colour's pods are bound to production already, as they are wanted, and ready."""
        return self.live.stands_by(self.active, self.images[self.active])

    @cached_property
    def held_until(self) -> datetime | None:
        """When the hold of a warm standby ends; None where the inactive colour is staging.

        A warm standby goes on untouched, bound to production, for `promotion.hold` seconds after production left
        it. It ends before that with a release to it: that is a release to staging. Only a colour that is bound to
        production already, and could take it over again at once, is held.
        """
        if self.settings.standby != "warm" or not self.live.stands_by(self.inactive, self.images[self.inactive]):
            return None
        turned_at = self.live.turned_at(traffic.routing(self.active))
        turned = datetime.fromisoformat(turned_at[traffic.switch_time_proxy(Environment.PROD)])
        until = turned + timedelta(seconds=self.settings.promotion.hold)
        return until if until > self.live.read_at else None

    @cached_property
    def bindings(self) -> Mapping[Color, Environment]:
        """What each colour's pods are bound to after the update: both to production during a warm standby."""
        inactive = Environment.PROD if self.held_until else Environment.STG
        return {color: Environment.PROD if color is self.active else inactive for color in Color}

    @property
    def by_color(self) -> Mapping[Color, Role]:
        """What each colour is for after the update."""
        return {self.active: Role.PRODUCTION, self.inactive: Role.STANDBY if self.held_until else Role.STAGING}
