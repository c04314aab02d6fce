"""The root account, reached where it is allowed in: by the server's own client on the server's own machine.

The official images set `skip-name-resolve` and the shop sets MYSQL_ROOT_HOST=localhost; then root@localhost matches a
connection through the socket only, and one over a forwarded port is refused whatever its password.
"""

import re
import subprocess
from collections.abc import Sequence

from cadrart_infra import naming
from cadrart_infra.cluster import secrets as passwords
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.user_errors import UserError

# The password comes first on standard input, then the statements; neither is in an argument list.
_CLIENT = (
    "IFS= read -r MYSQL_PWD; export MYSQL_PWD; "
    'exec "$(command -v mysql || command -v mariadb)" --user=root --batch --raw --skip-column-names "$@"'
)
_ACCESS_DENIED = {1045, 1698}


class RootClientError(UserError):
    """The server's client did not run, or a statement failed."""


class RootRefused(RootClientError):
    """The server does not let root in with this password."""


class RootClient:
    """Runs statements as root.

    `command` runs a command on the server's machine and hands standard input on, e.g. `kubectl exec -i … --`.
    `socket` is the server's socket; by default the client's own configuration names it.
    """

    def __init__(self, command: Sequence[str], password: str, socket: str = "") -> None:
        options = [f"--socket={socket}"] if socket else []
        self._command = [*command, "sh", "-c", _CLIENT, "client", *options]
        self._password = password

    def run(self, *statements: str) -> list[list[str]]:
        """The rows of all statements, in order; stops at the first that fails and raises RootClientError."""
        script = "".join(f"{statement};\n" for statement in statements)
        done = subprocess.run(
            self._command,
            input=f"{self._password}\n{script}",
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        if done.returncode:
            raise _error(done.stderr.strip() or f"exit code {done.returncode}")
        return [line.split("\t") for line in done.stdout.splitlines()]


def root_of(kubectl: Kubectl) -> RootClient:
    """Root on the server of the shop; raises ClusterError where its password cannot be read."""
    password = passwords.read(kubectl, naming.APP_SECRET, passwords.ROOT_PASSWORD_KEY)
    return RootClient(kubectl.exec_command(f"deployment/{naming.DATABASE}"), password)


def _error(said: str) -> RootClientError:
    match = re.search(r"ERROR (\d+)", said)
    if match and int(match[1]) in _ACCESS_DENIED:
        return RootRefused(said)
    # A syntax error would repeat the statement, which may hold a password.
    return RootClientError(f"The database server's client failed: {said.partition(' near ')[0]}")
