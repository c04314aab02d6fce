"""Views, triggers, routines and events: brought into a schema, changing only what differs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cadrart_infra.mysql import sql
from cadrart_infra.mysql.errors import ConnectionLost, DatabaseError, LockWait, ObjectsRefused
from cadrart_infra.mysql.schema import StoredObject, read_objects
from cadrart_infra.mysql.session import SQL_MODE, Session

OWNER_RIGHTS = ("SELECT", "CREATE VIEW", "SHOW VIEW", "TRIGGER", "CREATE ROUTINE", "EXECUTE", "EVENT")
"""What an account needs on a schema to make objects there that are its own."""
_DROP_ORDER = {"TRIGGER": 0, "EVENT": 1, "VIEW": 2, "PROCEDURE": 3, "FUNCTION": 4}


def bring_objects(session: Session, owner: Session | None, schema: str, wanted: Sequence[StoredObject]) -> int:
    """Make the schema hold exactly the wanted objects; returns how many were dropped or created.

    All get to be the owner's (`wanted` has them as `moved` does), and one that is another account's is created again:
    it runs with its owner's rights. Without `owner` each keeps the one that its statement names.
    """
    found = read_objects(session, schema)
    current = {_key(item): item for item in found}
    if owner is not None:
        account = owner.value("SELECT CURRENT_USER()")
        current = {_key(item): item.moved(schema, schema) for item in found if item.definer == account}
    missing = [item for item in wanted if current.get(_key(item)) != item]
    kept = {_key(item) for item in wanted} - {_key(item) for item in missing}
    surplus = [item for item in found if _key(item) not in kept]
    drop_objects(session, schema, surplus)
    create_objects(owner or session, schema, missing)
    return len(surplus) + len(missing)


def own_objects(session: Session, schema: str) -> tuple[StoredObject, ...]:
    """The schema's objects in the form in which `moved` has them."""
    return tuple(item.moved(schema, schema) for item in read_objects(session, schema))


def drop_objects(session: Session, schema: str, items: Iterable[StoredObject]) -> None:
    """Drop them, dependents first."""
    for item in sorted(items, key=lambda item: _DROP_ORDER[item.kind]):
        session.run(f"DROP {item.kind} IF EXISTS {sql.table(schema, item.name)}")


def create_objects(session: Session, schema: str, items: Sequence[StoredObject]) -> None:
    """Create them; one that needs another which is not there yet is tried again after the rest.

    Raises ObjectsRefused with every one that the server does not accept.
    """
    waiting = list(items)
    while waiting:
        failed: dict[StoredObject, DatabaseError] = {}
        for item in waiting:
            try:
                _create(session, schema, item)
            except (ConnectionLost, LockWait):
                raise
            except DatabaseError as error:
                failed[item] = error
        if len(failed) == len(waiting):
            raise _cannot_create(failed)
        waiting = list(failed)


def _cannot_create(failed: dict[StoredObject, DatabaseError]) -> ObjectsRefused:
    reasons = [f"{item.kind.lower()} {item.name}: {error.said}" for item, error in failed.items()]
    return ObjectsRefused("".join(f"\n  {reason}" for reason in reasons))


def rehearse(session: Session, owner: Session, schema: str, items: Sequence[StoredObject]) -> None:
    """Let the owner create them all in a schema that nobody uses, and drop them again.

    What fails, fails before a cut-over; what leaves the databases that the owner may use is refused by the server.
    """
    try:
        create_objects(owner, schema, items)
    finally:
        drop_objects(session, schema, items)


def _create(session: Session, schema: str, item: StoredObject) -> None:
    session.use(schema)
    session.run(
        f"SET SESSION sql_mode = {sql.text(item.sql_mode if item.sql_mode is not None else SQL_MODE)}, "
        f"time_zone = {sql.text(item.time_zone)}, collation_connection = {item.collation or 'DEFAULT'}"
    )
    try:
        session.run(item.statement)
    finally:
        session.run(f"SET SESSION sql_mode = '{SQL_MODE}', time_zone = '+00:00', collation_connection = DEFAULT")


def _key(item: StoredObject) -> tuple[str, str]:
    return item.kind, item.name
