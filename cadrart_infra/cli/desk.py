"""Where a command works: the stack that is named, its settings and cluster, and a log of what Pulumi prints."""

import argparse
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

from cadrart_infra.cli.engine import Engine
from cadrart_infra.cli.jobs import JobError
from cadrart_infra.cli.page import Page
from cadrart_infra.cli.stack_file import StackFile, own_name
from cadrart_infra.cli.stacks import named_stack, selected_stack
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.history.checkout import FOLDER
from cadrart_infra.observed import require_answer
from cadrart_infra.settings import Settings


@dataclass(frozen=True)
class Desk:
    """What a command works with; `told`: the stack as Pulumi was to be told it, its organization included."""

    folder: Path
    stack: str
    file: StackFile
    page: Page
    command: str
    told: str

    @property
    def settings(self) -> Settings:
        """The stack's settings as they are."""
        return self.file.with_changes({})

    def kubectl(self) -> Kubectl:
        """The cluster of the stack."""
        settings = self.settings
        return Kubectl(settings.namespace, settings.kubernetes.context)

    @cached_property
    def log(self) -> Path:
        """What Pulumi prints; made when it is first needed, for most commands do without. Raises JobError."""
        return _new_log(self.stack, self.command)

    def engine(self) -> Engine:
        """Pulumi on the stack; raises JobError where there is no place for its log."""
        return Engine(self.folder, self.told, self.log, self.page)


def open_desk(options: argparse.Namespace, page: Page) -> Desk:
    """What the command works with; raises Unreachable where the cluster does not answer."""
    told = named_stack(options) or selected_stack()
    stack = own_name(told)
    desk = Desk(FOLDER, stack, StackFile(FOLDER, stack), page, options.command, told)
    require_answer(desk.kubectl())
    return desk


def _new_log(stack: str, command: str) -> Path:
    """A file that this user alone can read."""
    folder = _state_folder()
    path = folder / f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{stack}-{command}-{os.getpid()}.log"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600)
    except OSError as error:
        raise JobError(
            f"There is no place for what Pulumi prints: {folder} cannot be written ({error.strerror}); nothing was "
            "changed. Free it, or name another one: XDG_STATE_HOME=/some/folder"
        ) from None
    return path


def _state_folder() -> Path:
    base = os.environ.get("XDG_STATE_HOME")
    try:
        return (Path(base) if base else Path.home() / ".local" / "state") / "cadrart-infra"
    except RuntimeError:  # a container's user often has none
        raise JobError(
            "There is no place for what Pulumi prints: neither HOME nor the system names your home; nothing was "
            "changed. Name a place: XDG_STATE_HOME=/some/folder"
        ) from None
