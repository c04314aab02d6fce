"""Which shop (namespace and kubeconfig context) a command looks at; asks Pulumi only if there are several stacks."""

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
from cadrart_infra.settings import SettingsError
from cadrart_infra.settings.values import is_namespace


def target_shop(options: argparse.Namespace, folder: Path) -> Kubectl:
    """The shop by --namespace and --context, else by the named stack, else by the only stack with a settings file.

    Pulumi is asked for the selected stack only where there are several. Of settings that cannot be used it needs where
    the shop is alone. Raises SettingsError or NoStackError.
    """
    file = _stack_file(options, folder)
    if file is None:
        return Kubectl(_named(options.namespace) or NAMESPACE, options.context)
    try:
        return Kubectl(*file.place())
    except SettingsError as error:
        why = unusable_settings(options, folder) or error
        raise SettingsError(
            f"{why}\n  What runs is shown all the same by: cadrart status --namespace NAMESPACE"
        ) from None


def unusable_settings(options: argparse.Namespace, folder: Path) -> str:
    """Why no update could use the settings of the stack that `target_shop` takes; else empty."""
    file = _stack_file(options, folder)
    try:
        if file:
            file.with_changes({})
    except SettingsError as error:
        return error.explained()
    return ""


def _stack_file(options: argparse.Namespace, folder: Path) -> StackFile | None:
    """None where the shop is named without a stack."""
    if options.namespace or options.context:
        return None
    return StackFile(folder, named_stack(options) or only_stack(folder) or selected_stack())


def _named(namespace: str) -> str:
    """What is no name of a namespace would ask the API server for something else."""
    if namespace and not is_namespace(namespace):
        raise SettingsError(
            f"--namespace: {namespace!r} is not the name of a namespace; nothing was changed. Those that there are: "
            "kubectl get namespaces"
        )
    return namespace


def takes_the_only_stack_by_default(options: argparse.Namespace, folder: Path) -> bool:
    """Whether no option names a stack, so that `target_shop` takes the only one with a settings file."""
    return not (options.namespace or options.context or named_stack(options)) and bool(only_stack(folder))


def other_selected_stack(options: argparse.Namespace, folder: Path) -> str:
    """A notice if `target_shop` took the only stack with a file while Pulumi has another one selected; else empty."""
    if not takes_the_only_stack_by_default(options, folder):
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
