"""The root account, reached where it is allowed in: by the server's own client on the server's own machine.

The official images set `skip-name-resolve`, and with MYSQL_ROOT_HOST=localhost root@localhost matches a connection
through the socket only: one over a forwarded port is refused whatever its password.
"""

import re
import subprocess
from collections.abc import Callable, Sequence

from cadrart_infra.mysql.error_numbers import case_of
from cadrart_infra.mysql.errors import AccessDenied, DatabaseError, Refused
from cadrart_infra.mysql.session_settings import FREE

_SECONDS = 120
# The password comes first on standard input, then the statements; neither is in an argument list.
_PASSWORD = "IFS= read -r MYSQL_PWD; export MYSQL_PWD; "
_CLIENT = (
    f'{_PASSWORD}exec "$(command -v mysql || command -v mariadb)" --user=root --batch --raw --skip-column-names "$@"'
)
# The client logs in first: it says in so many words that a password is refused.
_UPGRADE = (
    f"{_PASSWORD}command -v mariadb-upgrade >/dev/null || exit 0; "
    'mariadb --user=root "$@" --execute="DO 1" && exec mariadb-upgrade --user=root "$@"'
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
        self._command, self._options = command, [f"--socket={socket}"] if socket else []
        self._password, self._former, self._seconds = password, former, seconds

    def run(self, *statements: str) -> list[list[str]]:
        """The rows of all statements, in order; stops at the first that fails and raises a DatabaseError."""
        sent = "".join(f"{statement};\n" for statement in (FREE, *statements))
        return [line.split("\t") for line in self._log_in(_CLIENT, sent).splitlines()]

    def upgrade_tables(self) -> None:
        """Brings the server's own tables to its version: MySQL does it when it starts, MariaDB only when asked to.

        Tables that are upgraded already stay as they are. Raises a DatabaseError.
        """
        self._log_in(_UPGRADE)

    def _log_in(self, script: str, sent: str = "") -> str:
        """What the script prints, with the password that the server has."""
        try:
            return self._run(script, sent)
        except AccessDenied:
            if not (former := self._former()) or former == self._password:
                raise
        self._password = former
        return self._run(script, sent)

    def _run(self, script: str, sent: str) -> str:
        command = [*self._command, "sh", "-c", script, "client", *self._options]
        sent = f"{self._password}\n{sent}"
        try:
            done = subprocess.run(
                command, input=sent, capture_output=True, encoding="utf-8", timeout=self._seconds, check=False
            )
        except subprocess.TimeoutExpired:
            # On MariaDB statements about accounts wait as long as it takes for who holds the whole server.
            raise ClientFailed(
                f"no answer within {self._seconds} s; where a session holds the whole server, as a dump does with "
                "FLUSH TABLES WITH READ LOCK, SHOW PROCESSLIST shows who: end it and run again"
            ) from None
        if done.returncode:
            raise _error(done.stderr.strip() or f"exit code {done.returncode}")
        return done.stdout


def _error(said: str) -> DatabaseError:
    match = re.search(r"^ERROR (\d+)", said, re.MULTILINE)
    # The client repeats the statement before that line, a syntax error in it; either may hold a password.
    words = said[match.start() if match else 0 :].partition(" near ")[0]
    if match is None:
        return ClientFailed(words)
    number = int(match[1])
    return case_of(number, words)(words, number=number)
