"""SQL that creates the databases and grants rights on them (pure; no statement here holds a password).

The same statements make the script that runs on an empty volume and what is ensured on a server that has data.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Self

from cadrart_infra.mysql import sql
from cadrart_infra.mysql.rights import ALL, OWNER_RIGHTS, READER_RIGHTS
from cadrart_infra.naming import shadow_database

STAGING_CONNECTIONS = 40
SYNC_CONNECTIONS = 24
"""A sync opens about a dozen; a run that was killed may leave its own behind for some seconds."""


class Account(StrEnum):
    """The three kinds of accounts."""

    PRODUCTION = "production"
    STAGING = "staging"
    SYNC = "sync"


@dataclass(frozen=True)
class Access:
    """The two databases, and the account names that work on them.

    `take_over`: the name of a database that may become staging's although it holds what this program did not make.
    `staging_connections`: how many staging's account may have at once.
    """

    production: str
    staging: str
    production_user: str
    staging_user: str
    sync_user: str
    take_over: str = ""
    staging_connections: int = STAGING_CONNECTIONS

    def named_as(self, other: Self) -> Self:
        """The same with another one's names of databases and accounts."""
        return replace(
            self,
            production=other.production,
            staging=other.staging,
            production_user=other.production_user,
            staging_user=other.staging_user,
            sync_user=other.sync_user,
        )

    def user(self, account: Account) -> str:
        """The name of an account."""
        return {
            Account.PRODUCTION: self.production_user,
            Account.STAGING: self.staging_user,
            Account.SYNC: self.sync_user,
        }[account]


def create_databases(access: Access) -> list[str]:
    """Creates what is missing; an existing database keeps its character set."""
    return [
        f"CREATE DATABASE IF NOT EXISTS {sql.name(database)} CHARACTER SET {sql.CHARACTER_SET} COLLATE {sql.COLLATION}"
        for database in (access.production, access.staging)
    ]


def wanted_rights(access: Access, account: Account) -> dict[str, Sequence[str]]:
    """What an account may do, by the database as a grant names it (`sql.bare_grant_pattern`).

    An application all on its own database; the sync reads one and writes the other.
    """
    production, staging = sql.bare_grant_pattern(access.production), sql.bare_grant_pattern(access.staging)
    match account:
        case Account.PRODUCTION:
            return {production: ALL}
        case Account.STAGING:
            # What the sync copies belongs to this account; it is tried out where the next copy is made.
            return {staging: ALL, sql.bare_grant_pattern(shadow_database(access.staging)): OWNER_RIGHTS}
        case Account.SYNC:
            return {production: READER_RIGHTS, sql.bare_grant_pattern(access.staging, and_longer=True): ALL}


def grants(access: Access, account: Account) -> list[str]:
    """The statements that let an account do what it is to be able to."""
    user = sql.user_at_any_host(access.user(account))
    return [
        f"GRANT {', '.join(given)} ON {sql.name(pattern)}.* TO {user}"
        for pattern, given in wanted_rights(access, account).items()
    ]


def connections_of(access: Access, account: Account) -> int | None:
    """How many connections an account may have at once; None for any number: nobody but production can take all."""
    return {Account.STAGING: access.staging_connections, Account.SYNC: SYNC_CONNECTIONS}.get(account)


def limit_connections(access: Access, account: Account) -> list[str]:
    """The statements that limit an account's connections."""
    most, user = connections_of(access, account), sql.user_at_any_host(access.user(account))
    return [f"ALTER USER {user} WITH MAX_USER_CONNECTIONS {most}"] if most else []


def rights_on_routines(*, mariadb: bool) -> tuple[str, Sequence[str]]:
    """Where and with which rights the sync sees procedures and functions, but cannot run them.

    Each product has its own way. On MySQL also to make tables again that the server would refuse by default today
    (innodb_strict_mode of a session), and to drop what an administrator made in staging (SYSTEM_USER).
    """
    on_mysql = ("SHOW_ROUTINE", "SESSION_VARIABLES_ADMIN", "SYSTEM_USER")
    return ("mysql.proc", ("SELECT",)) if mariadb else ("*", on_mysql)


def routine_reading(access: Access, *, mariadb: bool) -> str:
    """The statement that lets the sync see routines."""
    where, given = rights_on_routines(mariadb=mariadb)
    target = "*.*" if where == "*" else ".".join(map(sql.name, where.split(".")))
    return f"GRANT {', '.join(given)} ON {target} TO {sql.user_at_any_host(access.sync_user)}"


def init_script(access: Access) -> str:
    """`init-databases.sql`: run once, by the server's image, on an empty volume.

    The image has made the production account by then. The other accounts need passwords, which a ConfigMap must not
    hold: they are ensured afterwards (see `ensure`).
    """
    # The image has also made production's database by then, with the server's own collation.
    alterations = [
        f"ALTER DATABASE {sql.name(access.production)} CHARACTER SET {sql.CHARACTER_SET} COLLATE {sql.COLLATION}",
    ]
    lines = [*create_databases(access), *alterations, *grants(access, Account.PRODUCTION)]
    return (
        "-- Run by the database image once, on an empty volume. The staging and sync accounts are made by pulumi up.\n"
        + _script(lines)
    )


def _script(lines: Sequence[str]) -> str:
    return "".join(f"{line};\n" for line in lines)
