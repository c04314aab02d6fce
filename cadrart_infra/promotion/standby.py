"""What the colour that was production before is for: staging at once, or, for a while, a warm way back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from cadrart_infra import traffic
from cadrart_infra.model import Color, Environment, Workload
from cadrart_infra.promotion.live import Live


@dataclass(frozen=True)
class Standby:
    """`until`: when the hold of a warm standby ends; None where the inactive colour is staging."""

    until: datetime | None

    @property
    def environment(self) -> Environment:
        """What the inactive colour is bound to."""
        return Environment.PROD if self.until else Environment.STG

    def words(self, color: Color) -> str:
        """What a hold of `color` means to people; empty where there is none."""
        if not self.until:
            return ""
        until = self.until.strftime("%Y-%m-%d %H:%M UTC")
        return f"{color} stays bound to production, untouched: a warm way back until {until}, and no staging"


def standby(live: Live, active: Color, images: Mapping[Workload, str], *, warm: bool, hold: int) -> Standby:
    """What the inactive colour is bound to, its `images` being those that the settings want.

    A warm standby goes on untouched, bound to production, for `hold` seconds after production turned away from it. It
    ends before that with a release to it: that is a release to staging. Only a colour that is bound to production
    already, and could take it over again at once, is held.
    """
    if not warm or not live.stands_by(active.other, images):
        return Standby(None)
    turned = live.turned_at(traffic.routing(active))[traffic.turned_with(Environment.PROD)]
    until = datetime.fromisoformat(turned) + timedelta(seconds=hold)
    return Standby(until if until > live.read_at else None)
