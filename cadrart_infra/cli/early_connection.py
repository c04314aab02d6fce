"""Connects to the cluster while the command's modules still load, which saves some tenths of a second."""

import argparse
import contextlib
import threading
from pathlib import Path

import yaml

from cadrart_infra.cli.stacks import named_stack, only_stack, prefetch_selected_stack, selected_stack
from cadrart_infra.cluster.api_server import api_server
from cadrart_infra.model import PROGRAM

_DEFAULTS_TO_THE_ONLY_STACK = "status"
"""The command that takes the only stack with a settings file, if none is named."""


def connect_early(options: argparse.Namespace, folder: Path) -> None:
    """Starts `kubectl proxy` for the stack in a thread; asks Pulumi for the selected stack if none is named.

    Errors are ignored here and raised when the connection is used.
    """
    given = vars(options)
    if "stack" not in given or given.get("namespace") or given.get("context"):
        return
    named = named_stack(options)
    if not named and options.command == _DEFAULTS_TO_THE_ONLY_STACK:
        named = only_stack(folder)
    if not named:
        prefetch_selected_stack()
    threading.Thread(target=_connect, args=(named, folder), daemon=True).start()


def _connect(named: str, folder: Path) -> None:
    """Uses the kubeconfig's context that the stack's settings file names."""
    with contextlib.suppress(Exception):
        stack = (named or selected_stack()).rpartition("/")[2]
        config = yaml.safe_load((folder / f"Pulumi.{stack}.yaml").read_bytes())["config"]
        api_server(config.get(f"{PROGRAM}:kubernetes", {}).get("context", "")).request("GET", "/readyz")
