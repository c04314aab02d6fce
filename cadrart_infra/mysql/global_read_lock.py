"""Waits for a global read lock, as a dump holds it by FLUSH TABLES WITH READ LOCK, and says who may hold it.

Statements about accounts wait for it, on MariaDB without a limit, and nothing shows what they wait for.
"""

from __future__ import annotations

import time

from cadrart_infra.mysql.errors import LockWait
from cadrart_infra.mysql.root_client import RootClient
from cadrart_infra.mysql.server import Server
from cadrart_infra.terminal import Say

_SECONDS = 60
_NOBODY_S = "cadrart-no-such-database"
_PROBE = ("SET SESSION lock_wait_timeout = 1, sql_log_bin = OFF", f"DROP DATABASE IF EXISTS `{_NOBODY_S}`")
"""Needs what a change of accounts needs, changes nothing, and gives up."""
_IN_WORDS = "CONCAT('connection ', {id}, ' of ', {user}, ' (', {command}, ' for ', {time}, ' s)')"
_OF_MYSQL = (
    "SELECT DISTINCT "
    + _IN_WORDS.format(
        id="t.processlist_id", user="t.processlist_user", command="t.processlist_command", time="t.processlist_time"
    )
    + " FROM performance_schema.metadata_locks l JOIN performance_schema.threads t ON t.thread_id = l.owner_thread_id "
    "WHERE l.object_type IN ('GLOBAL', 'BACKUP LOCK') AND l.lock_type = 'SHARED' AND l.lock_status = 'GRANTED' "
    "AND t.processlist_id <> CONNECTION_ID()"
)
_OF_MARIADB = (
    "SELECT "
    + _IN_WORDS.format(id="p.id", user="p.user", command="p.command", time="p.time")
    + " FROM information_schema.processlist p WHERE p.id <> CONNECTION_ID() AND EXISTS (SELECT 1 FROM "
    "information_schema.user_privileges r WHERE r.privilege_type = 'RELOAD' "
    "AND r.grantee LIKE CONCAT('''', p.user, '''@%')) "
    "ORDER BY p.time DESC LIMIT 5"
)
"""MariaDB does not show who holds the lock; these are the sessions that may."""


def wait_for_global_read_lock(root: RootClient, say: Say, seconds: float = _SECONDS) -> None:
    """Returns when no global read lock is held; says what it waits for. Raises LockWait with the likely holder."""
    until, said = time.monotonic() + seconds, False
    while True:
        try:
            root.run(*_PROBE)
        except LockWait as error:
            held = f"a session holds the whole server, as FLUSH TABLES WITH READ LOCK or a backup does{_who(root)}"
            if time.monotonic() > until:
                raise LockWait(held, doing="changing accounts", number=error.number) from None
            if not said:
                say(f"waiting up to {seconds:.0f} s: {held}")
            said = True
        else:
            return


def _who(root: RootClient) -> str:
    ((version,),) = root.run("SELECT VERSION()")
    is_mariadb = Server.parse(version).is_mariadb
    found = [row[0] for row in root.run(_OF_MARIADB if is_mariadb else _OF_MYSQL)]
    return f": {' or '.join(found)}" if found else ""
