"""Accounts that are on the server and may let nobody in: locked, with a password that has expired, or with another one.

Connections that are open go on, so that it shows when the next pod starts. Each product keeps it in its own way: the
server that is asked reads its part of a statement and takes the other's for a comment.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from cadrart_infra.cluster.secrets import Credentials
from cadrart_infra.mysql import sql
from cadrart_infra.mysql.root_client import RootClient

LOCKED, EXPIRED, PASSWORD_SET = "locked", "expired", "password set"
PASSWORDS_SET = "passwordsSet"
"""In what the resources of the accounts record: when each account got its password, in Unix time."""

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


def passwords_set(users: Iterable[str]) -> str:
    """The statement whose rows are PASSWORD_SET, an account's name, and when it got its password, in Unix time."""
    return (
        f"SELECT '{PASSWORD_SET}', user, /*!50706 UNIX_TIMESTAMP(password_last_changed) */ /*M!100400 {_CHANGED} */ "
        f"FROM {_TABLE} WHERE host = '%' AND user IN ({sql.texts(users)})"
    )


def times_of(rows: Iterable[Sequence[str]]) -> dict[str, float]:
    """By account, from the rows of `passwords_set`; those of other statements are left out."""
    return {row[1]: float(row[2]) for row in rows if row[0] == PASSWORD_SET}


def when_passwords_were_set(root: RootClient, users: Iterable[str]) -> dict[str, float]:
    """By account, in Unix time, for PASSWORDS_SET; raises a DatabaseError."""
    return times_of(root.run(passwords_set(users)))


def shut_accounts(users: Iterable[str]) -> list[str]:
    """The statements whose rows are LOCKED or EXPIRED, with the account's name."""
    named = sql.texts(users)
    return [
        f"SELECT '{kind}', user FROM {_TABLE} WHERE host = '%' AND user IN ({named}) AND {holds}"
        for kind, holds in _IS.items()
    ]


def opened(credentials: Credentials, why: Collection[str]) -> list[str]:
    """The statements after which the account can log in with the password that it has, for good."""
    user = sql.user_at_any_host(credentials.user)
    password = f"ALTER USER {user} IDENTIFIED BY {sql.string(credentials.password)} PASSWORD EXPIRE NEVER"
    return [
        *([f"ALTER USER {user} ACCOUNT UNLOCK"] if LOCKED in why else []),
        *([password] if EXPIRED in why else []),
    ]
