"""Protects foreign databases: one with contents that this program did not make is not taken as staging's.

The note about it lies in the sync's own database, where a sync finds it.
"""

from cadrart_infra.accounts.errors import AccountsError
from cadrart_infra.accounts.statements import Access
from cadrart_infra.mysql import journal, sql
from cadrart_infra.mysql.root_client import RootClient
from cadrart_infra.naming import COPIES_NOTES, OWN_NOTES, notes_database


def require_own_staging(root: RootClient, access: Access) -> list[str]:
    """The statements that mark staging's database as the program's; none for an empty one. Raises AccountsError.

    Raises AccountsError where it is somebody else's. It is staging's own where a sync has made it, or where this shop's
    accounts have rights on it, as earlier releases left it; `access.take_over` names one that may become staging's
    whatever it holds.
    """
    if not _holds_anything(root, access.staging):
        return []
    if access.take_over == access.staging or _granted(root, access) or _noted(root, access):
        return notes(access)
    raise AccountsError(
        f"The database {access.staging!r}, which database.staging names, holds tables or routines that this program "
        "did not make, and the first sync would replace them. Nothing was changed. Name another database, or let "
        "staging have this one with all that it holds: pulumi config set --path database.takeOver "
        f"{access.staging}"
    )


def notes(access: Access) -> list[str]:
    """The statements that mark staging's database as the program's."""
    database = notes_database(access.staging)
    return [
        f"CREATE DATABASE IF NOT EXISTS {sql.name(database)} CHARACTER SET utf8mb4",
        journal.creation(database, OWN_NOTES),
        journal.writing(database, OWN_NOTES, access.staging, {"own": True}),
    ]


def _holds_anything(root: RootClient, database: str) -> bool:
    where = f"= {sql.text(database)}"
    kinds = {"tables": "table_schema", "routines": "routine_schema", "events": "event_schema"}
    return any(
        root.run(f"SELECT 1 FROM information_schema.{kind} WHERE {column} {where} LIMIT 1")
        for kind, column in kinds.items()
    )


def _granted(root: RootClient, access: Access) -> bool:
    """Whether the shop's accounts have grants on exactly this database, as only this program makes them."""
    users = sql.texts((access.production_user, access.staging_user))
    pattern = sql.text(sql.bare_grant_pattern(access.staging))
    names = f"{sql.text(access.staging)}, {pattern}"
    return bool(root.run(f"SELECT 1 FROM mysql.db WHERE db IN ({names}) AND user IN ({users}) LIMIT 1"))


def _noted(root: RootClient, access: Access) -> bool:
    database = notes_database(access.staging)
    tables = sql.texts((OWN_NOTES, COPIES_NOTES))
    present = root.run(
        "SELECT table_name FROM information_schema.tables "
        f"WHERE table_schema = {sql.text(database)} AND table_name IN ({tables})"
    )
    return any(
        root.run(f"SELECT 1 FROM {sql.table(database, table)} WHERE place = {sql.text(access.staging)}")
        for (table,) in present
    )
