"""What a command begins before it has loaded what it needs: the way to the cluster takes some tenths of a second."""

import argparse
import contextlib
import os
import threading
from pathlib import Path

import yaml

from cadrart_infra.cluster.api_server import api_server
from cadrart_infra.model import PROGRAM


def begin_to_reach_the_cluster(options: argparse.Namespace, folder: Path) -> None:
    """Starts the `kubectl proxy` of the stack that is named; whatever is wrong with it is told when it is used."""
    if stack := getattr(options, "stack", "") or os.environ.get("PULUMI_STACK", ""):
        threading.Thread(target=_reach, args=(folder / f"Pulumi.{stack.rpartition('/')[2]}.yaml",), daemon=True).start()


def _reach(settings: Path) -> None:
    """By the kubeconfig's context that the settings will name."""
    with contextlib.suppress(Exception):
        config = yaml.safe_load(settings.read_bytes())["config"]
        api_server(config.get(f"{PROGRAM}:kubernetes", {}).get("context", "")).request("GET", "/readyz")
