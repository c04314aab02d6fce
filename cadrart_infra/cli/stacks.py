"""Which stacks this checkout has settings for, and which one is selected."""

import argparse
import functools
import os
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from cadrart_infra.engine.stack import ask_for_selected_stack, named_in
from cadrart_infra.user_errors import UserError


class NoStackError(UserError):
    """No stack is named and none is selected."""


def named_stack(options: argparse.Namespace) -> str:
    """The stack that --stack or the environment names, perhaps with its organization; empty if neither does."""
    return str(options.stack or named_in(os.environ))


def all_stacks(folder: Path) -> list[str]:
    """The stacks that have a settings file here."""
    return sorted(path.name.removeprefix("Pulumi.").removesuffix(".yaml") for path in folder.glob("Pulumi.?*.yaml"))


def only_stack(folder: Path) -> str:
    """The only stack with a settings file here; empty if there are none or several."""
    stacks = all_stacks(folder)
    return stacks[0] if len(stacks) == 1 else ""


def prefetch_selected_stack() -> None:
    """Asks Pulumi for the selected stack in a thread, since that takes some tenths of a second.

    `selected_stack` returns the answer, or raises what went wrong.
    """
    _selected()


def selected_stack() -> str:
    """What `pulumi stack select` chose; raises NoStackError."""
    if name := _selected().result():
        return name
    raise NoStackError(
        "No stack is selected; nothing was changed. Name one: --stack NAME, or: pulumi stack select NAME"
    )


@functools.cache
def _selected() -> Future[str]:
    return ThreadPoolExecutor(max_workers=1).submit(ask_for_selected_stack)
