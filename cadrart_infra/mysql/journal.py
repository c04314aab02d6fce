"""Notes on the server itself: whoever follows a crash finds them there, on whatever machine he runs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cadrart_infra.mysql import sql
from cadrart_infra.mysql.session import Session


@dataclass(frozen=True)
class Journal:
    """One table of notes, each a document under the name of what it is about."""

    session: Session
    schema: str
    table: str

    def create(self) -> None:
        """Create the table unless it is there; the schema has to exist."""
        self.session.run(
            f"CREATE TABLE IF NOT EXISTS {self._table} "
            "(place varchar(64) NOT NULL PRIMARY KEY, content longtext NOT NULL) ENGINE=InnoDB CHARACTER SET utf8mb4"
        )

    def read(self, place: str) -> Any:
        """The note's document, None where there is none."""
        content = self.session.value(f"SELECT content FROM {self._table} WHERE place = {sql.text(place)}")
        return None if content is None else json.loads(content)

    def write(self, place: str, document: Mapping[str, Any]) -> None:
        """Note it, in the place of what was noted before."""
        values = f"{sql.text(place)}, {sql.text(json.dumps(document))}"
        self.session.run(f"REPLACE INTO {self._table} (place, content) VALUES ({values})")

    def forget(self, place: str) -> None:
        """Remove the note, if there is one."""
        self.session.run(f"DELETE FROM {self._table} WHERE place = {sql.text(place)}")

    @property
    def _table(self) -> str:
        return sql.table(self.schema, self.table)
