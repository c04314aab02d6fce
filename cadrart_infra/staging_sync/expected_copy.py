"""Which copy staging will have after an update: known before it begins, since a new copy replaces staging's pods."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from cadrart_infra.dynamic import outputs_of
from cadrart_infra.staging_sync.due import replaces_copy
from cadrart_infra.staging_sync.inputs import COPY, SyncInputs

RECORDED_TYPE = "pulumi-python:dynamic/cadrart:StagingSync"


def expected_copy(recorded: Iterable[Mapping[str, Any]], wanted: Mapping[str, Any], known_copy: str) -> str | None:
    """The copy that staging will have after the update; None if the update makes a new one.

    Empty where nothing is known of it; pods stay with the one that they have. `recorded`: Pulumi's resources, of which
    the sync's is one unless there was no update yet. `wanted`: what the sync is given now. `known_copy`: when the copy
    in the history was taken, which stays where Pulumi's state was lost.
    """
    before = outputs_of(recorded, RECORDED_TYPE)
    if before is None:
        return "" if known_copy else None
    return None if replaces_copy(SyncInputs.read(before), SyncInputs.read(wanted)) else copy_of(before.get("last"))


def copy_of(last: Mapping[str, Any] | None) -> str:
    """The copy of the last run; empty if an older release of the program made it."""
    return str((last or {}).get(COPY, ""))
