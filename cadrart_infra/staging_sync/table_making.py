"""Creates production's tables in the schema `next`, and checks that they are the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from cadrart_infra.mysql import sql
from cadrart_infra.mysql.errors import Refused, while_doing
from cadrart_infra.mysql.foreign_keys import key_lines, with_keys_led_to
from cadrart_infra.mysql.schema import Inventory, file_per_table_remedy
from cadrart_infra.mysql.session import Session
from cadrart_infra.mysql.table_definitions import Table
from cadrart_infra.mysql.table_reading import read_tables
from cadrart_infra.staging_sync.errors import UNTOUCHED, MissingGrants, UnsupportedObjects
from cadrart_infra.staging_sync.schemas import Schemas

_OF_A_SESSION = {**dict.fromkeys((1005, 1031, 1118, 1478), "innodb_strict_mode"), 3750: "sql_require_primary_key"}
"""MySQL's setting by which an error refuses an older table: a long row, options that do not fit, no primary key."""


def as_copied(inventory: Inventory, schemas: Schemas) -> dict[str, Table]:
    """Production's tables as they are made in `next`.

    A foreign key to a table that production lacks names staging's schema: it would keep the name of `next` for good.
    """
    present = {_folded(inventory, name) for name in (*inventory.tables, *inventory.other)}

    def is_lacking(schema: str, parent: str) -> bool:
        return not schema and _folded(inventory, parent) not in present

    return {
        name: replace(table, statement=with_keys_led_to(schemas.staging, table.statement, is_lacking))
        for name, table in inventory.tables.items()
    }


def _folded(inventory: Inventory, name: str) -> str:
    return name.casefold() if inventory.folds_case else name


def make_tables(session: Session, schemas: Schemas, tables: Iterable[Table]) -> None:
    """Create the tables (see `as_copied`), empty.

    A strict mode refuses what the server only warned of when production's were made; what a lax one changes instead
    is found by `require_same`. Raises MissingGrants where the account may not leave a stricter mode of InnoDB.
    """
    session.use(schemas.next)
    session.run(f"SET SESSION foreign_key_checks = 0, sql_mode = '{session.lax_sql_mode}'")
    for table in tables:
        with while_doing(f"making table {table.name} in {schemas.next}"):
            try:
                for statement in _statements(schemas, table):
                    session.run(statement)
            except Refused as error:
                raise _explained(session, table, error) from None
    session.run(f"SET SESSION foreign_key_checks = 1, sql_mode = '{session.sql_mode}'")


def _explained(session: Session, table: Table, error: Refused) -> Exception:
    """The error itself, or what the account lacks where it could not have its way."""
    setting = _OF_A_SESSION.get(error.number)
    if setting is None or session.server.is_mariadb or not session.value(f"SELECT @@SESSION.{setting}"):
        return error
    account = sql.quoted_account(str(session.value("SELECT CURRENT_USER()")))
    return MissingGrants(
        f"The server does not make table {table.name} again as production has it: {error.said}. It takes such an older "
        f"table where {setting} is off, and the sync account lacks the right to switch that off. {UNTOUCHED} Let "
        "pulumi up ensure the account, or run as an administrator of the database server: GRANT "
        f"SESSION_VARIABLES_ADMIN ON *.* TO {account}"
    )


def _statements(schemas: Schemas, table: Table) -> Iterator[str]:
    if not table.may_hide_members:
        yield from table.creations
        return
    # The definition shows a question mark for what it cannot show; the server itself knows the member.
    yield f"CREATE TABLE {sql.name(table.name)} LIKE {sql.table(schemas.production, table.name)}"
    if lines := key_lines(table.statement):
        yield f"ALTER TABLE {sql.name(table.name)} " + ", ".join(f"ADD {line}" for line in lines)


def require_same(session: Session, schema: str, wanted: dict[str, Table]) -> dict[str, Table]:
    """The schema's tables. Raises UnsupportedObjects with every one that the server shows otherwise than wanted."""
    made = read_tables(session, schema, list(wanted))
    reasons = [reason for name, table in wanted.items() for reason in _differences(table, made.get(name))]
    if reasons:
        remedy = file_per_table_remedy(session)
        raise UnsupportedObjects(
            "The server does not make these tables again as production has them:\n  "
            + "\n  ".join(reasons)
            + f"\n{UNTOUCHED} Bring the definitions to what the server writes today (ALTER TABLE)"
            f"{remedy and f'; or, {remedy},'} and run again."
        )
    return made


def _differences(wanted: Table, made: Table | None) -> list[str]:
    if made is None:
        return [f"table {wanted.name}: it is not there afterwards"]
    if wanted.shape == made.shape:
        return []
    had, has = (table.definition.splitlines() for table in (wanted, made))
    lost = [line for line in had if line not in has] or ["(the order of its parts)"]
    return [f"table {wanted.name}: {line.strip().rstrip(',')}" for line in lost]
