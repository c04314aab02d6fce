"""Locked accounts, expired passwords, and when passwords were set.

Open connections go on, so a locked account shows only when the next pod starts. MySQL and MariaDB store this
differently: each reads its own part of a statement and takes the other's for a comment.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from cadrart_infra.cluster.secrets import Credentials
from cadrart_infra.mysql import sql
from cadrart_infra.mysql.root_client import RootClient

LOCKED, EXPIRED, PASSWORD_SET = "locked", "expired", "password set"
PASSWORDS_SET = "passwordsSet"
"""The output of the accounts' resources with the Unix time at which each password was set."""

_TABLE = "/*!50706 mysql.user */ /*M!100400 mysql.global_priv */"
_LIFETIME = "NULLIF(COALESCE({own}, @@default_password_lifetime), 0)"
_MYSQL_DAYS = _LIFETIME.format(own="password_lifetime")
_MARIADB_DAYS = _LIFETIME.format(
    own="IF(JSON_VALUE(priv, '$.password_lifetime') < 0, NULL, JSON_VALUE(priv, '$.password_lifetime'))"
)
_CHANGED = "JSON_VALUE(priv, '$.password_last_changed')"
_IS = {
    LOCKED: "/*!50706 account_locked = 'Y' */ /*M!100400 JSON_VALUE(priv, '$.account_locked') = 1 */",
    EXPIRED: (
        f"(/*!50706 password_expired = 'Y' OR password_last_changed + INTERVAL {_MYSQL_DAYS} DAY < NOW() */ "
        f"/*M!100400 {_CHANGED} = 0 OR FROM_UNIXTIME({_CHANGED}) + INTERVAL {_MARIADB_DAYS} DAY < NOW() */)"
    ),
}


def password_times_query(users: Iterable[str]) -> str:
    """The statement whose rows are PASSWORD_SET, an account, and the Unix time at which its password was set."""
    return (
        f"SELECT '{PASSWORD_SET}', user, /*!50706 UNIX_TIMESTAMP(password_last_changed) */ /*M!100400 {_CHANGED} */ "
        f"FROM {_TABLE} WHERE host = '%' AND user IN ({sql.texts(users)})"
    )


def password_times(rows: Iterable[Sequence[str]]) -> dict[str, float]:
    """The times by account, from the rows of `password_times_query`; other rows are ignored."""
    return {row[1]: float(row[2]) for row in rows if row[0] == PASSWORD_SET}


def read_password_times(root: RootClient, users: Iterable[str]) -> dict[str, float]:
    """Asks the server for the times, by account; raises a DatabaseError."""
    return password_times(root.run(password_times_query(users)))


def locked_account_queries(users: Iterable[str]) -> list[str]:
    """The statements whose rows are LOCKED or EXPIRED, and an account."""
    named = sql.texts(users)
    return [
        f"SELECT '{kind}', user FROM {_TABLE} WHERE host = '%' AND user IN ({named}) AND {holds}"
        for kind, holds in _IS.items()
    ]


def unlock_statements(credentials: Credentials, why: Collection[str]) -> list[str]:
    """The statements that unlock an account and renew its expired password."""
    user = sql.user_at_any_host(credentials.user)
    password = f"ALTER USER {user} IDENTIFIED BY {sql.string(credentials.password)} PASSWORD EXPIRE NEVER"
    return [
        *([f"ALTER USER {user} ACCOUNT UNLOCK"] if LOCKED in why else []),
        *([password] if EXPIRED in why else []),
    ]
