"""What can go wrong, for users: what was wrong, where, what was left untouched, what to do next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cadrart_infra.database_server.remedies import what_to_do
from cadrart_infra.mysql import errors as server
from cadrart_infra.mysql.errors import DatabaseError
from cadrart_infra.user_errors import UserError

UNTOUCHED = "Production was only read, and staging is as it was."
WHOLE = "Production was only read, and staging is whole: the old copy or the new one, never a mixture."
"""From the moment at which a swap begins, for whoever cannot look any more."""


class SyncError(UserError):
    """A sync that did not happen, or did not end; the text is for the user and holds no secret."""


class WrongCredentials(SyncError):
    """The server refused the account or its password."""


class ServerUnreachable(SyncError):
    """No connection to the server, or it was lost."""


class UnverifiedServer(SyncError):
    """The server has another certificate than it has to have, or speaks no TLS; no password was sent to it."""


class MissingGrants(SyncError):
    """The sync account lacks rights; the text names them."""


class UnsafeAccount(SyncError):
    """The account could change production; the sync refuses to run with it."""


class DatabaseMissing(SyncError):
    """The production schema does not exist or is invisible to the account."""


class ForeignDatabase(SyncError):
    """What is to be staging's database holds what neither a sync nor this program's accounts have made."""


class SameDatabase(SyncError):
    """Source and target are the same schema, or one contains the other's working schemas."""


class UnsupportedObjects(SyncError):
    """Production holds something that cannot be carried faithfully; the text names each object."""


class UnsupportedServer(SyncError):
    """The server is too old, or set up in a way that makes a faithful copy impossible."""


class UnmaskedColumns(SyncError):
    """Masking is on and something has no rule, or a rule fits nothing."""


class RepeatedMasks(SyncError):
    """Two rows with different values in a unique key of production would have the same mask."""


class PartedMasks(SyncError):
    """What a foreign key of production takes for the same would have masks that differ."""


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


_CASES: Sequence[tuple[type[DatabaseError], type[SyncError], str]] = (
    (
        server.AccessDenied,
        WrongCredentials,
        "Check user and password in that account's Secret, that the account exists on the server (pulumi up makes it "
        "again where it was dropped), that no account of its name at another host, or without a name, is let in "
        "instead (SELECT user, host FROM mysql.user), that it need not show a certificate (REQUIRE X509), and that a "
        "MariaDB without TLS does not want it (require_secure_transport).",
    ),
    (server.AccountLocked, WrongCredentials, "pulumi up opens it again."),
    (server.RightMissing, MissingGrants, "Grant it to that account, or let pulumi up do so, and run again."),
    (
        server.NoRoom,
        NoRoom,
        "The unfinished copy was removed where the server allowed it. A sync needs as much free space as production's "
        "tables take, and as much again for the binary log where it is on. Enlarge the volume and run again.",
    ),
    (
        server.TooLittleRoom,
        TooLittleRoom,
        "Nothing was copied, for a full disk would stop production as well. Enlarge the volume or free space on it, "
        "and run again.",
    ),
    (
        server.NotesDamaged,
        SyncError,
        "Staging is a copy and can be made once more: as root, drop the database of that table, which holds notes "
        "alone, and run pulumi up.",
    ),
    (server.ServerTooOld, UnsupportedServer, "Upgrade the server and run again."),
    (server.ObjectsRefused, UnsupportedObjects, "Correct or drop these in production and run again."),
    (
        server.NotVerified,
        UnverifiedServer,
        "No password was sent. A server at sync.address needs TLS, with a certificate for that very host name from an "
        "authority that this machine trusts or sync.ca names. In the cluster it has to be the certificate in the "
        "server's pod; after that was exchanged: ALTER INSTANCE RELOAD TLS (MySQL) or FLUSH SSL (MariaDB).",
    ),
    (server.ConnectionLost, ServerUnreachable, "Run again: the next run takes up what this one left."),
    (server.LockTaken, SyncAlreadyRunning, "Wait for it to end and run again."),
    (DatabaseError, SyncError, "Correct the cause and run again."),
)
"""What stands in a sync for each error of the server, and what to do next; the first that fits counts."""

_WHAT: Mapping[type[DatabaseError], str] = {
    server.AccessDenied: "The database server refused an account of the sync",
    server.RightMissing: "An account of the sync lacks a right",
    server.LockTaken: "Another sync of the same staging database is running",
    server.ObjectsRefused: "The server does not accept production's own definitions again",
}


def explain(error: DatabaseError, doing: str, outcome: str) -> SyncError:
    """The SyncError for an error of the server that came up while `doing` something; `outcome` is what is left now."""
    kind, remedy = next((kind, remedy) for case, kind, remedy in _CASES if isinstance(error, case))
    remedy = what_to_do(error, "run again", remedy)
    return kind(error.explained(outcome, remedy, doing=doing, what=_WHAT.get(type(error), "")))
