"""Copies of backups outside the cluster: from the claim to a folder of this machine, and back."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from cadrart_infra.backup.backups import Backup, choose_backup, readable_size
from cadrart_infra.backup.errors import BackupError
from cadrart_infra.backup.held_claim import HeldClaim, with_claim
from cadrart_infra.cluster.errors import ClusterError
from cadrart_infra.cluster.job_problems import JobProblem
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.terminal import Say

_ROWS, _RECORD = ".sql.gz", ".json"
_UNCHANGED = "Nothing was changed."


def download(kubectl: Kubectl, name: str, folder: Path, say: Say) -> Path:
    """Copies a backup (`latest`: the newest) into a folder; returns its file of rows, whose record lies beside it.

    What is in the folder already, whole, is not copied again. Raises BackupError; the folder is as it was then.
    """
    if not folder.is_dir():
        raise BackupError(f"{folder} is not a folder. {_UNCHANGED} Make it first: mkdir -p {folder}")
    copied: list[Path] = []

    def take(claim: HeldClaim) -> None:
        backup = choose_backup(claim.backups, name, claim.damaged)
        rows = folder / f"{backup.name}{_ROWS}"
        record = rows.with_name(f"{backup.name}{_RECORD}")
        written = claim.content(record.name)  # before a checksum is made here, for which the pod would not wait
        if not _is_there(rows, backup):
            say(f"{backup.name}: {readable_size(backup.size)}")
            _fetch(rows, lambda file: claim.read(rows.name, file), lambda file: _require_whole(file, backup))
        _fetch(record, lambda file: file.write(written), _read_record)
        copied.append(rows)

    with _explained("copied", _UNCHANGED):
        with_claim(kubectl, take, read_only=True)
    return copied[0]


def upload(kubectl: Kubectl, rows: Path, say: Say) -> Backup:
    """Brings a copy back to the claim, to be restored; `rows`: its file NAME.sql.gz, with NAME.json beside it.

    It repairs one whose files on the claim are damaged. Raises BackupError for a copy that is damaged or has no room,
    or where another backup has its name; the backups on the claim are as they were then.
    """
    backup, record = _local_copy(rows)

    def bring(claim: HeldClaim) -> None:
        if _is_on(claim, backup):
            say(f"{backup.name} is on the claim already")
            return
        _require_room(claim, backup)
        say(f"{backup.name}: {readable_size(backup.size)}")
        with record.open("rb") as content:
            claim.write(record.name, content)
        with rows.open("rb") as content:
            arrived = claim.write(rows.name, content)
        if arrived != backup.sha256:
            raise BackupError(f"{rows.name} did not arrive on the claim as it is here. {_UNCHANGED} Run it again.")
        claim.keep(record.name, rows.name)

    with _explained("brought to the claim", "The backups on the claim are as they were."):
        with_claim(kubectl, bring, read_only=False)
    return backup


@contextlib.contextmanager
def _explained(done: str, outcome: str) -> Iterator[None]:
    """Errors of the Job, of commands in its pod and of files here, as errors of a backup that was not `done`."""
    try:
        yield
    except JobProblem as problem:
        raise BackupError(problem.with_outcome(outcome)) from None
    except ClusterError as error:
        raise BackupError(f"The backup was not {done}: {str(error).rstrip('.')}. {outcome} Run it again.") from None
    except OSError as error:
        raise BackupError(f"The backup was not {done}: {error.strerror}: {error.filename}. {outcome}") from None


def _is_there(rows: Path, backup: Backup) -> bool:
    """Whether this very backup is in the folder; raises BackupError for another file of its name."""
    if not rows.exists():
        return False
    if _sha256(rows) != backup.sha256:
        raise BackupError(
            f"{rows} is there already, and is not the backup {backup.name} of this claim. {_UNCHANGED} Move it "
            "away, or name another folder."
        )
    return True


def _fetch(file: Path, read: Callable[[IO[bytes]], object], require_whole: Callable[[Path], object]) -> None:
    """A file that only its owner may read, under its own name once it is whole and on the disk."""
    partial = file.with_name(f"{file.name}.partial")
    try:
        with open(partial, "wb", opener=_private) as content:
            read(content)
            os.fsync(content.fileno())
        require_whole(partial)
        partial.replace(file)
    finally:
        partial.unlink(missing_ok=True)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _require_whole(rows: Path, backup: Backup) -> None:
    if _sha256(rows) != backup.sha256:
        raise BackupError(
            f"What came of {backup.name} does not have the checksum that was noted when it was made. {_UNCHANGED} Run "
            "it again; where it stays so, the file on the claim is damaged: make another backup (cadrart backup)."
        )


def _local_copy(rows: Path) -> tuple[Backup, Path]:
    """The backup of a copy, and its record; raises BackupError where it is not whole."""
    if not rows.name.endswith(_ROWS):
        raise BackupError(f"{rows} is no copy of a backup. {_UNCHANGED} Name the file that ends with {_ROWS}.")
    record = rows.with_name(f"{rows.name.removesuffix(_ROWS)}{_RECORD}")
    try:
        backup = _read_record(record)
        found = _sha256(rows)
    except OSError as error:
        raise BackupError(
            f"{error.filename} cannot be read: {error.strerror}. {_UNCHANGED} A copy of a backup is two files, "
            f"{rows.name} and {record.name}, in one folder."
        ) from None
    if found != backup.sha256 or rows.name != f"{backup.name}{_ROWS}":
        raise BackupError(
            f"{rows} is not the backup that {record.name} describes ({backup.name}), or it is damaged: their checksums "
            f"are not the same. {_UNCHANGED} Take another copy."
        )
    return backup, record


def _read_record(record: Path) -> Backup:
    try:
        return Backup.parse(record.read_text("utf-8"))
    except (ValueError, KeyError, TypeError):
        raise BackupError(f"{record} is not the record of a backup. {_UNCHANGED} Take another copy.") from None


def _is_on(claim: HeldClaim, backup: Backup) -> bool:
    """Whether the claim has this backup, whole; raises BackupError for another one of its name."""
    same_name = next((one for one in claim.backups if one.name == backup.name), None)
    if same_name and same_name != backup:
        raise BackupError(
            f"There is another backup with the name {backup.name} on the claim. {_UNCHANGED} See it: cadrart restore"
        )
    return same_name is not None and claim.sha256(f"{backup.name}{_ROWS}") == backup.sha256


def _require_room(claim: HeldClaim, backup: Backup) -> None:
    free = claim.free_bytes()
    if free is not None and free < backup.size:
        raise BackupError(
            f"{backup.name} takes {readable_size(backup.size)}, and the claim has {readable_size(free)} left. "
            f"{_UNCHANGED} Enlarge the claim (storage.backups), or keep fewer backups (backup.keep)."
        )


def _sha256(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
