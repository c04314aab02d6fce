"""Runs a database image without a cluster: the cached root below, the image's own layer on top, pid 1 of its own.

What a container runtime would add and these tests do not need (a network namespace, cgroups, capabilities) is left
out, so the server listens on a loopback port of this machine.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import socket
import subprocess
import tarfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pymysql
from pymysql.connections import Connection
from pymysql.cursors import Cursor

from sandbox.local_servers import free_port
from sandbox.shop import images as shop_images
from sandbox.toolchain.database_roots import mariadb_root, mysql_root

UNFINISHED = ".preparation-unfinished"
_SECONDS = 90.0

_ENTER = """
set -e
mount --make-rprivate /
mount -t overlay overlay -o "lowerdir=$1,upperdir=$2/upper,workdir=$2/work" "$2/merged"
mount --bind "$3" "$2/merged/var/lib/mysql"
mount --rbind /dev "$2/merged/dev"
mount -t proc proc "$2/merged/proc"
root=$2/merged
shift 3
exec chroot "$root" "$@"
"""


@dataclass
class Container:
    """One run of an image on the data folder `data`; `environment` and `scripts` as a pod would give them."""

    kind: str
    data: Path
    scratch: Path
    environment: Mapping[str, str]
    scripts: Mapping[str, str] = field(default_factory=dict)
    port: int = 0

    def start(self) -> None:
        """Start the image's entrypoint; returns at once."""
        self.port = self.port or free_port()
        run = self.scratch / secrets.token_hex(4)
        for folder in ("upper/docker-entrypoint-initdb.d", "work", "merged"):
            (run / folder).mkdir(parents=True)
        _unpack_entry_layer(self.kind, run / "upper")
        for name, text in self.scripts.items():
            (run / "upper/docker-entrypoint-initdb.d" / name).write_text(text)
        arguments = [f"--port={self.port}", "--bind-address=127.0.0.1"]
        if self.kind == "mysql":
            arguments.append("--mysqlx=OFF")
        root = mysql_root() if self.kind == "mysql" else mariadb_root()
        unshare = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", _ENTER, "enter"]
        entry = "/usr/local/bin/docker-entrypoint.sh"
        self._log = run / "log"
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [*unshare, str(root), str(run), str(self.data), entry, *arguments],
                env={"PATH": os.environ["PATH"], **_variables(self.kind), **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def wait_until_it_listens(self) -> None:
        deadline = time.monotonic() + _SECONDS
        while time.monotonic() < deadline:
            assert self._process.poll() is None, f"the container ended:\n{self.log()}"
            if self.listens():
                return
            time.sleep(0.05)
        raise AssertionError(f"nothing listens after {_SECONDS:.0f} s:\n{self.log()}")

    def listens(self) -> bool:
        """True when something answers on the server's TCP port."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as link:
                return len(link.recv(4)) == 4
        except OSError:
            return False

    def connect(self, user: str, password: str, database: str | None = None) -> Connection[Cursor]:
        return pymysql.connect(host="127.0.0.1", port=self.port, user=user, password=password, database=database)

    def log(self) -> str:
        return self._log.read_text(errors="replace")

    def first_process(self) -> Path:
        """The folder in /proc of the container's pid 1."""
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()
        return Path("/proc") / children[0]

    def signal(self, sign: signal.Signals) -> int:
        """Send a signal to pid 1, as a runtime does, and give the exit status of the container."""
        if self._process.poll() is None:
            os.kill(int(self.first_process().name), sign)
        return self.exit_status()

    def exit_status(self) -> int:
        return self._process.wait(timeout=_SECONDS)

    def remove(self) -> None:
        """End it whatever it does; with pid 1 go all other processes and mounts of it.

        pid 1 is ended itself: a process that changes its user, as the entrypoint does, no longer dies with its parent.
        """
        if self._process.poll() is None:
            with contextlib.suppress(IndexError, OSError):  # it has just ended by itself
                os.kill(int(self.first_process().name), signal.SIGKILL)
            self._process.kill()
            self._process.wait()


def _unpack_entry_layer(kind: str, target: Path) -> None:
    """The upper layer of the image as it is in the archive, not the files it was made of."""
    archive = next(path for path in shop_images.archives() if path.name == f"{kind}.tar")
    with tarfile.open(archive) as tar:
        layers = [member for member in tar if member.name.endswith("/layer.tar")]
        content = tar.extractfile(layers[-1])
        assert content is not None
        with tarfile.open(fileobj=content) as layer:
            layer.extractall(target, filter="tar")


def _variables(kind: str) -> dict[str, str]:
    return dict(variable.split("=", 1) for variable in shop_images.database_variables(kind))
