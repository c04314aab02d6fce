"""The errors of a rehearsal."""

from __future__ import annotations

from collections.abc import Collection

from cadrart_infra.cluster.job_problems import JobProblem, Meaning
from cadrart_infra.database_server.pods import without_secrets
from cadrart_infra.database_server.upgrade import Upgrade
from cadrart_infra.user_errors import UserError

# The script's exit codes: what happened, and what to do. Below 30 they come from the backup's script.
EXIT_CODES: dict[int, Meaning] = {
    10: ("The image that runs lacks a program that is needed", "Rehearse with the official image of this version."),
    20: ("The backup is not on the claim any more", "Run pulumi up again: it makes another one."),
    21: ("The backup's file is damaged: its checksum is another than when it was written", "Look at the claim's disk."),
    22: ("The server that runs did not take the backup in", "Its own message below says why."),
    30: ("The image has no database server that could be started", "Check database.image."),
    31: (
        "The node has too little room for the copy",
        "Free space on it. The copy lies on the node's own disk while the rehearsal runs.",
    ),
    32: ("The server does not start on the copy's files", "Its own message below says why; look it up in its manual."),
    33: ("The server did not end cleanly on the copy's files", "Its own message below says why."),
    34: ("The image that runs cannot make files of its own", "Its own message below says why."),
    35: ("The tables of the server itself could not be upgraded", "The message below says why."),
    36: ("The new server has not everything that the one that runs has", "What differs is named below."),
    37: (
        "Accounts could not log in any more",
        "Give each another way to prove who it is first, as root: ALTER USER … IDENTIFIED WITH caching_sha2_password "
        "BY … (MySQL).",
    ),
    38: (
        "The release is not well with the new server",
        "What it answered and logged is below. One that only needs longer gets it: raise "
        "database.rehearsalReleaseTimeLimit. Correct the release, or upgrade without it: pulumi config set --path "
        "database.rehearseReleases none",
    ),
}

OLDEST = 29
"""The oldest minor version of Kubernetes 1 that can run a container beside those that follow it."""


class RehearsalFailed(UserError):
    """The restart did not begin; the text holds no secret."""


def failed(problem: JobProblem, upgrade: Upgrade, backup: str, secrets: Collection[str]) -> RehearsalFailed:
    """A rehearsal's Job failed; the log's last lines are shown without `secrets`."""
    hidden = JobProblem(problem.what, problem.remedy, [without_secrets(line, secrets) for line in problem.lines])
    untouched = f"Production goes on with {upgrade.before}, untouched; the backup {backup} stays."
    return _refused(upgrade, hidden.with_outcome(untouched))


def unfit(what: str, upgrade: Upgrade, backup: str) -> RehearsalFailed:
    """A release was healthy, and reported itself what is wrong with the copy."""
    _, remedy = EXIT_CODES[38]
    return failed(JobProblem(f"With the new server {what}", remedy), upgrade, backup, ())


def too_old(upgrade: Upgrade, version: str) -> RehearsalFailed:
    """An older cluster ignores a container that runs beside others, and the release would wait for ever."""
    return _refused(
        upgrade,
        f"A release can be started on the copy from Kubernetes 1.{OLDEST} on, and the cluster is {version}. Nothing "
        "was changed. To rehearse without: pulumi config set --path database.rehearseReleases none",
    )


def no_backup(error: Exception, upgrade: Upgrade) -> RehearsalFailed:
    """The backup before the rehearsal failed; its own text says why."""
    return RehearsalFailed(f"{error}\n  To stay with what runs: {upgrade.way_to_stay}")


def no_account(upgrade: Upgrade, secret: str) -> RehearsalFailed:
    """The sync's account does not exist yet: this is the first update of a shop that was taken over."""
    return _refused(
        upgrade,
        f"The backup before it needs the account in Secret {secret}, which the first update makes. Nothing was "
        f"changed. Update once with what runs: {upgrade.way_to_stay}",
    )


def without_result(upgrade: Upgrade) -> RehearsalFailed:
    """The Job ended without a result: its pod was removed, or its log could not be read."""
    return _refused(upgrade, "What it came to could not be read from its log. Production was not touched.")


def too_slow(upgrade: Upgrade, seconds: int, timeout: int) -> RehearsalFailed:
    """The restart would be taken back before its end, when files are converted already."""
    return _refused(
        upgrade,
        f"It took {seconds} s for a copy of production, and database.restartTimeout is {timeout} s: the server holds "
        "staging's copies besides, and would be taken back before it answers. Production was not touched. "
        f"Raise it: pulumi config set --path database.restartTimeout {max(300, 10 * seconds)}",
    )


def _refused(upgrade: Upgrade, why: str) -> RehearsalFailed:
    return RehearsalFailed(
        f"The database server was not restarted, because the rehearsal of its upgrade from {upgrade.before} to "
        f"{upgrade.after} did not succeed. {why}\n"
        f"  The next pulumi up rehearses it again. To stay with what runs: {upgrade.way_to_stay}. "
        "To restart without a rehearsal: pulumi config set --path database.rehearse false"
    )
