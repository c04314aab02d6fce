"""A command's turn at the shop: it waits for whoever changes it, and then works with what Git says by then."""

import contextlib
import os
import sys
from collections.abc import Iterator

from cadrart_infra.cli.desk import Desk
from cadrart_infra.cli.git import NotAdvanced, advance
from cadrart_infra.cluster import lease
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.engine.process import engine
from cadrart_infra.terminal import Say


@contextlib.contextmanager
def turn(desk: Desk, command: str, wait: int) -> Iterator[None]:
    """The shop is this command's alone while the block runs; raises lease.Held after `wait` seconds.

    Where the branch has moved on meanwhile, the command begins again with the checkout of now: what it would set on top
    of older settings would take another's change back.
    """
    with alone(desk.kubectl(), f"cadrart {command} of stack {desk.stack}", wait, desk.page.line):
        packages = (desk.folder / "requirements.txt").read_bytes()
        moved_on = advance(desk.folder)
        if not moved_on:
            yield
    if moved_on:
        if (desk.folder / "requirements.txt").read_bytes() != packages:
            raise NotAdvanced("The branch has moved on, to other packages; nothing was changed. Run it again.")
        desk.page.line("The branch has moved on; beginning again with it.")
        sys.stdout.flush()
        os.chdir(desk.folder)
        os.execv(sys.executable, [sys.executable, "-m", "cadrart_infra", *sys.argv[1:]])


def alone(kubectl: Kubectl, doing: str, wait: float, line: Say) -> contextlib.AbstractContextManager[None]:
    """The Lease while the block runs; raises lease.Held where somebody else holds it for `wait` seconds more."""
    return lease.held(kubectl, engine().run, doing, line, wait)
