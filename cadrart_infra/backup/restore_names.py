"""The names of a restore's databases (pure)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from cadrart_infra.naming import replaced_prefix

_MOMENT = re.compile(r"\d{6}-\d{6}")


@dataclass(frozen=True)
class RestoreNames:
    """`restored` takes the place of `production`, whose tables go to `replaced`."""

    production: str
    restored: str
    replaced: str

    @classmethod
    def of(cls, production: str, moment: datetime) -> RestoreNames:
        """The names beside a production database for a restore that begins at this moment."""
        return cls(production, f"{production}-restored", f"{replaced_prefix(production)}{moment:%y%m%d-%H%M%S}")


def is_moment(text: str) -> bool:
    """Whether it is what such a name ends in, so that a database is one of these."""
    return _MOMENT.fullmatch(text) is not None
