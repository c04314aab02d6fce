"""Creates views, triggers, routines and events in a schema, changing only what differs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import fields, replace

from cadrart_infra.mysql import sql
from cadrart_infra.mysql.errors import (
    AccountLimited,
    ConnectionLost,
    DatabaseError,
    LockWait,
    NoRoom,
    ObjectsRefused,
    ReadOnly,
    Refused,
    RightMissing,
    while_doing,
)
from cadrart_infra.mysql.object_definitions import StoredObject, read_objects
from cadrart_infra.mysql.schema import schema_defaults
from cadrart_infra.mysql.session import Session
from cadrart_infra.mysql.session_settings import OWN_CONNECTION
from cadrart_infra.mysql.view_order import in_order

_LONGEST_LINE = 200  # characters of a definition in a message
_DROP_ORDER = ("TRIGGER", "EVENT", "VIEW", "PROCEDURE", "FUNCTION", "PACKAGE BODY", "PACKAGE", "LIBRARY")
"""Of every kind that a schema can hold, those that are carried and those that are not."""


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
    try:
        drop_objects(session, schema, surplus)
    except RightMissing:
        with suppress(ObjectsRefused):  # what cannot be dropped keeps nothing away but one of its own name
            create_objects(session, owner or session, schema, missing)
        raise
    create_objects(session, owner or session, schema, missing)
    return len(surplus) + len(missing)


def own_objects(session: Session, schema: str) -> tuple[StoredObject, ...]:
    """The schema's objects in the form in which `moved` has them."""
    return tuple(item.moved(schema, schema) for item in read_objects(session, schema))


def drop_all_objects(session: Session, schema: str) -> None:
    """Drops whatever somebody has made in a schema that is for tables alone; see `drop_objects`."""
    drop_objects(session, schema, read_objects(session, schema))


def drop_objects(session: Session, schema: str, items: Iterable[StoredObject]) -> None:
    """Drops these objects, those that depend on others first.

    Raises RightMissing for one that an administrator made, after all others are gone.
    """
    refused = []
    for item in sorted(items, key=lambda item: _DROP_ORDER.index(item.kind)):
        owned = f" of {item.definer}" if item.definer else ""
        statement = f"DROP {item.kind} IF EXISTS {sql.table(schema, item.name)}"
        try:
            with while_doing(f"dropping {item.kind.lower()} {schema}.{item.name}{owned}"), _mode_for(session, item):
                session.run(statement)
        except RightMissing as error:
            error.remedy = f"Let pulumi up ensure the account (on MySQL, SYSTEM_USER), or run as root: {statement}"
            refused.append(error)
    if refused:
        raise refused[0]


@contextmanager
def _mode_for(session: Session, item: StoredObject) -> Iterator[None]:
    """MariaDB before 11.4 knows the word PACKAGE in one mode alone."""
    if not item.kind.startswith("PACKAGE"):
        yield
        return
    session.run("SET SESSION sql_mode = 'ORACLE'")
    try:
        yield
    finally:
        session.run(f"SET SESSION sql_mode = '{session.sql_mode}'")


def create_objects(session: Session, owner: Session, schema: str, items: Sequence[StoredObject]) -> None:
    """Let the owner create them; one that needs another which is not there yet is tried again after the rest.

    `session` is for what only who looks after the schema may do; both may be the same. Views that name another owner
    get him when all are there: none can be made over a view whose owner is gone.
    Raises ObjectsRefused with every one that the server does not accept.
    """
    views = [item for item in items if item.kind == "VIEW" and item.text.definer()]
    unowned = {item: replace(item, statement=item.text.without_definer()) for item in views}
    if items:
        owner.use(schema)  # an account that lost its rights is no reason against any of them
    made = _create_in_any_order(session, owner, schema, [unowned.get(item, item) for item in in_order(items)])
    place = {_key(item): position for position, item in enumerate(made)}
    handed_over = [
        replace(item, statement=_CREATE.sub("ALTER", item.statement, count=1))
        for item in sorted(views, key=lambda item: place[_key(item)], reverse=True)
    ]
    _create_in_any_order(session, owner, schema, handed_over)


_OF_NO_OBJECT = (ConnectionLost, LockWait, AccountLimited, NoRoom, ReadOnly)
"""What keeps all from being made alike, and says nothing against any of them."""
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
            except _OF_NO_OBJECT:
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


def for_super_alone(session: Session, items: Iterable[StoredObject]) -> list[StoredObject]:
    """Those that the server lets nobody make without SUPER: its binary log would carry what they do, unseen."""
    logged = [item for item in items if item.kind in ("TRIGGER", "FUNCTION")]
    if not logged or session.row("SELECT @@log_bin, @@log_bin_trust_function_creators") != (1, 0):
        return []
    return logged


def try_objects(session: Session, owner: Session, schema: str, items: Sequence[StoredObject]) -> None:
    """Let the owner create them all in a schema that nobody uses, read them back, and drop them again.

    What fails, or comes out otherwise, is known before a cut-over; what leaves the databases that the owner may use is
    refused by the server. Raises ObjectsRefused.
    """
    try:
        create_objects(session, owner, schema, items)
        otherwise = made_otherwise(session, schema, items)
    finally:
        drop_objects(session, schema, items)
    if otherwise:
        raise ObjectsRefused("".join(f"\n  {reason}" for reason in otherwise))


def made_otherwise(session: Session, schema: str, wanted: Sequence[StoredObject]) -> list[str]:
    """The objects that differ from the wanted ones (as `moved` has them), by name, with the difference."""
    made = {_key(item): _comparable(item, schema) for item in own_objects(session, schema)}
    found = [
        f"{item.kind.lower()} {item.name}: the server makes it otherwise than it was: {difference}"
        for item in wanted
        if (difference := _difference(_comparable(item, schema), made.get(_key(item))))
    ]
    order = [item.name for item in wanted if item.kind == "TRIGGER"]
    if not found and order != [name for kind, name in made if kind == "TRIGGER" and name in order]:
        found.append(f"triggers {', '.join(order)}: the server makes them in another order")
    return found


def _comparable(item: StoredObject, schema: str) -> StoredObject:
    """MariaDB shows a view whose owner is gone with the schema's name before each of its own."""
    if item.kind != "VIEW":
        return item
    return replace(item, statement=item.statement.replace(f"{sql.name(schema)}.", ""))


def _difference(wanted: StoredObject, made: StoredObject | None) -> str:
    """The first line that is another one, or a setting that it was made under; empty where nothing differs."""
    if made is None:
        return "it is not there afterwards"
    had, has = wanted.statement.splitlines(), made.statement.splitlines()
    if had != has:
        lost = next((line for line in had if line not in has), "the order of its lines")
        return lost.strip()[:_LONGEST_LINE]
    settings = [each.name for each in fields(wanted) if each.compare and each.name != "statement"]
    return next((
        f"{name} is {getattr(made, name)!r} and was {getattr(wanted, name)!r}" for name in settings
        if getattr(made, name) != getattr(wanted, name)
    ), "")  # fmt: skip


def _create(session: Session, schema: str, item: StoredObject) -> None:
    if item.database_collation:
        session.use("information_schema")  # MariaDB reads nothing again of a schema that is the default one already
    session.use(schema)
    collation = f"collation_connection = {item.collation}" if item.collation else OWN_CONNECTION
    session.run(
        f"SET SESSION sql_mode = {sql.text(item.sql_mode if item.sql_mode is not None else session.sql_mode)}, "
        f"time_zone = {sql.text(item.time_zone)}, {collation}, "
        f"character_set_client = {item.charset}"
    )
    try:
        with _clock_before(session, item):
            session.run(item.as_bytes)
    finally:
        session.run(f"SET SESSION character_set_client = utf8mb4, {OWN_CONNECTION}")
        # Not in the same statement: its texts would still be in the object's character set, of which UTF-16 may be one.
        session.run(f"SET SESSION sql_mode = '{session.sql_mode}', time_zone = '+00:00'")


@contextmanager
def _clock_before(session: Session, item: StoredObject) -> Iterator[None]:
    """An event whose time has passed is made, and not thrown away, where the session's clock stands before that."""
    if item.kind != "EVENT":
        yield
        return
    with suppress(Refused):  # a server can forbid that to all accounts
        session.run("SET SESSION timestamp = 1")
    try:
        yield
    finally:
        with suppress(Refused):
            session.run("SET SESSION timestamp = DEFAULT")


@contextmanager
def _collation_of_its_birth(session: Session, schema: str, item: StoredObject) -> Iterator[None]:
    """The schema's default as it was when the object was made: its variables and parameters are born with it.

    Servers take it from nowhere else. Who is killed meanwhile leaves the schema with it: see `CutOverPlan.collation`.
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
