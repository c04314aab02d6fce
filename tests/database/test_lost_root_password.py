"""The script of docs/troubles.md for a root password that nobody knows, on each server."""

from __future__ import annotations

import re
import subprocess
import textwrap
from pathlib import Path

import pytest

from sandbox.local_servers import ALL_KINDS, running_server
from tests.database.harness import root_client

PAGE = Path(__file__).parents[2] / "docs" / "troubles.md"
PASSWORD = "new'one\\t \"$x` &#1;"


def script() -> str:
    """What the pod runs; here its files lie elsewhere, and it is nobody else than root."""
    match = re.search(r"^ +- \|\n(.+?--init-file=\S+\n)", PAGE.read_text(), re.M | re.S)
    assert match is not None
    text = textwrap.dedent(match[1]).replace("/tmp/", "/mnt/").replace("/var/lib/mysql", "/mnt/data")
    return text.replace("exec $server", "exec $server --no-defaults --user=root --socket=/mnt/s --pid-file=/mnt/p")


@pytest.mark.parametrize("kind", sorted(ALL_KINDS))
def test_root_gets_the_secrets_password_and_the_server_ends(kind: str) -> None:
    with running_server(ALL_KINDS[kind]) as server:
        server.stop()
        done = subprocess.run(
            server.client_command("/bin/sh", "-c", script()),
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "PASSWORD": PASSWORD},
            capture_output=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        (server.folder / "accounts.sql").write_text("SELECT 1;\n")  # it would set root's password again
        server.start()
        root_client(server, PASSWORD).run("SELECT 1")
