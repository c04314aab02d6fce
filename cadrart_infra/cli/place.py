"""Which stack and which shop a command is about; without Pulumi where that is told, or can be only one."""

import argparse
import contextlib
import os
import subprocess
from pathlib import Path

from cadrart_infra.cli.stack_file import StackFile
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.history.checkout import FOLDER
from cadrart_infra.model import NAMESPACE
from cadrart_infra.user_errors import UserError


class NoStackError(UserError):
    """No stack is named and none is selected."""


def place(options: argparse.Namespace, folder: Path) -> Kubectl:
    """By --namespace and --context; else by the stack that is named, or the only one that has a file here.

    Pulumi is asked for the selected stack only where there are several. Raises SettingsError or NoStackError.
    """
    if options.namespace or options.context:
        return Kubectl(options.namespace or NAMESPACE, options.context)
    stack = options.stack or os.environ.get("PULUMI_STACK", "") or _only_stack(folder) or selected_stack()
    settings = StackFile(folder, stack).with_changes({})
    return Kubectl(settings.namespace, settings.kubernetes.context)


def selected_stack() -> str:
    """What `pulumi stack select` chose; raises NoStackError."""
    command = ["pulumi", "--non-interactive", "stack", "--show-name"]
    with contextlib.suppress(FileNotFoundError):
        done = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return done.stdout.strip()
    raise NoStackError(
        "No stack is selected; nothing was changed. Name one: --stack NAME, or: pulumi stack select NAME"
    )


def all_stacks(folder: Path) -> list[str]:
    """The stacks that have a settings file here."""
    return sorted(path.name.removeprefix("Pulumi.").removesuffix(".yaml") for path in folder.glob("Pulumi.?*.yaml"))


def _only_stack(folder: Path) -> str:
    stacks = all_stacks(folder)
    return stacks[0] if len(stacks) == 1 else ""
