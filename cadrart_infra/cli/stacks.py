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
    """The one that the command or its environment names, as Pulumi takes it; empty where neither does."""
    return str(options.stack or named_in(os.environ))


def all_stacks(folder: Path) -> list[str]:
    """The stacks that have a settings file here."""
    return sorted(path.name.removeprefix("Pulumi.").removesuffix(".yaml") for path in folder.glob("Pulumi.?*.yaml"))


def only_stack(folder: Path) -> str:
    """The stack that has a settings file here, where no other one has; otherwise empty."""
    stacks = all_stacks(folder)
    return stacks[0] if len(stacks) == 1 else ""


def begin_to_ask_for_the_selected() -> None:
    """Has Pulumi look while other things are done, for it takes some tenths of a second.

    Whatever is wrong with it is told when its answer is used.
    """
    _asked()


def selected_stack() -> str:
    """What `pulumi stack select` chose; raises NoStackError."""
    if name := _asked().result():
        return name
    raise NoStackError(
        "No stack is selected; nothing was changed. Name one: --stack NAME, or: pulumi stack select NAME"
    )


@functools.cache
def _asked() -> Future[str]:
    return ThreadPoolExecutor(max_workers=1).submit(ask_for_selected_stack)
