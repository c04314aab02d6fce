"""Refuses updates of a part of the stack (--target and the like): the safe order depends on all resources."""

import os
import re
from collections.abc import Mapping, Sequence

from cadrart_infra.engine.process import SWITCHES, engine
from cadrart_infra.engine.stack import OPTION
from cadrart_infra.user_errors import UserError

VARIABLE = "CADRART_ALLOW_PARTIAL"
"""Environment variable that lets an update of a part of the stack run, if it is `yes`."""

_FLAGS = ("--target", "--target-replace", "--exclude", "--replace")
_SHORT_FLAGS = {"t": "--target", "x": "--exclude"}
_SHORT_FLAG = re.compile(rf"-{SWITCHES}([{''.join(_SHORT_FLAGS)}]).*")
"""The value may stand right behind it."""


class PartialUpdate(UserError):
    """The engine would skip or replace a part of the update; nothing was changed."""


def require_whole() -> None:
    """Raises PartialUpdate if pulumi was started with such a flag or variable.

    The engine does not say so to a program; its command line and its environment do.
    """
    pulumi = engine()
    given = pulumi.arguments if pulumi.is_pulumi else []
    flags = [*partial_flags(given), *partial_variables(os.environ)]
    if flags and os.environ.get(VARIABLE) != "yes":
        raise PartialUpdate(
            f"This run of pulumi is of a part of the stack ({', '.join(flags)}); nothing was changed. A part that is "
            "written without the rest passes by the gate, the backup or the sync that it needs, or leaves a Service "
            "without pods. Run it without: what is as the settings say is not touched. "
            f"To do it at your own risk: {VARIABLE}=yes"
        )


def partial_flags(arguments: Sequence[str]) -> list[str]:
    """The flags in a `pulumi` command line that skip or replace resources, in order, each once."""
    given = (_flag(argument) for argument in arguments)
    return list(dict.fromkeys(flag for flag in given if flag))


def partial_variables(environment: Mapping[str, str]) -> list[str]:
    """The environment variables that stand for such flags and are set."""
    names = (f"{OPTION}{flag.removeprefix('--').upper().replace('-', '_')}" for flag in _FLAGS)
    return [name for name in names if environment.get(name)]


def _flag(argument: str) -> str | None:
    if short := _SHORT_FLAG.fullmatch(argument):
        return _SHORT_FLAGS[short[1]]
    name = argument.partition("=")[0]
    return name if name in _FLAGS else None
