"""Whether the server is read-only: somebody may have made it so, and forgotten it."""

from collections.abc import Iterable, Sequence

from cadrart_infra.mysql import sql

_REFUSES_WHERE = {
    # Root may write all the same, but for MySQL's super_read_only, which sets this too.
    "read_only": "@@global.read_only NOT IN ('0', 'OFF')",
    "innodb_read_only": "@@global.innodb_read_only NOT IN ('0', 'OFF')",
    "innodb_force_recovery": "@@global.innodb_force_recovery > /*!80000 0 */ /*M! 4 */",  # MariaDB writes up to 4
}
_CASES = " ".join(f"WHEN {where} THEN '{name}'" for name, where in _REFUSES_WHERE.items())
REFUSED_BY = f"CASE {_CASES} ELSE '' END"
"""An expression of SQL: the variable that keeps applications from writing, empty where none does."""


KIND = "read-only"
"""What the row of `read_only_query` begins with."""


def read_only_query(*between: str) -> str:
    """The statement that answers with `KIND`, the expressions `between` and that variable; no row where none is set."""
    return f"SELECT {', '.join([sql.text(KIND), *between, REFUSED_BY])} FROM DUAL WHERE {REFUSED_BY} <> ''"


def read_only_variable(rows: Iterable[Sequence[str]]) -> str:
    """The variable that makes the server read-only, from the rows of `read_only_query`; empty if none."""
    return next((row[-1] for row in rows if row[0] == KIND), "")


def how_to_lift(variable: str) -> str:
    """The statement that makes the server writable again; `ReadOnly.remedy` is for any variable."""
    if variable == "read_only":
        return "SET GLOBAL read_only = OFF"
    return (
        f"take {variable} out of the server's settings (on MySQL also: RESET PERSIST {variable}) and start it once more"
    )
