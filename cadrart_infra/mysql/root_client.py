"""The root account, reached where it is allowed in: by the server's own client on the server's own machine.

The official images set `skip-name-resolve`, and with MYSQL_ROOT_HOST=localhost root@localhost matches a connection
through the socket only: one over a forwarded port is refused whatever its password.
"""

import re
import subprocess
from collections.abc import Callable, Sequence

from cadrart_infra.mysql.errors import AccessDenied, DatabaseError, Refused, case_of
from cadrart_infra.mysql.session_settings import FREE

_SECONDS = 120
# The password comes first on standard input, then the statements; neither is in an argument list.
_CLIENT = (
    "IFS= read -r MYSQL_PWD; export MYSQL_PWD; "
    'exec "$(command -v mysql || command -v mariadb)" --user=root --batch --raw --skip-column-names "$@"'
)


class ClientFailed(Refused):
    """The server's client did not run; the reason may lie on the way to it, e.g. in kubectl's words."""

    what = "The database server's client failed"


class RootClient:
    """Runs statements as root.

    `command` runs a command on the server's machine and hands standard input on, e.g. `kubectl exec -i … --`.
    `socket` is the server's socket; by default the client's own configuration names it. `former` is asked for the
    password before, empty for none, where the server refuses `password`: a change of it may not have come there yet.
    `seconds`: how long statements may take together.
    """

    def __init__(
        self,
        command: Sequence[str],
        password: str,
        socket: str = "",
        former: Callable[[], str] = lambda: "",
        seconds: int = _SECONDS,
    ) -> None:
        options = [f"--socket={socket}"] if socket else []
        self._command = [*command, "sh", "-c", _CLIENT, "client", *options]
        self._password, self._former, self._seconds = password, former, seconds

    def run(self, *statements: str) -> list[list[str]]:
        """The rows of all statements, in order; stops at the first that fails and raises a DatabaseError."""
        try:
            return self._run(statements)
        except AccessDenied:
            if not (former := self._former()) or former == self._password:
                raise
        self._password = former
        return self._run(statements)

    def _run(self, statements: Sequence[str]) -> list[list[str]]:
        script = "".join(f"{statement};\n" for statement in (FREE, *statements))
        sent = f"{self._password}\n{script}"
        try:
            done = subprocess.run(
                self._command, input=sent, capture_output=True, text=True, timeout=self._seconds, check=False
            )
        except subprocess.TimeoutExpired:
            # On MariaDB statements about accounts wait as long as it takes for who holds the whole server.
            raise ClientFailed(
                f"no answer within {self._seconds} s; where a session holds the whole server, as a dump does with "
                "FLUSH TABLES WITH READ LOCK, SHOW PROCESSLIST shows who: end it and run again"
            ) from None
        if done.returncode:
            raise _error(done.stderr.strip() or f"exit code {done.returncode}")
        return [line.split("\t") for line in done.stdout.splitlines()]


def _error(said: str) -> DatabaseError:
    match = re.search(r"^ERROR (\d+)", said, re.MULTILINE)
    # The client repeats the statement before that line, a syntax error in it; either may hold a password.
    words = said[match.start() if match else 0 :].partition(" near ")[0]
    if match is None:
        return ClientFailed(words)
    number = int(match[1])
    return case_of(number, words)(words, number=number)
