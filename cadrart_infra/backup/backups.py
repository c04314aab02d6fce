"""What a backup is: its name, and the record that lies beside it."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cadrart_infra.backup.errors import BackupError
from cadrart_infra.text_table import aligned

_NAME = re.compile(r"[0-9]{8}-[0-9]{6}-[a-z]+")
_LISTED = "backup "
"""Before a backup's name in the output of `list.sh`."""


@dataclass(frozen=True)
class Backup:
    """One backup on the claim, as its record describes it."""

    name: str
    database: str
    time: str
    """ISO 8601, UTC."""
    server: str
    serving: str
    """The colour that served production then."""
    images: Mapping[str, str]
    """What that colour ran, by Deployment."""
    tables: int
    """How many, without views."""
    events: int
    """How many, scheduled by the server."""
    size: int
    """Of the compressed file, in bytes."""
    sha256: str
    data: int = 0
    """Bytes of the tables in the database, by the server's statistics; 0 where the record does not say."""
    format: int = 1
    """1: a dump of the client programs, by an older release; 2: tables, rows and notes."""
    verified: str = "read"
    """How it was verified when it was made: "load", loaded and compared; "read", only read."""

    @classmethod
    def parse(cls, line: str) -> Backup:
        """From the record's one line of JSON; raises ValueError or KeyError for anything else."""
        found = json.loads(line)
        if not _NAME.fullmatch(found["name"]):  # it becomes the name of a file
            raise ValueError(f"{found['name']!r} is not a backup's name")
        serving = found["serving"]
        plain = {key: found[key] for key in ("name", "database", "time", "server", "tables", "events", "sha256")}
        return cls(
            **plain,
            serving=serving["color"],
            images=serving["images"],
            size=found["bytes"],
            data=int(found.get("data", 0)),
            format=int(found.get("format", 1)),
            verified=str(found.get("verified", "read")),
        )

    def as_dict(self) -> dict[str, Any]:
        """Plain data, for a resource's outputs."""
        return {"name": self.name, "time": self.time, "serving": self.serving, "bytes": self.size}

    def summary(self) -> str:
        """A line for people: name, tables, size, server, and how it was verified."""
        verified = ", loaded and compared" if self.verified == "load" else ", read but not loaded"
        return (
            f"{self.name}: {self.tables} tables of {self.database}, {readable_size(self.size)}, {self.server}{verified}"
        )


def backup_name(moment: datetime, color: str) -> str:
    """A name that sorts by time, with the colour that served production, e.g. `20261123-215500-blue`."""
    return f"{moment:%Y%m%d-%H%M%S}-{color}"


def parse_records(lines: Iterable[str]) -> list[Backup]:
    """The backups in the output of `list.sh`, newest first; those of `without_record` are left out."""
    backups = []
    for line in lines:
        try:
            backups.append(Backup.parse(line))
        except (ValueError, KeyError, TypeError):
            continue
    return sorted(backups, key=lambda backup: backup.name, reverse=True)


def listed(lines: Iterable[str]) -> tuple[list[Backup], list[str]]:
    """Of the output of `list.sh`: the backups, and the names of those without a record, both newest first."""
    printed = list(lines)
    backups = parse_records(printed)
    return backups, without_record(printed, backups)


def without_record(lines: Iterable[str], backups: Iterable[Backup]) -> list[str]:
    """The names of backups in the output of `list.sh` whose record is missing or damaged, newest first.

    `backups`: those of the others.
    """
    names = {line.removeprefix(_LISTED) for line in lines if line.startswith(_LISTED)}
    return sorted(filter(_NAME.fullmatch, names - {backup.name for backup in backups}), reverse=True)


def lines_without_record(names: Iterable[str]) -> Iterator[str]:
    """A line for each backup without its record."""
    for name in names:
        yield (
            f"{name}.json on the claim is missing or damaged, so that nobody knows whether {name}.sql.gz is whole; it "
            "is not restored. Put its copy from elsewhere back, if there is one"
        )


def choose_backup(backups: list[Backup], name: str, damaged: Collection[str] = ()) -> Backup:
    """The backup of this name; `latest` is the newest. Raises BackupError with the list of backups.

    `damaged`: the names of those without a record; where one of them is the newest, the next one is not taken for it.
    """
    newest = backups[0].name if backups else ""
    if why := [*lines_without_record(one for one in damaged if name == one or (name == "latest" and one > newest))]:
        raise BackupError(f"{why[0]}. Nothing was changed. {_there_are(backups)}")
    if not backups:
        raise BackupError("There is no backup on the claim. Nothing was changed.")
    if name == "latest":
        return backups[0]
    for backup in backups:
        if backup.name == name:
            return backup
    said = "is not a backup's name" if not _NAME.fullmatch(name) else "is not on the claim"
    raise BackupError(f"{name!r} {said}. Nothing was changed. {_there_are(backups)}")


def _there_are(backups: list[Backup]) -> str:
    return f"There are: {', '.join(backup.name for backup in backups) or 'no others'}"


def backup_table(backups: list[Backup]) -> str:
    """The backups as a table for people."""
    rows = [("NAME", "TIME", "SERVED BY", "RELEASES", "TABLES", "SIZE")]
    for backup in backups:
        releases = ", ".join(sorted({image.rpartition("/")[2] for image in backup.images.values()}))
        cells = (backup.name, backup.time, backup.serving, releases, str(backup.tables), readable_size(backup.size))
        rows.append(cells)
    return "\n".join(aligned(rows))


def readable_size(size: int) -> str:
    """A number of bytes for people."""
    value, unit = float(size), "B"
    for larger in ("KiB", "MiB", "GiB", "TiB"):
        if value < 1024:
            break
        value, unit = value / 1024, larger
    return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
