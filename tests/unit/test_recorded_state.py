"""What Pulumi's state of a live stack holds of this program still works: ADR 8 says why and how."""

import base64
import importlib
import json
import os
import pkgutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import dill  # type: ignore[import-untyped]
import pytest
from pulumi.dynamic import ResourceProvider
from pulumi.dynamic.dynamic import serialize_provider

import cadrart_infra
from cadrart_infra.cluster.api_server import api_server
from tests.unit import proxy_stand_in
from tests.unit.recorded_state import RECORDED


@pytest.fixture(autouse=True)
def _namespace_that_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A cluster with nothing in it: what asks one finds that there is nothing to delete."""
    kubectl = tmp_path / "kubectl"
    kubectl.write_text(f'#!/bin/sh\nexec {sys.executable} {proxy_stand_in.__file__} {tmp_path} "$@"\n')
    kubectl.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    yield
    api_server("").end()


@pytest.mark.parametrize("path", RECORDED)
def test_a_provider_that_the_state_holds_is_found_and_deletes(path: str) -> None:
    provider = dill.loads(base64.b64decode(RECORDED[path]))
    assert isinstance(provider, ResourceProvider)
    provider.delete("some-id", {"namespace": "cadrart", "context": "", "__provider": RECORDED[path]})


@pytest.mark.parametrize("path", RECORDED)
def test_a_refresh_keeps_what_the_state_holds(path: str) -> None:
    recorded = {"namespace": "cadrart", "last": {"mode": "full"}, "__provider": RECORDED[path]}
    read = dill.loads(base64.b64decode(RECORDED[path])).read("some-id", dict(recorded))
    assert (read.id, read.outs) == ("some-id", recorded)


_HOST = """
import base64, json, os, sys, traceback
import dill, pulumi.dynamic
recorded = json.load(sys.stdin)
for path, provider in recorded.items():
    if os.fork() == 0:
        try:
            dill.loads(base64.b64decode(provider)).delete("some-id", {"namespace": "cadrart", "context": ""})
        except Exception:
            print(path, traceback.format_exc(), file=sys.stderr)
            os._exit(1)
        os._exit(0)
statuses = [os.wait()[1] for _ in recorded]
sys.exit(any(statuses))
"""
"""Pulumi's host, and in a process of its own from it each provider that it reads from its standard input."""


def test_a_host_that_has_imported_nothing_of_ours_finds_each_by_itself() -> None:
    """As in `pulumi destroy`, which never runs the program."""
    host = [sys.executable, "-c", _HOST]
    done = subprocess.run(host, input=json.dumps(RECORDED), capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_what_the_program_writes_into_the_state_today_is_recorded_here() -> None:
    """A provider that was added or moved is missing here, or has another text: see ADR 8."""
    written = {f"{provider.__module__}.{provider.__qualname__}": serialize_provider(provider()) for provider in _ours()}
    assert written.items() <= RECORDED.items(), json.dumps(written, indent=2)


def _ours() -> list[type[ResourceProvider]]:
    for module in pkgutil.walk_packages(cadrart_infra.__path__, "cadrart_infra."):
        if module.name.rpartition(".")[2] != "__main__":
            importlib.import_module(module.name)
    found, left = list[type[ResourceProvider]](), [ResourceProvider]
    while left:
        below = left.pop().__subclasses__()
        found += [one for one in below if one.__module__.endswith(".provider")]
        left += below
    return [one for one in found if one.__module__.startswith("cadrart_infra.")]
