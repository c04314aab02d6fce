"""A temporary account for a restore, with only the rights of its current step.

Root itself is let in through the server's own socket only, and a Job's pod comes over the network. Until production is
to change, the account can only read it: what a backup's definitions say, the server refuses to do there.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from cadrart_infra import naming
from cadrart_infra.backup.errors import BackupError
from cadrart_infra.backup.restore_names import RestoreNames
from cadrart_infra.cluster import secrets as passwords
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.interruption import held_signals
from cadrart_infra.mysql import sql
from cadrart_infra.mysql.errors import DatabaseError
from cadrart_infra.mysql.global_read_lock import wait_for_global_read_lock
from cadrart_infra.mysql.root_client import RootClient
from cadrart_infra.mysql.server import Server
from cadrart_infra.terminal import Say
from cadrart_infra.user_errors import UserError

_LOOK = "SELECT, SHOW VIEW"
"""Its rights on production, but while the exchange is under way."""
USER = "cadrart-restore"
LOCK = naming.RESTORE_LOCK


def require_alone(root: RootClient) -> None:
    """Raises BackupError if another restore runs, since it uses the same account."""
    ((holder,),) = root.run(f"SELECT IS_USED_LOCK('{LOCK}')")
    if holder != "NULL":
        raise another_is_running(holder)


def another_is_running(connection: object) -> BackupError:
    """The error for a second restore."""
    return BackupError(
        f"Another restore is running (connection {connection} of the database server). Nothing was changed. Wait for "
        f"its end; if nobody runs one any more, end that connection as root (KILL {connection}) and run again."
    )


@dataclass(frozen=True)
class RestoreAccount:
    """The account on the server, as root manages it.

    It owns nothing: what it creates belongs to the accounts that the backup names.
    """

    root: RootClient
    places: RestoreNames

    def create(self, password: str) -> None:
        """Creates it with the rights to read a backup, after removing what a killed run left."""
        self.remove()
        self.root.run(f"CREATE USER {_ACCOUNT} IDENTIFIED BY {sql.string(password)}", *self._grants())

    @contextlib.contextmanager
    def on_production(self) -> Iterator[None]:
        """Lets sessions that begin within the block change production."""
        production = sql.grant_pattern(self.places.production)
        self.root.run(f"GRANT ALL PRIVILEGES ON {production}.* TO {_ACCOUNT}")
        try:
            yield
        finally:
            with contextlib.suppress(DatabaseError):  # the account itself goes next
                self.root.run(
                    f"REVOKE ALL PRIVILEGES ON {production}.* FROM {_ACCOUNT}",
                    f"GRANT {_LOOK} ON {production}.* TO {_ACCOUNT}",
                )

    def remove(self) -> None:
        """Removes the account and ends its connections."""
        self.root.run(f"DROP USER IF EXISTS {_ACCOUNT}")
        rows = self.root.run(f"SELECT ID FROM information_schema.PROCESSLIST WHERE USER = {sql.text(USER)}")
        for (connection,) in rows:
            with contextlib.suppress(DatabaseError):  # it may have ended by itself
                self.root.run(f"KILL {connection}")

    def _grants(self) -> list[str]:
        ((version, log_bin, trusted),) = self.root.run(
            "SELECT VERSION(), @@global.log_bin, @@global.log_bin_trust_function_creators"
        )
        production = sql.grant_pattern(self.places.production)
        own = [
            sql.grant_pattern(self.places.restored),
            sql.grant_pattern(naming.replaced_prefix(self.places.production), and_longer=True),
        ]
        rights = [
            f"{_LOOK} ON {production}.*",
            *(f"ALL PRIVILEGES ON {schema}.*" for schema in own),
            "REFERENCES ON *.*",  # foreign keys of other databases are shown to whoever has some right on their tables
            *_for_owners(Server.parse(version)),
        ]
        if log_bin == "1" and trusted == "0":
            rights.append("SUPER ON *.*")  # or no trigger and no function could be created
        return [f"GRANT {right} TO {_ACCOUNT}" for right in rights]


def _for_owners(server: Server) -> list[str]:
    """The rights to create what belongs to another account, also to one that is not on the server or is a system's.

    On MySQL also to make tables again that it would refuse by default today (innodb_strict_mode of a session).
    """
    if server.is_mariadb:
        return ["SET USER ON *.*", "SELECT ON `mysql`.`proc`"]
    always = "SYSTEM_USER, SHOW_ROUTINE, SESSION_VARIABLES_ADMIN ON *.*"
    if server.version < (8, 2, 0):
        return [f"SET_USER_ID, {always}"]
    return [f"SET_ANY_DEFINER, ALLOW_NONEXISTENT_DEFINER, {always}"]


@contextlib.contextmanager
def existing_account(kubectl: Kubectl, account: RestoreAccount, say: Say) -> Iterator[passwords.Credentials]:
    """Makes the account and its Secret for the block; removes first what a killed run left."""
    require_alone(account.root)
    wait_for_global_read_lock(account.root, say)
    _delete_secret(kubectl)
    try:
        credentials = passwords.ensure_account(kubectl, naming.RESTORE_ACCOUNT_SECRET, USER)
        account.create(credentials.password)
        yield credentials
    finally:
        with held_signals():
            for remove in (account.remove, partial(_delete_secret, kubectl)):
                try:
                    remove()
                except UserError as error:
                    say(f"note: the account {USER} or its Secret is still there; the next restore removes it. {error}")


def _delete_secret(kubectl: Kubectl) -> None:
    kubectl.run("delete", "secret", naming.RESTORE_ACCOUNT_SECRET, "--ignore-not-found")


_ACCOUNT = sql.user_at_any_host(USER)
