"""Removes the conditions that MySQL adds to a view with INTERSECT or EXCEPT each time it is created.

Made again from what SHOW says of it, such a view has each of them once more.
"""

from __future__ import annotations

from collections.abc import Iterator

from cadrart_infra.mysql.sql_tokens import Token, tokens


def without_repeats(statement: str) -> str:
    """The statement with each `(… is not null)` only once among conditions that are joined by AND."""
    if " intersect " not in statement and " except " not in statement:
        return statement
    return _group(iter(tokens(statement, None).all))


def _group(following: Iterator[Token]) -> str:
    """The text up to the bracket that ends the group, or to the statement's end."""
    parts = [""]
    for token in following:
        if token.text == ")" and token.kind == "other":
            return _joined(parts) + ")"
        if token.keyword == "AND":
            parts.append("")
        else:
            parts[-1] += token.text + (_group(following) if token.text == "(" and token.kind == "other" else "")
    return _joined(parts)


def _joined(parts: list[str]) -> str:
    kept: list[str] = []
    for part in parts:
        repeated = part.strip().endswith(" is not null)") and part.strip() in [other.strip() for other in kept]
        if not repeated:
            kept.append(part)
    # Of the blanks around AND one may have gone with the last part.
    return "and".join(kept) if len(kept) == len(parts) else " and ".join(part.strip() for part in kept)
