"""Quoting for SQL."""

from __future__ import annotations

import re
from collections.abc import Iterable

CHARACTER_SET, COLLATION = "utf8mb4", "utf8mb4_unicode_ci"
"""Of a database that nothing else says it of."""
LONGEST_NAME = 64
"""Characters of the name of a database, at most."""


def name(identifier: str) -> str:
    """The identifier in backticks."""
    return "`" + identifier.replace("`", "``") + "`"


def unquoted(identifier: str) -> str:
    """The identifier without its backticks; as it is where it has none."""
    return identifier[1:-1].replace("``", "`") if identifier.startswith("`") else identifier


def table(schema: str, identifier: str) -> str:
    """`schema`.`identifier`."""
    return f"{name(schema)}.{name(identifier)}"


def text(value: str) -> str:
    """The value as a text literal, whatever the server's escape mode: plain characters only in hexadecimal."""
    return f"_utf8mb4 0x{value.encode().hex()}" if value else "''"


def texts(values: Iterable[str]) -> str:
    """The values as text literals, with commas between them."""
    return ", ".join(map(text, values))


def string(value: str) -> str:
    """The value between plain quotes, for the places where grammar allows no expression: account names, passwords.

    True to the value while the session's sql_mode is without NO_BACKSLASH_ESCAPES.
    """
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"


def names(identifiers: list[str] | tuple[str, ...]) -> str:
    """Quoted and joined by commas."""
    return ", ".join(name(identifier) for identifier in identifiers)


def user_at(user: str, host: str) -> str:
    """An account, quoted."""
    return f"{string(user)}@{string(host)}"


def user_at_any_host(user: str) -> str:
    """An account that may come from any host, quoted."""
    return user_at(user, "%")


def quoted_account(account: str) -> str:
    """An account as CURRENT_USER() answers it, quoted."""
    user, _, host = account.rpartition("@")
    return user_at(user, host)


def literal_pattern(text: str) -> str:
    """The text where LIKE or a grant takes a pattern: `_` and `%` are wildcards there unless escaped."""
    return text.replace("\\", "\\\\").replace("_", r"\_").replace("%", r"\%")


def grant_pattern(schema: str, *, and_longer: bool = False) -> str:
    """A schema's name, quoted, where a GRANT takes it; see `bare_grant_pattern`."""
    return name(bare_grant_pattern(schema, and_longer=and_longer))


def bare_grant_pattern(schema: str, *, and_longer: bool = False) -> str:
    """The same without quotes, as the server's own tables have it; `and_longer`: every name that begins with it."""
    return literal_pattern(schema) + ("%" if and_longer else "")


def grant_matches(pattern: str, schema: str) -> bool:
    """Whether a grant on `pattern` (unquoted) holds for a schema: a backslash takes the meaning of `_` and `%` away."""
    regex = ""
    escaped = False
    for character in pattern:
        if escaped or character not in "\\%_":
            regex += re.escape(character)
            escaped = False
        elif character == "\\":
            escaped = True
        else:
            regex += ".*" if character == "%" else "."
    return re.fullmatch(regex, schema, re.DOTALL) is not None
