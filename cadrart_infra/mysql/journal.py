"""Notes on the server itself: whoever follows a crash finds them there, on whatever machine he runs."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from cadrart_infra.mysql import sql
from cadrart_infra.mysql.errors import DatabaseError, NotesDamaged

if TYPE_CHECKING:
    from cadrart_infra.mysql.session import Session

T = TypeVar("T")
_NO_SUCH_COLUMN = 1054


def creation(schema: str, table: str) -> str:
    """The statement that creates a table of notes unless it is there; the schema has to exist."""
    return (
        f"CREATE TABLE IF NOT EXISTS {sql.table(schema, table)} "
        "(place varchar(64) NOT NULL PRIMARY KEY, content longtext NOT NULL) ENGINE=InnoDB CHARACTER SET utf8mb4"
    )


def writing(schema: str, table: str, place: str, document: Mapping[str, Any]) -> str:
    """The statement that notes it, in the place of what was noted before."""
    values = f"{sql.text(place)}, {sql.text(json.dumps(document))}"
    return f"REPLACE INTO {sql.table(schema, table)} (place, content) VALUES ({values})"


@dataclass(frozen=True)
class Journal:
    """One table of notes, each a document under the name of what it is about."""

    session: Session
    schema: str
    table: str

    def create(self) -> None:
        """Create the table unless it is there; the schema has to exist."""
        self.session.run(creation(self.schema, self.table))

    def read(self, place: str, parse: Callable[[dict[str, Any]], T]) -> T | None:
        """What `parse` makes of the note's document, None where there is none.

        Raises NotesDamaged for one that somebody edited.
        """
        try:
            content = self.session.value(f"SELECT content FROM {self._table} WHERE place = {sql.text(place)}")
            return None if content is None else parse(json.loads(content))
        except DatabaseError as error:
            if error.number != _NO_SUCH_COLUMN:
                raise
            problem = error.said
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            problem = f"{type(error).__name__}: {error}"
        raise NotesDamaged(f"{place} in table {self.schema}.{self.table} ({problem})") from None

    def write(self, place: str, document: Mapping[str, Any]) -> None:
        """Note it, in the place of what was noted before."""
        self.session.run(writing(self.schema, self.table, place, document))

    def forget(self, place: str) -> None:
        """Remove the note, if there is one."""
        self.session.run(f"DELETE FROM {self._table} WHERE place = {sql.text(place)}")

    @property
    def _table(self) -> str:
        return sql.table(self.schema, self.table)
