"""Throw-away MySQL and MariaDB servers on a loopback port, for tests and benchmarks.

A server is a child process of the caller, run inside the cached root file system of its kind in a mount
namespace of its own. Its data lie in a temporary folder that goes when the server is removed, when the calling
process ends, or, after a SIGKILL of the caller, when the next server is made.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import random
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from sandbox.errors import SandboxError
from sandbox.server_limits import ServerLimits
from sandbox.toolchain.database_roots import WITHOUT_WAITING_FOR_THE_DISK, mariadb_root, mysql_root, new_mariadb_root

_FOLDER_PREFIX = "cadrart-db-"
_MOUNT_POINT = "/mnt"  # exists in every Debian root file system and is empty there
_START_SECONDS = 90.0

_ENTER_ROOT = f"""
set -e
for group in $3; do echo $$ >"$group/cgroup.procs"; done
mount --make-rprivate /
mount --bind "$2" "$1{_MOUNT_POINT}"
mount --rbind /dev "$1/dev"
root=$1
shift 3
exec chroot "$root" "$@"
"""


@dataclass(frozen=True)
class ServerKind:
    """What differs between servers; `name` is the product's."""

    name: str
    root: Callable[[], Path]
    program: str
    initialise: tuple[str, ...]
    settings: Mapping[str, str]


_COMMON_SETTINGS = {
    "datadir": f"{_MOUNT_POINT}/data",
    "socket": f"{_MOUNT_POINT}/server.sock",
    "pid-file": f"{_MOUNT_POINT}/server.pid",
    "tmpdir": f"{_MOUNT_POINT}/tmp",
    "user": "root",
    "bind-address": "127.0.0.1",
    "skip-name-resolve": "ON",
    "innodb-buffer-pool-size": "128M",
}

MYSQL = ServerKind(
    name="mysql",
    root=mysql_root,
    program="/usr/sbin/mysqld",
    initialise=(
        "/usr/sbin/mysqld",
        "--no-defaults",
        "--initialize-insecure",
        "--user=root",
        f"--datadir={_MOUNT_POINT}/data",
    ),
    settings={
        "mysqlx": "OFF",
        "secure-file-priv": "NULL",
        "log-bin": "binlog",
        "innodb-flush-method": "fsync",
        "innodb-redo-log-capacity": "100M",
    },
)

MARIADB = ServerKind(
    name="mariadb",
    root=mariadb_root,
    program="/usr/sbin/mariadbd",
    initialise=(
        "/usr/bin/mariadb-install-db",
        "--no-defaults",
        "--user=root",
        "--auth-root-authentication-method=normal",
        "--skip-test-db",
        "--force",  # it would look its own host name up otherwise
        f"--datadir={_MOUNT_POINT}/data",
    ),
    settings={},
)

KINDS = {kind.name: kind for kind in (MYSQL, MARIADB)}
"""One of each product."""

ALL_KINDS = {**KINDS, "mariadb-11.8": replace(MARIADB, root=new_mariadb_root)}
"""With the newer release of MariaDB."""


@dataclass
class LocalServer:
    """One running server.

    `host`, `port` and `root_password` (of the account `root`) are what a client needs. `settings` are server options
    without the leading dashes; they win over the defaults of the kind. `limits`: what the server runs within; neither
    its initialisation nor its client programs do. `waits_for_disk`: whether a commit, or a table that is made, waits
    until the disk has it; see WITHOUT_WAITING_FOR_THE_DISK.
    """

    kind: ServerKind
    folder: Path
    port: int
    root_password: str = field(repr=False)
    settings: Mapping[str, str] = field(default_factory=dict)
    host: str = "127.0.0.1"
    limits: ServerLimits | None = None
    waits_for_disk: bool = False
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def start(self) -> None:
        """Start the process and wait until it answers; raises SandboxError when it does not."""
        options = {**_COMMON_SETTINGS, **self.kind.settings, **self.settings, "port": str(self.port)}
        arguments = [f"--{name}={value}" for name, value in options.items()]
        init_file = f"--init-file={_MOUNT_POINT}/accounts.sql"
        self._process = self._spawn(self.kind.program, "--no-defaults", *arguments, init_file, limits=self.limits)
        self._wait_until_ready()

    def stop(self) -> None:
        """End the server as an administrator would (SIGTERM), and wait for it."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End the server as a power cut would (SIGKILL)."""
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        """Stop, then start on the same port with the same data."""
        self.stop()
        self.start()

    def remove(self) -> None:
        """End the server and delete its data."""
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)
        atexit.unregister(self.remove)

    def client_command(self, program: str, *arguments: str) -> list[str]:
        """The command line that runs a client program of this server's root file system (`mysqldump`, …)."""
        return self._in_root(program, *arguments)

    def log(self) -> str:
        """The server's own log since its first start."""
        return (self.folder / "server.log").read_text(errors="replace")

    @property
    def data_folder(self) -> Path:
        """Where the data files lie on the host."""
        return self.folder / "data"

    @property
    def is_running(self) -> bool:
        """False when it was stopped or killed, or ended by itself."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        """Process id of the running server; raises SandboxError when it does not run."""
        if self._process is None:
            raise SandboxError(f"the {self.kind.name} server does not run")
        return self._process.pid

    def _initialise(self) -> None:
        (self.folder / "tmp").mkdir()
        self.data_folder.mkdir()
        (self.folder / "owner.pid").write_text(str(os.getpid()))
        accounts = self.folder / "accounts.sql"
        accounts.touch(mode=0o600)
        accounts.write_text(_root_account_sql(self.root_password))
        process = self._spawn(*self.kind.initialise)
        if process.wait(timeout=_START_SECONDS) != 0:
            raise SandboxError(f"{self.kind.name} could not be initialised:\n{self._log_tail()}")

    def _in_root(self, *command: str, limits: ServerLimits | None = None) -> list[str]:
        # The kernel ends the program when the process that started it is gone.
        enter = ["setpriv", "--pdeathsig", "KILL", "unshare", "--mount", "sh", "-c", _ENTER_ROOT, "enter-root"]
        groups = " ".join(map(str, limits.folders)) if limits else ""
        return [*enter, str(self.kind.root()), str(self.folder), groups, *command]

    def _spawn(self, *command: str, limits: ServerLimits | None = None) -> subprocess.Popen[bytes]:
        with (self.folder / "server.log").open("ab") as log:
            return subprocess.Popen(
                self._in_root(*self._variables(), *command, limits=limits),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C in the terminal is for the tests, not for the server
            )

    def _variables(self) -> list[str]:
        """What runs a command with the variables that a server's programs have here."""
        return [] if self.waits_for_disk else ["env", WITHOUT_WAITING_FOR_THE_DISK]

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            if self._process is None or self._process.poll() is not None:
                raise SandboxError(f"{self.kind.name} ended while starting:\n{self._log_tail()}")
            if _answers(self.host, self.port):
                return
            time.sleep(0.1)
        self.kill()
        raise SandboxError(f"{self.kind.name} did not answer in {_START_SECONDS:.0f} s:\n{self._log_tail()}")

    def _end(self, sign: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None or process.poll() is not None:
            return
        process.send_signal(sign)
        try:
            process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _log_tail(self) -> str:
        return "\n".join(self.log().splitlines()[-15:])


def start_server(
    kind: ServerKind,
    settings: Mapping[str, str] | None = None,
    limits: ServerLimits | None = None,
    *,
    waits_for_disk: bool = False,
) -> LocalServer:
    """Make, initialise and start a new server; `remove()` it afterwards (done at exit otherwise)."""
    _remove_orphaned_folders()
    folder = Path(tempfile.mkdtemp(prefix=_FOLDER_PREFIX))
    password = secrets.token_hex(16)
    server = LocalServer(
        kind, folder, free_port(), password, settings or {}, limits=limits, waits_for_disk=waits_for_disk
    )
    atexit.register(server.remove)
    try:
        server._initialise()
        server.start()
    except BaseException:
        server.remove()
        raise
    return server


@contextlib.contextmanager
def running_server(
    kind: ServerKind,
    settings: Mapping[str, str] | None = None,
    limits: ServerLimits | None = None,
    *,
    waits_for_disk: bool = False,
) -> Iterator[LocalServer]:
    """`start_server`, removed at the end of the block."""
    server = start_server(kind, settings, limits, waits_for_disk=waits_for_disk)
    try:
        yield server
    finally:
        server.remove()


def _root_account_sql(password: str) -> str:
    """Run by the server itself at every start, so that the password is in no argument list."""
    return (
        f"ALTER USER 'root'@'localhost' IDENTIFIED BY '{password}';\n"
        "CREATE USER IF NOT EXISTS 'root'@'127.0.0.1';\n"
        f"ALTER USER 'root'@'127.0.0.1' IDENTIFIED BY '{password}';\n"
        "GRANT ALL PRIVILEGES ON *.* TO 'root'@'127.0.0.1' WITH GRANT OPTION;\n"
    )


def _answers(host: str, port: int) -> bool:
    """True when the server sends its greeting, which it does only when it is ready."""
    try:
        with socket.create_connection((host, port), timeout=1) as connection:
            return len(connection.recv(5)) == 5
    except OSError:
        return False


def free_port() -> int:
    """A port below the range that clients get theirs from: while the server restarts, nobody else may take it."""
    for port in random.sample(range(15000, 30000), 100):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise SandboxError("no free port for a database server was found between 15000 and 30000")


def _remove_orphaned_folders() -> None:
    """Delete the data of servers whose owner was killed before it could clean up."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_FOLDER_PREFIX}*"):
        owner = folder / "owner.pid"
        if owner.is_file() and not Path(f"/proc/{owner.read_text()}").exists():
            shutil.rmtree(folder, ignore_errors=True)
