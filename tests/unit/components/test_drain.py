"""The script with which an ending pod waits for its connections, run by the shells that images have."""

import contextlib
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from cadrart_infra.components.drain import SETTLE, DrainArgs, waiting_script
from cadrart_infra.components.drain_by_line import looks_by_line

SHELLS = [path for path in map(shutil.which, ("dash", "bash")) if path]
TIMEOUT = 11


@contextlib.contextmanager
def connection(family: socket.AddressFamily) -> Iterator[int]:
    """An established connection, and the port that serves it."""
    with socket.create_server(("::1" if family == socket.AF_INET6 else "127.0.0.1", 0), family=family) as server:
        address = server.getsockname()
        with socket.create_connection(address[:2]) as client:
            accepted, _ = server.accept()
            with accepted, client:
                yield address[1]


def slept(shell: str, ports: list[int], folder: Path, timeout: int = TIMEOUT, *, with_cat: bool = True) -> list[int]:
    """The pauses that the script makes, which last no time here."""
    pause = folder / "sleep"
    pause.write_text(f'#!/bin/sh\necho "$1" >>{folder}/pauses\n')
    pause.chmod(0o755)
    if with_cat:
        (folder / "cat").symlink_to(str(shutil.which("cat")))
    command = [shell, "-c", waiting_script(DrainArgs(timeout, when_idle=True), ports)]
    done = subprocess.run(command, env={"PATH": str(folder)}, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout + done.stderr == ""
    return [int(pause) for pause in (folder / "pauses").read_text().split()]


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_INET6])
def test_it_waits_as_long_as_somebody_is_connected(shell: str, family: socket.AddressFamily, tmp_path: Path) -> None:
    with connection(family) as port:
        pauses = slept(shell, [1, port], tmp_path)
    assert pauses[0] == SETTLE
    assert TIMEOUT <= sum(pauses) <= TIMEOUT + 2


@pytest.mark.parametrize("shell", SHELLS)
def test_it_ends_when_nobody_is_connected_to_these_ports(shell: str, tmp_path: Path) -> None:
    with connection(socket.AF_INET), socket.create_server(("127.0.0.1", 0)) as listening, socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # so that nobody else on this machine has the port
        others = [one.getsockname()[1] for one in (listening, taken)]
        assert slept(shell, others, tmp_path) == [SETTLE]


def test_without_a_look_at_the_connections_it_waits_its_full_time(tmp_path: Path) -> None:
    assert sum(slept("/bin/sh", [1], tmp_path, with_cat=False)) >= TIMEOUT


def test_it_never_waits_longer_than_it_may(tmp_path: Path) -> None:
    with connection(socket.AF_INET) as port:
        assert slept("/bin/sh", [port], tmp_path, timeout=SETTLE) == [SETTLE]


@pytest.mark.parametrize(
    ("drain", "by_line"), [(DrainArgs(30, True), False), (DrainArgs(30, True, by_line=True), True)]
)
def test_pods_of_an_older_release_are_known_by_their_script(drain: DrainArgs, by_line: bool) -> None:
    command = ["sh", "-c", waiting_script(drain, [3000])]
    template = {"spec": {"containers": [{"lifecycle": {"preStop": {"exec": {"command": command}}}}]}}
    assert looks_by_line(template) is by_line
    assert not looks_by_line({"spec": {"containers": [{}, {"lifecycle": {"preStop": {"sleep": {"seconds": 9}}}}]}})
    assert not looks_by_line(None)
