"""Whether the server takes writes at all: somebody may have made it read-only, and forgotten it."""

from cadrart_infra.mysql.root_client import RootClient

_REFUSES_WHERE = {
    # Root may write all the same, but for MySQL's super_read_only, which sets this too.
    "read_only": "@@global.read_only NOT IN ('0', 'OFF')",
    "innodb_read_only": "@@global.innodb_read_only NOT IN ('0', 'OFF')",
    "innodb_force_recovery": "@@global.innodb_force_recovery > /*!80000 0 */ /*M! 4 */",  # MariaDB writes up to 4
}
_CASES = " ".join(f"WHEN {where} THEN '{name}'" for name, where in _REFUSES_WHERE.items())
REFUSED_BY = f"CASE {_CASES} ELSE '' END"
"""An expression of SQL: the variable that keeps applications from writing, empty where none does."""


def question(*before: str) -> str:
    """The statement that answers, behind the expressions `before`, with that variable; no row where there is none."""
    return f"SELECT {', '.join([*before, REFUSED_BY])} FROM DUAL WHERE {REFUSED_BY} <> ''"


def refused_by(root: RootClient) -> str:
    """The variable that keeps applications from writing, empty where none does; raises a DatabaseError."""
    return next((row[0] for row in root.run(question())), "")


def lifted_by(variable: str) -> str:
    """What an administrator does about that variable; `ReadOnly.remedy` has it for whichever it is."""
    if variable == "read_only":
        return "SET GLOBAL read_only = OFF"
    return (
        f"take {variable} out of the server's settings (on MySQL also: RESET PERSIST {variable}) and start it once more"
    )
