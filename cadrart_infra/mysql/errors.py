"""Neutral errors of a database server: what was being done, and what the server said.

`Refused` stays refused until somebody changes something; `Retryable` may pass when it is tried again. Who called knows
what was left untouched and what to do next, and adds both (`DatabaseError.explained`). `error_numbers.py` says which of
them stands for which number of a server.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from cadrart_infra.user_errors import UserError


class DatabaseError(UserError):
    """A step that did not happen.

    `said`: the server's own words with its error number, or a whole sentence where this program found the reason.
    `doing`: the step, e.g. "copying"; empty where only the caller knows it. `number`: the server's, 0 without one.
    """

    what = ""
    """What happened, before the server's own words; empty where `said` is a whole sentence."""
    remedy = ""
    """What to do before it is tried again, where that is the same whoever asked; no period behind it."""

    def __init__(self, said: str, *, doing: str = "", number: int = 0) -> None:
        super().__init__(said)
        self.said, self.doing, self.number = said, doing, number

    def __str__(self) -> str:
        return self.explained()

    def explained(self, *more: str, doing: str = "", what: str = "") -> str:
        """What happened while `doing` (where the error does not know it), then the caller's own sentences.

        `what` is the caller's own beginning of the first one.
        """
        step = self.doing or doing
        happened, while_doing = what or self.what, f" while {step}" if step else ""
        sentence = f"{happened}{while_doing}: {self.said.rstrip('.')}." if happened else self.said
        return ("\n" if "\n" in self.said else " ").join([sentence, " ".join(more)]).rstrip()


class Refused(DatabaseError):
    """The server, or a rule of this program, does not allow the step."""

    what = "The database server refused a step"


class Retryable(DatabaseError):
    """The step may pass when it is tried again."""

    what = "The database server could not do a step now"


class AccessDenied(Refused):
    """The account or its password."""

    what = "The database server refused the account"


class AccountLocked(Refused):
    """The account is locked, or its password, which was the right one, has expired."""

    what = "The database server lets the account in no more"


class AccountLimited(Refused):
    """A limit that the account was given is used up."""

    what = "The account may do no more than it was given a limit for"
    remedy = (
        "Let an administrator of the database server lift the limits of that account: ALTER USER … WITH "
        "MAX_QUERIES_PER_HOUR 0 MAX_UPDATES_PER_HOUR 0 MAX_CONNECTIONS_PER_HOUR 0 MAX_USER_CONNECTIONS 0; or, where "
        "the error is 1203, the limit that each account has: SET GLOBAL max_user_connections = 0"
    )


class Offline(Refused):
    """An administrator lets nobody else in."""

    what = "The database server lets administrators in alone"
    remedy = "Where nobody needs that any more, run as one of them: SET GLOBAL offline_mode = OFF"


class ReadOnly(Refused):
    """The server, its InnoDB, or a database takes no writes."""

    what = "The database server takes no writes"
    remedy = (
        "Where nobody needs that any more, run as an administrator of the database server: SET GLOBAL read_only = OFF; "
        "take innodb_read_only and innodb_force_recovery out of its settings and start it once more; of a MariaDB that "
        "takes none into compressed tables: SET GLOBAL innodb_read_only_compressed = OFF; of one database of MySQL: "
        "ALTER DATABASE <database> READ ONLY = 0"
    )


_NO_MEMORY_LIMITS = "SET GLOBAL connection_memory_limit = DEFAULT, global_connection_memory_limit = DEFAULT"
FORBIDDING_SETTINGS: Mapping[int, str] = {
    1173: "SET GLOBAL innodb_force_primary_key = OFF",
    1290: "SET GLOBAL enforce_storage_engine = NULL",
    1665: "SET GLOBAL binlog_format = MIXED",
    1709: "SET GLOBAL innodb_default_row_format = DYNAMIC",
    3161: "a restart without that engine in disabled_storage_engines",
    4081: _NO_MEMORY_LIMITS,
    4082: _NO_MEMORY_LIMITS,
}
"""By number of the error with which a setting forbids something: what takes it back."""
TABLE_ALTERED = "bring the table to what the server makes today (ALTER TABLE)"
"""What helps as well where a setting forbids a table that the server has made before."""
_FORBIDS_NO_TABLE = {1665, 4081, 4082}


class SettingForbids(Refused):
    """A limit or a rule of the server for all sessions; it may be newer than a table that it forbids."""

    what = "A setting of the database server forbids a step"
    remedy = "Let an administrator of the database server take it back"

    def __init__(self, said: str, *, doing: str = "", number: int = 0) -> None:
        super().__init__(said, doing=doing, number=number)
        if taken_back := FORBIDDING_SETTINGS.get(number):
            instead = "" if number in _FORBIDS_NO_TABLE else f"; or {TABLE_ALTERED}"
            self.remedy = f"{self.remedy}: {taken_back}{instead}"


class InitConnectFailed(Refused):
    """A statement that the server runs for each new connection fails, and ends it."""

    what = "The database server ends each new connection by itself"
    remedy = (
        "Let an administrator of the database server correct its init_connect, which ends the shop's connections too"
    )


class EventsHidden(Refused):
    """MariaDB was started with event_scheduler=DISABLED, or its tables of events are damaged."""

    what = "The database server shows nobody its events"
    remedy = (
        "Set event_scheduler to OFF in its settings, which runs no event either, and start it once more; where its log "
        "says that its tables of events are damaged: mariadb-upgrade"
    )


class FileMissing(Refused):
    """The server does not find a table's file where it looks for it."""

    what = "The database server does not find a table's file"
    remedy = (
        "Where MySQL was killed while tables changed places, it has put their files back meanwhile, and finds them "
        "when it is started once more. Where a file was discarded, drop the table or bring the file back: "
        "ALTER TABLE … IMPORT TABLESPACE"
    )


class TableCrashed(Refused):
    """The files of a table of MyISAM, Aria or their kin are broken: its server was killed while it wrote."""

    what = "A table of the database server is broken"
    remedy = "Repair it, as root: REPAIR TABLE <database>.<table>"


class TextCutShort(Refused):
    """A text was longer than the server's packets and came as NULL, empty, or in part, so that the row is not known."""

    what = "The database server answers a part of a row that is longer than its max_allowed_packet"
    remedy = "Raise the server's max_allowed_packet above production's longest rows"


class FullTextNumberRefused(Refused):
    """A number that an older release took in the column FTS_DOC_ID, or that only comes about by rows that went."""

    what = "The database server does not take a row's number for its full-text index"
    remedy = (
        "Where rows were deleted between two numbers, give them numbers closer to each other, or let the server number "
        "them itself: give the column FTS_DOC_ID of that table another name (ALTER TABLE … RENAME COLUMN)"
    )


class RightMissing(Refused):
    """The account lacks a right."""

    what = "The account lacks a right"


class PasswordRefused(Refused):
    """A policy of the server for passwords: too short or simple, or one that the account had before."""

    what = "A policy of the database server refuses the password of an account"
    remedy = (
        "Put another one into its Secret, or let an administrator of the database server ease the policy (SHOW "
        "VARIABLES LIKE '%password%' names it: validate_password or simple_password_check; where the account had the "
        "password before: ALTER USER <account> PASSWORD HISTORY 0 PASSWORD REUSE INTERVAL 0 DAY)"
    )


class NoRoom(Refused):
    """The server's disk or tablespace is full."""

    what = "The database server has no room left, or cannot write"


class TooLittleRoom(Refused):
    """What is to be written would not fit on the server's disk."""

    what = ""


class ServerTooOld(Refused):
    """The server's version is older than what this program was shown to work with."""

    what = "The server's version is not supported"


class NotesDamaged(Refused):
    """A note that this program keeps on the server was edited, or its table was."""

    what = "A note of this program on the database server is not as it was written"


class ObjectsRefused(Refused):
    """Definitions of views, triggers, routines or events; each is named with the server's reason."""

    what = "The server does not accept these definitions"


class NotVerified(Refused):
    """Who answers has another certificate than it has to have, or speaks no TLS; no password was sent."""

    what = "The database server could not be verified"


class ConnectionLost(Retryable):
    """No connection to the server, or it was lost."""

    what = "The connection to the database server failed"


class ConnectionsUsedUp(ConnectionLost):
    """As many sessions are open as the server takes (`max_connections`)."""

    what = "The database server takes no further connection"
    remedy = (
        "End sessions that nobody needs (as root, who gets one more, SHOW FULL PROCESSLIST lists them), or raise "
        "max_connections"
    )


class LockWait(Retryable):
    """A statement gave up waiting for a lock."""

    what = "The database server could not get a lock in time"
    remedy = (
        "End what holds it: a transaction, a statement, or a dump that locks the whole server (FLUSH TABLES WITH READ "
        "LOCK, LOCK INSTANCE FOR BACKUP, BACKUP STAGE). As root, SHOW FULL PROCESSLIST lists the sessions"
    )


class LockTaken(Retryable):
    """Another run has the lock that this one needs."""

    what = "Another run is going on"


@contextmanager
def while_doing(doing: str) -> Iterator[None]:
    """Errors that come up inside and do not say what was being done say this."""
    try:
        yield
    except DatabaseError as error:
        error.doing = error.doing or doing
        raise
