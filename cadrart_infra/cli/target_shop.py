"""Which shop (namespace and kubeconfig context) a command looks at; asks Pulumi only if there are several stacks."""

import argparse
from dataclasses import dataclass
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
from cadrart_infra.settings.environments import IngressSettings
from cadrart_infra.settings.values import is_namespace


@dataclass(frozen=True)
class TargetShop:
    """A shop that is looked at.

    `unusable`: why no update could use the settings of its stack; else empty. `ingress`: as these want it; None where
    they are not known.
    """

    kubectl: Kubectl
    unusable: str = ""
    ingress: IngressSettings | None = None


def target_shop(options: argparse.Namespace, folder: Path) -> TargetShop:
    """The shop by --namespace, else by the named stack, else by the only stack with a settings file.

    --context comes before a stack's own; without a name of a stack or a namespace, the shop has the default namespace.
    Pulumi is asked for the selected stack only where there are several. Of settings that cannot be used it needs where
    the shop is alone. Raises SettingsError or NoStackError.
    """
    file = _stack_file(options, folder)
    if file is None:
        return TargetShop(Kubectl(_named(options.namespace) or NAMESPACE, options.context))
    ingress, unusable = _wanted_ingress(file)
    try:
        namespace, context = file.place()
        return TargetShop(Kubectl(namespace, options.context or context), unusable, ingress)
    except SettingsError as error:
        raise SettingsError(
            f"{unusable or error}\n  What runs is shown all the same by: cadrart status --namespace NAMESPACE"
        ) from None


def _wanted_ingress(file: StackFile) -> tuple[IngressSettings | None, str]:
    """How the settings want the Ingress; where they cannot be used, why."""
    try:
        return file.settings.ingress, ""
    except SettingsError as error:
        return None, error.explained()


def _stack_file(options: argparse.Namespace, folder: Path) -> StackFile | None:
    """None where the shop is named without a stack."""
    if options.namespace or (options.context and not named_stack(options)):
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
