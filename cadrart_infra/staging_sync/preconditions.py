"""Checks before a sync writes anything: it refuses what it could not copy faithfully."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cadrart_infra.mysql import read_only
from cadrart_infra.mysql.foreign_keys import KeyAcross, keys_into, keys_out_of
from cadrart_infra.mysql.object_definitions import KINDS, StoredObject
from cadrart_infra.mysql.schema import Inventory, read_inventory, schema_exists, table_names
from cadrart_infra.mysql.session import Session
from cadrart_infra.mysql.sql import LONGEST_NAME
from cadrart_infra.mysql.stored_objects import for_super_alone, own_objects
from cadrart_infra.mysql.table_definitions import not_carried
from cadrart_infra.staging_sync.errors import (
    UNTOUCHED,
    DatabaseMissing,
    ForeignDatabase,
    SameDatabase,
    SyncError,
    UnsupportedObjects,
    UnsupportedServer,
)
from cadrart_infra.staging_sync.journal import Journal
from cadrart_infra.staging_sync.privileges import has_super
from cadrart_infra.staging_sync.schemas import Schemas


def require_distinct(schemas: Schemas) -> None:
    """Raises SameDatabase if the copy would overwrite its source, SyncError for impossible names."""
    if schemas.production.lower() in (owned.lower() for owned in schemas.owned):
        raise SameDatabase(
            f"Production's database {schemas.production!r} is staging's database or one of its working schemas "
            f"({', '.join(schemas.owned)}). Nothing was touched. Give staging a name of its own."
        )
    too_long = [schema for schema in schemas.owned if len(schema) > LONGEST_NAME]
    if too_long:
        raise SyncError(
            f"The name {too_long[0]!r} is longer than {LONGEST_NAME} characters. Nothing was touched. Shorten the "
            "staging database's name: the sync adds up to five characters to it."
        )


def require_own_staging(session: Session, journal: Journal, take_over: str) -> None:
    """Raises ForeignDatabase if staging's database, or one for its copies, holds foreign contents.

    Databases beside staging's are looked at before the first sync only: from then on the journal says what they hold.
    """
    schemas = journal.schemas
    if take_over == schemas.staging or journal.knows_staging():
        return
    beside = () if journal.exists() else (schemas.next, schemas.previous)
    foreign = [
        schema for schema in (schemas.staging, *beside)
        if schema_exists(session, schema) and (table_names(session, schema) or own_objects(session, schema))
    ]  # fmt: skip
    if foreign:
        raise ForeignDatabase(
            f"The sync did not make what is in {', '.join(foreign)}, and would replace it. {UNTOUCHED} Name another "
            "database in database.staging, or let staging have this one with all that it holds: pulumi config set "
            f"--path database.takeOver {schemas.staging}"
        )


def require_server_settings(session: Session) -> None:
    """Raises UnsupportedServer where settings of the server forbid lock-free copying."""
    session.server.require_supported()
    log_bin, binlog_format = session.row("SELECT @@log_bin, @@binlog_format") or (0, "")
    if log_bin and binlog_format == "STATEMENT":
        raise UnsupportedServer(
            "The server writes its binary log in the format STATEMENT, with which a copy would lock production's "
            f"rows. {UNTOUCHED} Set binlog_format to ROW or MIXED and run again."
        )


def require_writable(session: Session) -> None:
    """Raises UnsupportedServer where somebody has made the server read-only."""
    if variable := session.value(f"SELECT {read_only.REFUSED_BY}"):
        raise UnsupportedServer(
            f"The server takes no writes (its {variable} is set), so no copy can be made on it. {UNTOUCHED} Where "
            f"nobody needs that any more, as an administrator of the database server: {read_only.how_to_lift(variable)}"
        )


def read_production(session: Session, schemas: Schemas) -> Inventory:
    """Production's definitions; raises DatabaseMissing if the account sees no such database, or no table in it."""
    if not schema_exists(session, schemas.production):
        visible = [name for name in session.column("SHOW DATABASES") if name != "information_schema"]
        raise DatabaseMissing(
            f"The production database {schemas.production!r} does not exist on this server or is invisible to the "
            f"sync account, which sees: {', '.join(visible) or 'none'}. {UNTOUCHED} Correct the name or the grants."
        )
    inventory = read_inventory(session, schemas.production)
    if not inventory.relations and not inventory.other:
        raise DatabaseMissing(
            f"The production database {schemas.production!r} has no tables. {UNTOUCHED} Correct the name, or let "
            "the shop create its tables first."
        )
    return inventory


def require_carriable(session: Session, inventory: Inventory, schemas: Schemas) -> None:
    """Raises UnsupportedObjects with every reason at once."""
    reasons = list(inventory.other.values())
    for table in inventory.tables.values():
        why_not = not_carried(table, inventory.schema, fold_case=inventory.folds_case)
        reasons += [f"table {table.name} ({why})" for why in why_not]
    reasons += _named(keys_out_of(session, schemas.production) + keys_into(session, schemas.owned))
    for item in inventory.objects:
        reasons += _why_not(item, inventory)
    reasons += _needs_trust(session, inventory)
    if reasons:
        raise UnsupportedObjects(
            f"Production's database {schemas.production!r} holds what cannot be copied faithfully:\n  "
            + "\n  ".join(reasons)
            + f"\n{UNTOUCHED} Change or remove these and run again."
        )


def require_unreferenced(schemas: Schemas, into: Sequence[KeyAcross]) -> None:
    """Raises UnsupportedObjects where keys of other databases lead `into` staging: a swap would turn them to others."""
    if into:
        raise UnsupportedObjects(
            f"Tables of other databases refer to those of {schemas.staging!r}, and would be left with other ones:\n  "
            + "\n  ".join(_named(into))
            + f"\n{UNTOUCHED} Drop these and run again."
        )


def _named(keys: Iterable[KeyAcross]) -> list[str]:
    return [
        f"foreign key {key.name} from {key.schema}.{key.table} to {key.parent_schema}.{key.parent} (another database)"
        for key in sorted(set(keys))
    ]


def _why_not(item: StoredObject, inventory: Inventory) -> list[str]:
    what = f"{item.kind.lower()} {item.name}"
    if item.kind not in KINDS:
        return [what]
    if not item.statement:
        why = item.unreadable or "the sync account cannot read its body"
        right = " (it may lack EXECUTE on a function that is called there)" if item.may_need_execute else ""
        return [f"{what} ({why}){right}"]
    text = item.unowned_text
    others = text.other_schemas(inventory.schema, fold_case=inventory.folds_case)
    reasons = [f"{what} (reads database {name})" for name in sorted(others)]
    if item.kind != "VIEW" and text.may_build(inventory.schema):
        name = inventory.schema
        reasons.append(f"{what} (a text in it names {name}, so it may build a statement that leaves staging)")
    return reasons


def _needs_trust(session: Session, inventory: Inventory) -> list[str]:
    logged = for_super_alone(session, inventory.objects)
    if not logged or has_super(session):
        return []
    remedy = "with the binary log on, set log_bin_trust_function_creators=1 on the server"
    return [f"{item.kind.lower()} {item.name} ({remedy})" for item in logged]
