"""Which stack and which shop a command is about; without Pulumi where that is told, or can be only one."""

import argparse
from pathlib import Path

from cadrart_infra.cli.stack_file import StackFile
from cadrart_infra.cli.stacks import (
    NoStackError,
    all_stacks,
    named_stack,
    only_stack,
    selected_stack,
)
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.model import NAMESPACE


def place(options: argparse.Namespace, folder: Path) -> Kubectl:
    """By --namespace and --context; else by the stack that is named, or the only one that has a file here.

    Pulumi is asked for the selected stack only where there are several. Raises SettingsError or NoStackError.
    """
    if options.namespace or options.context:
        return Kubectl(options.namespace or NAMESPACE, options.context)
    stack = named_stack(options) or only_stack(folder) or selected_stack()
    settings = StackFile(folder, stack).with_changes({})
    return Kubectl(settings.namespace, settings.kubernetes.context)


def takes_the_only_stack(options: argparse.Namespace, folder: Path) -> bool:
    """Whether nothing says which stack is meant, and `place` takes the only one with a file."""
    return not (options.namespace or options.context or named_stack(options)) and bool(only_stack(folder))


def another_is_selected(options: argparse.Namespace, folder: Path) -> str:
    """What to say where `place` took the only stack with a file, and Pulumi has another one selected; often nothing."""
    if not takes_the_only_stack(options, folder):
        return ""
    try:
        selected = selected_stack().rpartition("/")[2]
    except NoStackError:
        return ""
    if selected in all_stacks(folder):
        return ""
    only = only_stack(folder)
    return (
        f"This is the stack {only}, the only one that has a file here. The selected one, on which pulumi and the other "
        f"commands work, is {selected}, and has none: pulumi stack select {only}"
    )
