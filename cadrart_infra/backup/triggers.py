"""When a backup runs: pure functions over what the stack says now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def backup_due(new: Mapping[str, Any]) -> bool:
    """Whether this update takes production from one colour to another.

    `switchFrom` is read from the cluster, not from what an earlier update recorded: a switch that was refused after its
    backup is a switch again when it is tried again, and by then production has newer rows. A first install is none, nor
    is an update that goes back before anything turned.
    """
    return bool(new["switchFrom"]) and new["switchFrom"] != new["activeColor"]


def announcement(new: Mapping[str, Any]) -> str:
    """What an update of the resource will do, for a preview."""
    if backup_due(new):
        return (
            f"backup: {new['database']} will be backed up before {new['activeColor']} takes over from "
            f"{new['switchFrom']}; the newest {new['keep']:.0f} backups are kept"
        )
    return "backup: none, for production stays where it is"
