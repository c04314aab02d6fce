"""Refuses an update from a checkout that is older than the last update's."""

import os

import pulumi

from cadrart_infra.history.checkout import Age, Checkout, age_of
from cadrart_infra.history.history import History
from cadrart_infra.user_errors import UserError

VARIABLE = "CADRART_ALLOW_OLDER"
"""Environment variable that lets an older checkout update the shop, if it is `yes`."""


class OlderProgram(UserError):
    """The checkout is older than the last update's; nothing was changed."""


def require_not_older(history: History, here: Checkout) -> None:
    """Raises OlderProgram if git knows that the checkout is older; if git does not know, says so in a line."""
    last = history.program
    match age_of(here, last):
        case Age.UNKNOWN:
            pulumi.log.info(
                "git does not know here whether this checkout is older than the program of the last update "
                f"({last.commit[:10]})"
            )
        case Age.OLDER if os.environ.get(VARIABLE) != "yes":
            update = history.last_update
            by = f", of {update.began} by {update.who}" if update else ""
            raise OlderProgram(
                f"This checkout of the program ({here.commit[:10]}) is older than the one that made the last update "
                f"({last.commit[:10]}{by}); nothing was changed. Bring it up to date: git pull. "
                f"To go back to it on purpose: {VARIABLE}=yes pulumi up"
            )
