"""What can go wrong, in words: what was wrong, where, what was left untouched, what to do next."""

from __future__ import annotations

import re

import pymysql

from cadrart_infra.user_errors import UserError

UNTOUCHED = "Production was only read, and staging is as it was."


class SyncError(UserError):
    """A sync or restore that did not happen; the text is for the user and holds no secret."""


class WrongCredentials(SyncError):
    """The server refused the account or its password."""


class ServerUnreachable(SyncError):
    """No connection to the server, or it was lost."""


class MissingGrants(SyncError):
    """The sync account lacks rights; the text names them."""


class UnsafeAccount(SyncError):
    """The account could change production; the sync refuses to run with it."""


class DatabaseMissing(SyncError):
    """The production schema does not exist or is invisible to the account."""


class SameDatabase(SyncError):
    """Source and target are the same schema, or one contains the other's working schemas."""


class UnsupportedObjects(SyncError):
    """Production holds something that cannot be carried faithfully; the text names each object."""


class UnsupportedServer(SyncError):
    """The server is too old, or set up in a way that makes a faithful copy impossible."""


class UnmaskedColumns(SyncError):
    """Masking is on and a column that looks personal has no rule."""


class SyncAlreadyRunning(SyncError):
    """Another sync of the same staging database holds the lock."""


class StagingInUse(SyncError):
    """An open transaction or statement on staging kept the swap waiting for too long."""


class ProductionChanged(SyncError):
    """Production's tables were altered while they were copied."""


class NotConverging(SyncError):
    """The copy still differed from production after the last repair."""


class NoRoom(SyncError):
    """The server's disk or tablespace is full."""


class TooLittleRoom(SyncError):
    """The copy would not fit on the server's disk; nothing was copied."""


class TimeLimitExceeded(SyncError):
    """The sync took longer than it may."""


class NoPreviousCopy(SyncError):
    """There is no previous copy to bring back."""


_ACCESS_DENIED = {1045, 1698, 1862}
_GRANTS = {1044, 1142, 1143, 1227, 1370}
_CONNECTION = {1053, 1152, 1158, 1159, 1160, 1161, 1184, 1317, 1927, 2002, 2003, 2006, 2013, 2055, 3159}
_FULL = {3, 1021, 1026, 1114, 1534, 3019}
_FROM_ENGINE = {1030, 1296}
# No space left, temporary file not written, no more room, and what MariaDB says when a file cannot grow: "generic".
_FULL_FROM_ENGINE = re.compile(r"Got error (28|59|135|168)\b")
_DEFINITION_CHANGED = {1412, 1146, 1054, 1136}
_LOCK_WAIT = {1205}


def number(error: BaseException) -> int:
    """The server's error number, 0 when there is none."""
    return error.args[0] if error.args and isinstance(error.args[0], int) else 0


def is_definition_change(error: pymysql.MySQLError) -> bool:
    """True for the errors that DDL on production causes in a reader."""
    return number(error) in _DEFINITION_CHANGED


def is_connection_lost(error: pymysql.MySQLError) -> bool:
    """True when the server or the way to it is gone."""
    return number(error) in _CONNECTION or number(error) == 0


def is_lock_wait(error: pymysql.MySQLError) -> bool:
    """True when a statement gave up waiting for a lock."""
    return number(error) in _LOCK_WAIT


def is_full(error: pymysql.MySQLError) -> bool:
    """True when the disk or the tablespace has no room left, also where the storage engine words it."""
    if number(error) in _FROM_ENGINE:
        return _FULL_FROM_ENGINE.search(str(error.args[1])) is not None
    return number(error) in _FULL


def explain(error: pymysql.MySQLError, doing: str) -> SyncError:
    """The SyncError for an error of the server that came up while `doing` something."""
    code = number(error)
    said = f"({code}) {error.args[1]}" if len(error.args) > 1 else str(error) or type(error).__name__
    if code in _ACCESS_DENIED:
        return WrongCredentials(
            f"The database server refused the sync account while {doing}: {said}. {UNTOUCHED} "
            "Check user and password in the sync account's Secret, and that the account exists on the server."
        )
    if code in _GRANTS:
        return MissingGrants(f"The sync account lacks a right for {doing}: {said}. {UNTOUCHED} Grant it and run again.")
    if is_full(error):
        return NoRoom(
            f"The database server has no room left, or cannot write; it happened while {doing}: {said}. {UNTOUCHED} "
            "The unfinished copy was removed where the server allowed it. A sync needs as much free space as "
            "production's tables take, and as much again for the binary log where it is on. Enlarge the volume and run "
            "again."
        )
    if code in _CONNECTION or code == 0:
        return ServerUnreachable(
            f"The connection to the database server failed while {doing}: {said}. Staging is whole: the old copy "
            "or the new one, never a mixture; production was only read. Run again: the next run takes up what "
            "this one left."
        )
    return SyncError(
        f"The database server refused a step of the sync while {doing}: {said}. Production was only read, and "
        "staging is whole. Correct the cause and run again."
    )
