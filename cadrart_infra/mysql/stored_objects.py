"""Views, triggers, routines and events: brought into a schema, changing only what differs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from cadrart_infra.mysql import sql
from cadrart_infra.mysql.errors import ConnectionLost, DatabaseError, LockWait, ObjectsRefused, while_doing
from cadrart_infra.mysql.object_definitions import StoredObject, read_objects
from cadrart_infra.mysql.schema import schema_defaults
from cadrart_infra.mysql.session import Session

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
    create_objects(session, owner or session, schema, missing)
    return len(surplus) + len(missing)


def own_objects(session: Session, schema: str) -> tuple[StoredObject, ...]:
    """The schema's objects in the form in which `moved` has them."""
    return tuple(item.moved(schema, schema) for item in read_objects(session, schema))


def drop_objects(session: Session, schema: str, items: Iterable[StoredObject]) -> None:
    """Drop them, dependents first."""
    for item in sorted(items, key=lambda item: _DROP_ORDER[item.kind]):
        owned = f" of {item.definer}" if item.definer else ""
        with while_doing(f"dropping {item.kind.lower()} {schema}.{item.name}{owned}"):
            session.run(f"DROP {item.kind} IF EXISTS {sql.table(schema, item.name)}")


def create_objects(session: Session, owner: Session, schema: str, items: Sequence[StoredObject]) -> None:
    """Let the owner create them; one that needs another which is not there yet is tried again after the rest.

    `session` is for what only who looks after the schema may do; both may be the same. Views that name another owner
    get him when all are there: none can be made over a view whose owner is gone.
    Raises ObjectsRefused with every one that the server does not accept.
    """
    views = [item for item in items if item.kind == "VIEW" and item.text.definer()]
    unowned = {item: replace(item, statement=item.text.without_definer()) for item in views}
    made = _create_in_any_order(session, owner, schema, [unowned.get(item, item) for item in items])
    place = {_key(item): position for position, item in enumerate(made)}
    handed_over = [
        replace(item, statement=_CREATE.sub("ALTER", item.statement, count=1))
        for item in sorted(views, key=lambda item: place[_key(item)], reverse=True)
    ]
    _create_in_any_order(session, owner, schema, handed_over)


_CREATE = re.compile(r"^\s*CREATE\b")


def _create_in_any_order(
    session: Session, owner: Session, schema: str, items: Sequence[StoredObject]
) -> list[StoredObject]:
    """Those that were made, in the order in which they were."""
    waiting, made = list(items), list[StoredObject]()
    while waiting:
        failed: dict[StoredObject, DatabaseError] = {}
        for item in waiting:
            try:
                with _collation_of_its_birth(session, schema, item):
                    _create(owner, schema, item)
                made.append(item)
            except (ConnectionLost, LockWait):
                raise
            except DatabaseError as error:
                failed[item] = error
        if len(failed) == len(waiting):
            raise _cannot_create(failed)
        waiting = list(failed)
    return made


def _cannot_create(failed: dict[StoredObject, DatabaseError]) -> ObjectsRefused:
    reasons = [f"{item.kind.lower()} {item.name}: {error.said}" for item, error in failed.items()]
    return ObjectsRefused("".join(f"\n  {reason}" for reason in reasons))


def rehearse(session: Session, owner: Session, schema: str, items: Sequence[StoredObject]) -> None:
    """Let the owner create them all in a schema that nobody uses, and drop them again.

    What fails, fails before a cut-over; what leaves the databases that the owner may use is refused by the server.
    """
    try:
        create_objects(session, owner, schema, items)
    finally:
        drop_objects(session, schema, items)


def _create(session: Session, schema: str, item: StoredObject) -> None:
    session.use(schema)
    session.run(
        f"SET SESSION sql_mode = {sql.text(item.sql_mode if item.sql_mode is not None else session.sql_mode)}, "
        f"time_zone = {sql.text(item.time_zone)}, collation_connection = {item.collation or 'DEFAULT'}, "
        f"character_set_client = {item.charset}"
    )
    try:
        session.run(item.as_bytes)
    finally:
        session.run(
            f"SET SESSION character_set_client = utf8mb4, sql_mode = '{session.sql_mode}', time_zone = '+00:00', "
            "collation_connection = DEFAULT"
        )


@contextmanager
def _collation_of_its_birth(session: Session, schema: str, item: StoredObject) -> Iterator[None]:
    """The schema's default as it was when the object was made: its variables and parameters are born with it.

    Servers take it from nowhere else. Who is killed meanwhile leaves the schema with it: see `Change.collation`.
    """
    now = _collation(session, schema)
    if item.database_collation in ("", now):
        yield
        return
    _alter_collation(session, schema, item.database_collation)
    try:
        yield
    finally:
        _alter_collation(session, schema, now)


def set_collation(session: Session, schema: str, collation: str) -> None:
    """Give the schema this default for new tables and routines; nothing is sent where it has it."""
    if collation != _collation(session, schema):
        _alter_collation(session, schema, collation)


def _alter_collation(session: Session, schema: str, collation: str) -> None:
    session.run(f"ALTER DATABASE {sql.name(schema)} COLLATE {collation}")


def _collation(session: Session, schema: str) -> str:
    _, collation = schema_defaults(session, schema) or ("", "")
    return collation


def _key(item: StoredObject) -> tuple[str, str]:
    return item.kind, item.name
