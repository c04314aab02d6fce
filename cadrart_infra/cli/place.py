"""Which stack and which shop a command is about; without Pulumi where that is told, or can be only one."""

import argparse
from pathlib import Path

from cadrart_infra.cli.stack_file import StackFile
from cadrart_infra.cli.stacks import named_stack, only_stack, selected_stack
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
