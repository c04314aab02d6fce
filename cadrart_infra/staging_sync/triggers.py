"""When a sync runs: pure functions over what the resource recorded and what the stack says now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cadrart_infra import naming


def sync_reasons(old: Mapping[str, Any] | None, new: Mapping[str, Any]) -> list[str]:
    """Why a sync has to run before the next update of staging, in words; empty when none has to.

    `old` is what the resource recorded last, None before its first run. Production's own changes and edited code are
    no reasons; a switch is one only if `onSwitch` says so.
    """
    if old is None:
        return ["staging has no copy yet"]
    color = new["stagingColor"]
    reasons = [
        f"{color}'s {workload} is released: {_short(before)} → {_short(image)}"
        for workload, image in new["images"][color].items()
        if (before := old["images"][color].get(workload)) != image
    ]
    if new["onSwitch"] and old["stagingColor"] != color:
        reasons.append(f"{color} becomes staging")
    if old["databases"] != new["databases"]:
        reasons.append("the databases' names changed")
    if old["masking"] != new["masking"]:
        reasons.append("the masking changed")
    if new["request"] and old["request"] != new["request"]:
        reasons.append(f"sync.request is {new['request']}")
    return reasons


def restore_requested(old: Mapping[str, Any] | None, new: Mapping[str, Any]) -> bool:
    """Whether the copy that staging had before is to be brought back, instead of a new one."""
    before = old["restorePrevious"] if old else ""
    return bool(new["restorePrevious"]) and before != new["restorePrevious"]


def announcement(old: Mapping[str, Any] | None, new: Mapping[str, Any]) -> str:
    """What an update of the resource will do, for a preview."""
    if restore_requested(old, new):
        return "staging sync: the previous copy will be brought back, as sync.restorePrevious asks"
    if reasons := sync_reasons(old, new):
        return f"staging sync: will run, because {'; '.join(reasons)}"
    return "staging sync: will not run, it only takes note of the change"


def _short(image: str | None) -> str:
    """An image without its registry and path."""
    return naming.release_of(image or "none")
