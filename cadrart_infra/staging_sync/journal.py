"""The sync's notes on the server: which copy lies where, and a swap that is under way.

They live in a schema of the sync's own, so that a run that follows a crash on another machine finds them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from cadrart_infra.mysql import sql
from cadrart_infra.mysql.schema import StoredObject, schema_exists
from cadrart_infra.mysql.session import Session
from cadrart_infra.staging_sync.plan import Schemas

NOT_MASKED = "not masked"


@dataclass(frozen=True)
class Generation:
    """One copy: how it was masked, when it was taken, and the views, triggers, … that belong to its tables."""

    masking: str = NOT_MASKED
    snapshot_time: str = ""
    objects: tuple[StoredObject, ...] = ()


@dataclass(frozen=True)
class Swap:
    """A change of staging's tables, written down before it starts so that anyone can finish it or take it back.

    Tables of staging leave for schema `leave_to`; tables of schema `arrive_from` take their place.
    """

    arrive_from: str
    leave_to: str
    arriving: tuple[str, ...]
    leaving: tuple[str, ...]
    incoming: Generation
    outgoing: Generation
    keep_outgoing: bool


@dataclass(frozen=True)
class Journal:
    """Reads and writes the notes."""

    session: Session
    schemas: Schemas

    def exists(self) -> bool:
        """True once any sync has written."""
        return schema_exists(self.session, self.schemas.work)

    def create(self) -> None:
        """Create the schema and its tables unless they are there."""
        if not self.exists():
            self.session.run(f"CREATE DATABASE IF NOT EXISTS {sql.name(self.schemas.work)} CHARACTER SET utf8mb4")
        for table in ("generation", "swap"):
            self.session.run(
                f"CREATE TABLE IF NOT EXISTS {self._table(table)} "
                "(place varchar(64) NOT NULL PRIMARY KEY, content longtext NOT NULL) ENGINE=InnoDB"
            )

    def generation(self, place: str) -> Generation | None:
        """What is known of the copy in schema `place`."""
        content = self._read("generation", place)
        return _generation(json.loads(content)) if content else None

    def set_generation(self, place: str, generation: Generation | None) -> None:
        """Note or, with None, forget it."""
        self._write("generation", place, generation)

    def pending_swap(self) -> Swap | None:
        """The swap that was begun and not finished."""
        content = self._read("swap", self.schemas.staging)
        return _swap(json.loads(content)) if content else None

    def begin_swap(self, swap: Swap) -> None:
        """Note it before the first change."""
        self._write("swap", self.schemas.staging, swap)

    def end_swap(self) -> None:
        """Forget it after the last change."""
        self._write("swap", self.schemas.staging, None)

    def _table(self, table: str) -> str:
        return sql.table(self.schemas.work, table)

    def _read(self, table: str, place: str) -> str | None:
        content = self.session.value(f"SELECT content FROM {self._table(table)} WHERE place = {sql.text(place)}")
        return None if content is None else str(content)

    def _write(self, table: str, place: str, content: Generation | Swap | None) -> None:
        where = sql.text(place)
        if content is None:
            self.session.run(f"DELETE FROM {self._table(table)} WHERE place = {where}")
            return
        text = sql.text(json.dumps(asdict(content)))
        self.session.run(f"REPLACE INTO {self._table(table)} (place, content) VALUES ({where}, {text})")


def _generation(content: dict[str, Any]) -> Generation:
    return Generation(content["masking"], content["snapshot_time"], _objects(content["objects"]))


def _objects(content: Sequence[dict[str, Any]]) -> tuple[StoredObject, ...]:
    return tuple(StoredObject(**item) for item in content)


def _swap(content: dict[str, Any]) -> Swap:
    return Swap(
        content["arrive_from"],
        content["leave_to"],
        tuple(content["arriving"]),
        tuple(content["leaving"]),
        _generation(content["incoming"]),
        _generation(content["outgoing"]),
        content["keep_outgoing"],
    )
