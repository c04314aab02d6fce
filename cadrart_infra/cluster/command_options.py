"""The options of a command that finds a shop by its namespace, without its settings."""

from __future__ import annotations

import argparse

from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.model import NAMESPACE


def add_place(command: argparse.ArgumentParser) -> None:
    """Adds the options that say where the shop is."""
    command.add_argument("--namespace", default=NAMESPACE, help="of the shop (default: %(default)s)")
    command.add_argument("--context", default="", help="of the kubeconfig (default: its current one)")


def kubectl_of(options: argparse.Namespace) -> Kubectl:
    """The cluster at the place that these options say; nothing is asked yet."""
    return Kubectl(options.namespace, options.context)
