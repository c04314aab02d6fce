"""Quoting for SQL, and finding names in SQL text that someone else wrote."""

from __future__ import annotations

import re
from collections.abc import Iterator

# Comments, texts and quoted names are one token each, so that nothing is looked for inside of them.
_TOKEN = re.compile(
    r"(?P<comment>/\*(?!M?!).*?\*/|--\s[^\n]*|\#[^\n]*)"
    r"|(?P<text>'(?:[^'\\]|\\.|'')*'|\"(?:[^\"\\]|\\.|\"\")*\")"
    r"|(?P<quoted>`(?:[^`]|``)*`)"
    r"|(?P<word>[\w$]+)"
    r"|(?P<space>\s+)"
    r"|(?P<other>.)",
    re.DOTALL,
)


def name(identifier: str) -> str:
    """The identifier in backticks."""
    return "`" + identifier.replace("`", "``") + "`"


def table(schema: str, identifier: str) -> str:
    """`schema`.`identifier`."""
    return f"{name(schema)}.{name(identifier)}"


def text(value: str) -> str:
    """The value as a text literal, whatever the server's escape mode: plain characters only in hexadecimal."""
    return f"_utf8mb4 0x{value.encode().hex()}" if value else "''"


def string(value: str) -> str:
    """The value between plain quotes, for the places where grammar allows no expression: account names, passwords.

    True to the value while the session's sql_mode is without NO_BACKSLASH_ESCAPES.
    """
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"


def names(identifiers: list[str] | tuple[str, ...]) -> str:
    """Quoted and joined by commas."""
    return ", ".join(name(identifier) for identifier in identifiers)


def user_at_any_host(user: str) -> str:
    """An account that may come from any host, quoted."""
    return f"{string(user)}@'%'"


def grant_pattern(schema: str, *, and_longer: bool = False) -> str:
    """A schema's name, quoted, where a GRANT takes it: `_` and `%` are wildcards there unless escaped.

    `and_longer` takes in every name that begins with it.
    """
    escaped = schema.replace("\\", "\\\\").replace("_", r"\_").replace("%", r"\%")
    return name(escaped + ("%" if and_longer else ""))


def _tokens(statement: str) -> Iterator[tuple[str, str]]:
    for match in _TOKEN.finditer(statement):
        yield str(match.lastgroup), match.group()


def _unquoted(kind: str, token: str) -> str | None:
    if kind == "quoted":
        return token[1:-1].replace("``", "`")
    return token if kind == "word" else None


def requalify(statement: str, old: str, new: str) -> str:
    """The statement with every `old.` before a name turned into `new.`; texts and comments stay as they are."""
    tokens = list(_tokens(statement))
    parts = []
    for index, (kind, token) in enumerate(tokens):
        qualifies = _unquoted(kind, token) == old and _next_is_dot(tokens, index)
        parts.append(name(new) if qualifies else token)
    return "".join(parts)


def _next_is_dot(tokens: list[tuple[str, str]], index: int) -> bool:
    following = (token for kind, token in tokens[index + 1 :] if kind not in ("space", "comment"))
    return next(following, "") == "."


def qualifiers(statement: str) -> set[str]:
    """Every name that stands before a dot: schemas, and tables or aliases before columns."""
    tokens = list(_tokens(statement))
    found = set()
    for index, (kind, token) in enumerate(tokens):
        plain = _unquoted(kind, token)
        if plain is not None and _next_is_dot(tokens, index):
            found.add(plain)
    return found


def texts_qualifying(statement: str, schema: str) -> bool:
    """True when a text literal holds the schema's name before a dot: SQL put together at run time, perhaps."""
    qualified = re.compile(rf"(?<![\w$-])`?{re.escape(schema)}`?\s*\.")
    return any(kind == "text" and qualified.search(token) for kind, token in _tokens(statement))


_DEFINER = re.compile(r"^(CREATE\s+)(.*?)\bDEFINER\s*=\s*(?:`(?:[^`]|``)*`|\S+?)(?:@(?:`(?:[^`]|``)*`|\S+))?\s+", re.S)


def without_definer(statement: str) -> str:
    """The CREATE statement without its DEFINER clause: the object then belongs to whoever creates it."""
    return _DEFINER.sub(r"\1\2", statement, count=1)


_EVENT_STATE = re.compile(r"(ON COMPLETION (?:NOT )?PRESERVE) (?:ENABLE|DISABLE ON SLAVE|DISABLE ON REPLICA|DISABLE)\b")


def disabled_event(statement: str) -> str:
    """The CREATE EVENT statement with the event disabled from the start."""
    return _EVENT_STATE.sub(r"\1 DISABLE", statement, count=1)
