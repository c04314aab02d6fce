"""Finds a restore that was cut off during its cut-over, so that production may lack views, triggers or routines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from cadrart_infra import naming
from cadrart_infra.mysql import sql
from cadrart_infra.mysql.root_client import RootClient

_KIND = "unfinished restore"


def unfinished_restore_query(production: str) -> str:
    """The statement whose rows `unfinished` reads; it has none while a restore runs."""
    prefix = naming.replaced_prefix(production)
    return (
        f"SELECT '{_KIND}', table_schema FROM information_schema.tables "
        f"WHERE table_name = {sql.text(naming.EXCHANGE_JOURNAL)} AND LEFT(table_schema, {len(prefix)}) = "
        f"{sql.text(prefix)} AND IS_USED_LOCK({sql.text(naming.RESTORE_LOCK)}) IS NULL"
    )


def unfinished(production: str, rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """A line for each, from the rows of `unfinished_restore_query`; other rows are ignored."""
    for schema in _schemas(rows):
        yield (
            f"A restore was cut off while the tables of {production} changed places: views, triggers, routines or "
            "events may be missing there. Run a restore again, of whichever backup: before anything else it finishes "
            f"that, or takes it back. Until then leave {schema} as it is."
        )


def still_unfinished(root: RootClient, production: str, rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """The same, without those whose journal has nothing left to do; raises a DatabaseError."""
    for schema in _schemas(rows):
        journal = sql.table(schema, naming.EXCHANGE_JOURNAL)
        if root.run(f"SELECT 1 FROM {journal} WHERE place = {sql.text(production)}"):
            yield from unfinished(production, [(_KIND, schema)])


def _schemas(rows: Iterable[Sequence[str]]) -> list[str]:
    return [row[1] for row in rows if row[0] == _KIND]
