"""The network of a cluster, entered without another program."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.cluster import network
from sandbox.errors import SandboxError

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root enters a network namespace")


@pytest.fixture
def namespace() -> Iterator[Path]:
    """That of a process which has one of its own."""
    process = subprocess.Popen(
        ["unshare", "--net", "sh", "-c", "echo there; exec sleep 60"], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "there\n"
    yield Path(f"/proc/{process.pid}/ns/net")
    process.kill()
    process.communicate()


def test_what_is_called_inside_is_there_and_nothing_else_is(namespace: Path) -> None:
    before = network_of_this_thread()
    assert network.inside(namespace, network_of_this_thread) == os.readlink(namespace) != before
    assert network_of_this_thread() == before


def test_an_error_inside_is_the_caller_s(namespace: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        network.inside(namespace, lambda: 1 // 0)


def test_what_is_no_namespace_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "namespace").touch()
    with pytest.raises(SandboxError, match="namespace could not be entered: Invalid argument"):
        network.inside(tmp_path / "namespace", network_of_this_thread)


def network_of_this_thread() -> str:
    return os.readlink("/proc/thread-self/ns/net")
