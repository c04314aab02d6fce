"""Columns that may be NULL and have no default all the same, as MariaDB's CREATE TABLE … SELECT leaves them.

No other statement makes them. Their query takes them from the missing side of an outer join: there each is NULL, and in
the table itself NOT NULL.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from cadrart_infra.mysql import sql

_TYPES = sql.name("cadrart_without_default")


def making_by_a_query(statement: str, columns: Iterable[tuple[str, str | None, bool]]) -> tuple[str, ...]:
    """The statements that make a table in the place of its CREATE statement.

    `columns`: of each, in order, the name, the collation, and whether it is one of those.
    """
    head, _, rest = statement.partition("(\n")
    body, end, options = rest.partition("\n)")
    types, selected = list[str](), list[str]()
    for name, collation, queried in columns:
        quoted = sql.name(name)
        selected.append(f"{_TYPES}.{quoted}" if queried else f"NULL AS {quoted}")
        line = re.search(rf"^  {re.escape(quoted)} [^\n]*\n?", body, re.M) if queried else None
        if line:
            body = body.replace(line[0], "", 1)
            types.append(_not_null(line[0].strip().removesuffix(","), collation))
    declared = f"(\n{body.rstrip().removesuffix(',')}{end}" if body.strip() else ""
    query = f"SELECT {', '.join(selected)} FROM (SELECT 1) one LEFT JOIN {_TYPES} ON FALSE LIMIT 0"
    return (
        f"CREATE TEMPORARY TABLE {_TYPES} (\n  " + ",\n  ".join(types) + "\n)",
        f"{head}{declared}{options} AS {query}",
        f"DROP TEMPORARY TABLE {_TYPES}",
    )


def _not_null(column: str, collation: str | None) -> str:
    return f"{column} COLLATE {collation} NOT NULL" if collation else f"{column} NOT NULL"
