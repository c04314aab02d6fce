"""The errors of backups and restores, and the messages for the scripts' exit codes."""

from __future__ import annotations

from collections.abc import Sequence

from cadrart_infra.cluster.job_problems import JobProblem
from cadrart_infra.database_server.remedies import what_to_do
from cadrart_infra.mysql import errors as server
from cadrart_infra.mysql.errors import DatabaseError
from cadrart_infra.user_errors import UserError

UNTOUCHED = "Production was not touched."
EITHER = "Production's tables are whole: those it had, or the backup's."
"""From the moment at which tables are about to change places."""

# What the scripts exit with: what happened, and what to do about it.
EXIT_CODES = {
    10: (
        "The database's image lacks a program that is needed",
        "Use an image with the client programs, such as the official mysql or mariadb ones.",
    ),
    11: (
        "The claim could not be written",
        "If it is full, keep fewer backups (backup.keep) or enlarge the claim: it has to hold one backup more than are "
        "kept. What was kept so far is still there, whole.",
    ),
    12: (
        "The database server refused the account or its password",
        "Check the Secret named below, that the account exists on the server, that no account of its name at another "
        "host, or without a name, is let in instead (SELECT user, host FROM mysql.user), and that a MariaDB without "
        "TLS does not want it (require_secure_transport).",
    ),
    13: (
        "The database server did not answer",
        "Check that its pod is ready, and that no network policy but db-clients keeps cadrart-backup from it.",
    ),
    14: (
        "The dump program stopped before its end",
        "Its own message below says why: often a right that its account lacks, a view that is not valid any more, or a "
        "table that was altered meanwhile (ERROR 1412, 1146, 1054): run it again when that has ended.",
    ),
    15: (
        "The dump that was written is not whole",
        "It was not kept. Run again; tables that are created or dropped meanwhile can cause this.",
    ),
    16: (
        "The database does not exist on the server, or its account may not see it",
        "Check database.production and the account's grants; pulumi up ensures both.",
    ),
    17: (
        "The backup that was written does not come back as production was",
        "It was not kept. What differs is named; change that, or run again if it was altered meanwhile.",
    ),
    18: (
        "The database server has no room to load the backup",
        "Enlarge the volume of db or free space on it, and run it again. A backup that is made can be read instead: "
        "pulumi config set --path backup.verify read",
    ),
    19: (
        "A row is longer than the server's max_allowed_packet, so that no backup could bring it back",
        "It was not kept. Raise max_allowed_packet on production's server above its longest rows (database.settings), "
        "and run it again.",
    ),
    20: ("There is no such backup", "See what there is: cadrart restore"),
    21: (
        "The backup's file is damaged: its checksum is another than when it was written",
        "Restore another one, of these: cadrart restore",
    ),
    22: ("The database server did not take the backup", "Its own message below says why."),
    23: (
        "The database server cut the backup off while it was made or loaded",
        "It was restarted, let nobody in for a moment (Too many connections), somebody ended the connection or its "
        "statement (KILL), or another session keeps a table or the whole server locked (ERROR 1205): its own message "
        "below says which. Run it again when that has ended.",
    ),
    24: (
        "A setting of the database server forbids a step",
        "Let an administrator of the database server take back the one that stands behind the number of the error "
        f"below, or {server.TABLE_ALTERED}, and run it again. "
        + "; ".join(f"{number}: {taken_back}" for number, taken_back in server.FORBIDDING_SETTINGS.items()),
    ),
    25: (server.AccountLimited.what, f"{server.AccountLimited.remedy}. Then run it again."),
}


class BackupError(UserError):
    """A backup or a restore that did not happen; the text is for the user and holds no secret."""


class BackupFailed(BackupError):
    """The backup before something failed, so that this did not begin; production is as it was."""

    def __init__(self, text: str, why: str) -> None:
        """`why`: the reason alone, for who goes on all the same."""
        super().__init__(text)
        self.why = why


_REMEDIES: Sequence[tuple[type[DatabaseError], str]] = (
    (server.ConnectionLost, "Check that the pod of db is ready, and run the restore again."),
    (
        server.TooLittleRoom,
        "Nothing was loaded, for a full disk would stop production as well. Enlarge the volume or free space on it, "
        "and run the restore again.",
    ),
    (server.NoRoom, "Enlarge the volume or free space on it, and run the restore again."),
    (server.AccessDenied, "Check DATABASE_ROOT_PASSWORD in the Secret cadrart-secret, and run the restore again."),
    (DatabaseError, "Correct the cause and run the restore again."),
)


def explain(error: DatabaseError, doing: str, outcome: str) -> BackupError:
    """The BackupError for a server error while `doing` something; `outcome`: what is true of production now."""
    remedy = next(remedy for case, remedy in _REMEDIES if isinstance(error, case))
    remedy = what_to_do(error, "run the restore again", remedy)
    return BackupError(error.explained(outcome, remedy, doing=doing))


class NotTheSame(JobProblem):
    """A backup that was loaded and is not what production was; `reasons` name what differs."""

    def __init__(self, reasons: Sequence[str]) -> None:
        what, remedy = EXIT_CODES[17]
        super().__init__(what + ":" + "".join(f"\n    {reason}" for reason in reasons), remedy)
        self.reasons = tuple(reasons)


def explained_to_maker(error: DatabaseError) -> JobProblem:
    """Turns a server's refusal while a backup is made into a BackupError."""
    if isinstance(error, server.AccessDenied):
        what, remedy = EXIT_CODES[12]
        return JobProblem(f"{what}: {error.said}", remedy)
    if isinstance(error, server.TooLittleRoom | server.NoRoom):
        remedy = (
            "A backup is loaded beside production to be compared. Enlarge the volume or free space on it; or have it "
            "read only: pulumi config set --path backup.verify read"
        )
        return JobProblem(str(error).rstrip("."), remedy)
    remedy = what_to_do(error, "run again", "Correct the cause and run again.")
    return JobProblem(str(error).rstrip("."), remedy)
