"""What a command works on: the stack, its settings file, its cluster, its engine, and the log of Pulumi's output."""

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
class Workspace:
    """A stack that is worked on. `full_name`: the stack with its organization, as Pulumi takes it."""

    folder: Path
    stack: str
    file: StackFile
    page: Page
    command: str
    full_name: str

    @property
    def settings(self) -> Settings:
        """The stack's settings as they are."""
        return self.file.settings

    def kubectl(self) -> Kubectl:
        """The cluster of the stack."""
        settings = self.settings
        return Kubectl(settings.namespace, settings.kubernetes.context)

    @cached_property
    def log(self) -> Path:
        """The file for Pulumi's output, made on first use; raises JobError if it cannot be written."""
        return _new_log(self.stack, self.command)

    def engine(self) -> Engine:
        """Pulumi's engine on the stack; raises JobError if its log cannot be written."""
        return Engine(self.folder, self.full_name, self.log, self.page)


def open_workspace(options: argparse.Namespace, page: Page) -> Workspace:
    """The named or selected stack; raises Unreachable if its cluster does not answer."""
    full_name = named_stack(options) or selected_stack()
    stack = own_name(full_name)
    workspace = Workspace(FOLDER, stack, StackFile(FOLDER, stack), page, options.command, full_name)
    require_answer(workspace.kubectl())
    return workspace


def _new_log(stack: str, command: str) -> Path:
    """A new file that only this user can read."""
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
