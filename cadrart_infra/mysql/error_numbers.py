"""The errors of a server by number and text: which of `errors.py` stands for each."""

from __future__ import annotations

import re
import ssl
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from cadrart_infra.mysql import errors
from cadrart_infra.mysql.errors import DatabaseError

if TYPE_CHECKING:
    import pymysql

CUT_SHORT = 1301  # mostly only a warning
REBUILT = {1412, 1146}
"""See `is_rebuilt`."""

_BY_NUMBER: Mapping[type[DatabaseError], set[int]] = {
    errors.AccessDenied: {1045, 1698},
    errors.AccountLocked: {1820, 1862, 3118, 4151},
    errors.AccountLimited: {1203, 1226},
    errors.Offline: {3032},
    errors.EventsHidden: {1577},
    errors.ReadOnly: {1036, 1836, 1874, 1881, 3989},
    errors.SettingForbids: set(errors.FORBIDDING_SETTINGS) - {1290},
    errors.RightMissing: {1044, 1142, 1143, 1227, 1370},
    errors.PasswordRefused: {1819, 3638},
    errors.NoRoom: {3, 1021, 1026, 1114, 1534, 3019},
    errors.FileMissing: {1812, 1814},
    errors.TableCrashed: {126, 127, 144, 145, 1034, 1194, 1195},
    errors.TextCutShort: {CUT_SHORT},
    errors.FullTextNumberRefused: {182},
    errors.NotVerified: {2026},
    errors.ConnectionLost: {
        *(0, 1053, 1152, 1158, 1159, 1160, 1161, 1184, 1317),
        *(1927, 2002, 2003, 2006, 2013, 2055, 3159, 4031),
    },
    errors.ConnectionsUsedUp: {1040},
    errors.LockWait: {1205},
}
_CASES = {number: case for case, numbers in _BY_NUMBER.items() for number in numbers}

# No space left, temporary file not written, no more room, and what MariaDB says when a file cannot grow: "generic".
_NO_ROOM = "Got error (28|59|135|168) "
_BY_TEXT: Sequence[tuple[int, str, type[DatabaseError]]] = (
    (1005, "errno: 165", errors.ReadOnly),
    (1015, "errno: 165", errors.ReadOnly),
    (1290, "read-only", errors.ReadOnly),
    (1290, "NO_ENGINE_SUBSTITUTION option", errors.SettingForbids),
    (1184, "init_connect command failed", errors.InitConnectFailed),
    (1025, "errno: 155 ", errors.FileMissing),
    (1030, _NO_ROOM, errors.NoRoom),
    (1296, _NO_ROOM, errors.NoRoom),
)
"""Numbers that stand for other things too: with a text like this (a regular expression), for this case."""

_QUOTED_VALUE = re.compile(
    r"(Duplicate entry|[Ii]ncorrect [A-Za-z ]*value:?) (?:'.*'( for (?:key|column|function) )|'.*'$)", re.DOTALL
)


def neutral(error: pymysql.MySQLError, doing: str = "") -> DatabaseError:
    """The driver's error as one of `errors.py`, which came up while `doing` something."""
    number = error.args[0] if error.args and isinstance(error.args[0], int) else 0
    text = without_values(str(error.args[1])) if len(error.args) > 1 else ""
    said = f"({number}) {text}" if text else str(error) or type(error).__name__
    if isinstance(getattr(error, "original_exception", None), ssl.SSLError):
        return errors.NotVerified(said, doing=doing, number=number)
    return case_of(number, text)(said, doing=doing, number=number)


def without_values(text: str) -> str:
    """What the server said without what it quotes of a row: errors go into terminals, logs and comments of CI."""
    return _QUOTED_VALUE.sub(lambda match: f"{match[1]} '…'{match[2] or ''}", text)


def case_of(number: int, text: str) -> type[DatabaseError]:
    """Which error stands for a number of the server and its text; `Refused` for any that is not listed."""
    by_text = (case for one, pattern, case in _BY_TEXT if one == number and re.search(pattern, text))
    return next(by_text, _CASES.get(number, errors.Refused))


def as_client_prints(*cases: type[DatabaseError]) -> str:
    """An extended regular expression for what the products' client programs print of these errors."""
    numbers = "|".join(str(number) for number, case in sorted(_CASES.items()) if number and case in cases)
    texts = [f"|ERROR {number} .*{text}" for number, text, case in _BY_TEXT if case in cases]
    return f"ERROR ({numbers}) {''.join(texts)}"


def is_rebuilt(error: DatabaseError) -> bool:
    """True where a table was emptied, rebuilt or dropped since it was read, perhaps to be made again as it was."""
    return error.number in REBUILT
