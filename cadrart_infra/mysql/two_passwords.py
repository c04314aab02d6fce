"""Accounts with two passwords, so that the former one works until no pod uses it.

MySQL keeps a former password beside the new one; MariaDB takes several ways to log in for one account.
"""

from __future__ import annotations

from cadrart_infra.mysql import sql
from cadrart_infra.mysql.root_client import RootClient
from cadrart_infra.mysql.server import Server

_VIA = "mysql_native_password USING PASSWORD"


def with_former(root: RootClient, user: str, password: str, former: str, *, former_is_good: bool) -> list[str]:
    """The statements that give an account both passwords, whatever it had before.

    A former one that is good now (`former_is_good`) is good at every instant. MySQL keeps the one that comes first,
    which is another one where the account has two already.
    """
    account, new, old = sql.user_at_any_host(user), sql.string(password), sql.string(former)
    if _is_mariadb(root):
        return [f"ALTER USER {account} IDENTIFIED VIA {_VIA}({new}) OR {_VIA}({old})"]
    comes_first = former_is_good and not has_two(root, user)
    back = [] if comes_first else [f"ALTER USER {account} IDENTIFIED BY {old}"]
    return [*back, f"ALTER USER {account} IDENTIFIED BY {new} RETAIN CURRENT PASSWORD"]


def with_one(root: RootClient, user: str, password: str) -> list[str]:
    """The statements that leave an account only this password."""
    account = sql.user_at_any_host(user)
    discard = [] if _is_mariadb(root) else [f"ALTER USER {account} DISCARD OLD PASSWORD"]
    return [f"ALTER USER {account} IDENTIFIED BY {sql.string(password)}", *discard]


def _is_mariadb(root: RootClient) -> bool:
    """Which of the two products answers."""
    ((version,),) = root.run("SELECT VERSION()")
    return Server.parse(version).is_mariadb


def has_two(root: RootClient, user: str) -> bool:
    """Whether an account at any host has a second password."""
    if _is_mariadb(root):
        # What is left of several ways to log in stays an array of one.
        table, second = "mysql.global_priv", "JSON_LENGTH(Priv, '$.auth_or') > 1"
    else:
        table, second = "mysql.user", "JSON_EXTRACT(User_attributes, '$.additional_password') IS NOT NULL"
    where = f"user = {sql.text(user)} AND host = '%' AND {second}"
    return bool(root.run(f"SELECT 1 FROM {table} WHERE {where}"))
