"""When a sync runs: pure functions over what the resource recorded and what the stack says now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from cadrart_infra import naming
from cadrart_infra.staging_sync.inputs import SyncInputs

if TYPE_CHECKING:
    from cadrart_infra.staging_sync.journal import Generation

NO_COPY = "staging has no copy yet"

_THEN = "; then staging's pods are replaced, so that their release migrates the copy"


def sync_reasons(old: SyncInputs | None, new: SyncInputs) -> list[str]:
    """Why a sync has to run before the next update of staging, for people; empty when none has to.

    `old` is what the resource recorded last, None before its first run. Production's own changes and edited code are
    no reasons; a switch is one only if `on_switch` says so.
    """
    if old is None:
        return [NO_COPY]
    color = new.staging_color
    before = {workload: old.images[color].get(workload) or "none" for workload in new.images[color]}
    reasons = _releases(before, new)
    if new.on_switch and old.staging_color != color:
        reasons.append(f"{color} becomes staging")
    if old.databases != new.databases:
        reasons.append("the databases' names changed")
    if old.masking != new.masking:
        reasons.append("the masking changed")
    if new.request and old.request != new.request:
        reasons.append(f"sync.request is {new.request}")
    return reasons


def reasons_without_record(copy: Generation | None, running: Mapping[str, str], new: SyncInputs) -> list[str]:
    """The same where Pulumi's state knows of no run: on a first install, and where the state is lost.

    `copy`: what staging holds as the server's own notes have it, None without a copy. `running`: the images that
    staging's colour runs now, by workload. A copy is replaced only for what the cluster itself shows to be another way
    than it is wanted; a request in the settings may be an old one, and is no reason.
    """
    if copy is None:
        return [NO_COPY]
    reasons = _releases(running, new)
    if new.masking.enabled is not copy.is_masked:
        reasons.append("the masking changed")
    return reasons


def _releases(before: Mapping[str, str], new: SyncInputs) -> list[str]:
    """The workloads of staging's colour that had another image `before`; one of which nothing is known is none."""
    color = new.staging_color
    return [
        f"{color}'s {workload} is released: {naming.release_of(had)} → {naming.release_of(image)}"
        for workload, image in new.images[color].items()
        if (had := before.get(workload)) and had != image
    ]


def changed_rules(old: SyncInputs, new: SyncInputs) -> list[str]:
    """The columns whose masking another release of the program changed; no reason for a sync, the next one applies it.

    Empty where an older release did not record its rules, or masking is off.
    """
    if old.masking_rules is None or new.masking_rules is None:
        return []
    before, now = old.masking_rules.by_column(), new.masking_rules.by_column()
    return sorted(column for column in {*before, *now} if before.get(column) != now.get(column))


def restore_requested(old: SyncInputs | None, new: SyncInputs) -> bool:
    """Whether the previous copy is requested instead of a new one; before the first run it may be an old request."""
    return old is not None and new.restore_previous not in ("", old.restore_previous)


def replaces_copy(old: SyncInputs | None, new: SyncInputs) -> bool:
    """Whether an update of the resource changes staging's data."""
    return restore_requested(old, new) or bool(sync_reasons(old, new))


def announcement(old: SyncInputs | None, new: SyncInputs, copy: str = "") -> str:
    """What an update of the resource will do, for a preview.

    `copy`: when the copy in the history was taken; empty where it has none.
    """
    if old is None and copy:
        return (
            f"staging sync: Pulumi's state knows of no run, the history has a copy of {copy}. It stays where the "
            "server's own notes have it too, unless staging gets a release or another masking"
        )
    if restore_requested(old, new):
        return f"staging sync: the previous copy will be brought back, as sync.restorePrevious asks{_THEN}"
    if reasons := sync_reasons(old, new):
        return f"staging sync: will run, because {'; '.join(reasons)}{_THEN}"
    if old is not None and (columns := changed_rules(old, new)):
        return (
            f"staging sync: will not run; this release of the program masks {', '.join(columns)} otherwise, and the "
            "next sync applies it (sync.request asks for one)"
        )
    return "staging sync: will not run, it only takes note of the change"
