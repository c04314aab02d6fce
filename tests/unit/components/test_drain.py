"""The script with which an ending pod waits for its connections, run by the shells that images have."""

import contextlib
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from cadrart_infra.components.drain import SETTLE, waiting_script

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


def slept(shell: str, ports: list[int], folder: Path, timeout: int = TIMEOUT) -> list[int]:
    """The pauses that the script makes, which last no time here."""
    pause = folder / "sleep"
    pause.write_text(f'#!/bin/sh\necho "$1" >>{folder}/pauses\n')
    pause.chmod(0o755)
    command = [shell, "-c", waiting_script(timeout, ports)]
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


def test_it_never_waits_longer_than_it_may(tmp_path: Path) -> None:
    with connection(socket.AF_INET) as port:
        assert slept("/bin/sh", [port], tmp_path, timeout=SETTLE) == [SETTLE]
