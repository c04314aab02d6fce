"""Exclusive access to the shop: a command holds the Lease, and starts from the newest commit of the branch."""

import contextlib
import os
import sys
from collections.abc import Iterator

from cadrart_infra.cli.git import NotAdvanced, fast_forward, require_main
from cadrart_infra.cli.workspace import Workspace
from cadrart_infra.cluster import lease
from cadrart_infra.cluster.errors import ClusterError
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.engine.process import engine
from cadrart_infra.history.checkout import FOLDER
from cadrart_infra.terminal import Say


@contextlib.contextmanager
def exclusive_and_up_to_date(workspace: Workspace, wait: int) -> Iterator[None]:
    """Holds the Lease and fast-forwards the checkout; raises lease.Held after `wait` seconds.

    If the branch has moved on, the process restarts itself on the new checkout: what it would set on top of older
    settings would undo another's change.
    """
    with exclusive_access(workspace.kubectl(), _doing(workspace), wait, workspace.page.line):
        packages = (workspace.folder / "requirements.txt").read_bytes()
        moved_on = fast_forward(workspace.folder)
        if not moved_on:
            yield
    if moved_on:
        if (workspace.folder / "requirements.txt").read_bytes() != packages:
            raise NotAdvanced("The branch has moved on, to other packages; nothing was changed. Run it again.")
        workspace.page.line("The branch has moved on; beginning again with it.")
        sys.stdout.flush()
        os.chdir(workspace.folder)
        os.execv(sys.executable, [sys.executable, "-m", "cadrart_infra", *sys.argv[1:]])


def exclusive_access(kubectl: Kubectl, doing: str, wait: float, line: Say) -> contextlib.AbstractContextManager[None]:
    """Holds the Lease while the block runs; raises lease.Held if somebody else still holds it after `wait` seconds.

    Raises NotAdvanced for a workflow on another branch than the main one.
    """
    require_main(FOLDER)
    return lease.held(kubectl, engine().run, doing, line, wait)


@contextlib.contextmanager
def leased_where_allowed(workspace: Workspace) -> Iterator[None]:
    """Holds the Lease from before the settings are written until they agree with the cluster; raises lease.Held.

    The update takes it only seconds after Pulumi's own lock: meanwhile a recovery would take that lock away, and
    another command would find settings that the cluster does not have yet. Who may not hold it is refused by the
    update, which names every right that is missing.
    """
    with contextlib.ExitStack() as held:
        try:
            held.enter_context(lease.held(workspace.kubectl(), engine().run, _doing(workspace), workspace.page.line))
        except lease.Held:
            raise
        except ClusterError:
            pass
        yield


def _doing(workspace: Workspace) -> str:
    return f"cadrart {workspace.command} of stack {workspace.stack}"
