"""What a command begins before it has loaded what it needs: the way to the cluster takes some tenths of a second."""

import argparse
import contextlib
import threading
from pathlib import Path

import yaml

from cadrart_infra.cli.stacks import begin_to_ask_for_the_selected, named_stack, only_stack, selected_stack
from cadrart_infra.cluster.api_server import api_server
from cadrart_infra.model import PROGRAM

_LOOKS = "status"
"""The command that takes the only stack for the one that is meant."""


def begin_to_reach_the_cluster(options: argparse.Namespace, folder: Path) -> None:
    """Has Pulumi asked for the selected stack where none is named, and starts the stack's `kubectl proxy`.

    Whatever is wrong with either is told when it is used.
    """
    given = vars(options)
    if "stack" not in given or given.get("namespace") or given.get("context"):
        return
    named = named_stack(options)
    if not named and options.command == _LOOKS:
        named = only_stack(folder)
    if not named:
        begin_to_ask_for_the_selected()
    threading.Thread(target=_reach, args=(named, folder), daemon=True).start()


def _reach(named: str, folder: Path) -> None:
    """By the kubeconfig's context that the settings will name."""
    with contextlib.suppress(Exception):
        stack = (named or selected_stack()).rpartition("/")[2]
        config = yaml.safe_load((folder / f"Pulumi.{stack}.yaml").read_bytes())["config"]
        api_server(config.get(f"{PROGRAM}:kubernetes", {}).get("context", "")).request("GET", "/readyz")
