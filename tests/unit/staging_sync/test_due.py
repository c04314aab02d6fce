"""When a staging sync runs, and what a preview says of it."""

from typing import Any

import pytest

from cadrart_infra.staging_sync.due import announcement, restore_requested, sync_reasons
from cadrart_infra.staging_sync.inputs import SyncInputs

GIVEN: dict[str, Any] = {
    **{"namespace": "cadrart", "context": "", "address": "", "keepPrevious": True, "timeLimit": 3600.0},
    "stagingColor": "green",
    "images": {
        color: {"frontend": "ghcr.io/shop/frontend:1.0.0", "backend": "ghcr.io/shop/backend:1.0.0"}
        for color in ("blue", "green")
    },
    "databases": {"production": "shop", "staging": "shop-stg"},
    "masking": {"enabled": False, "columns": {}, "keep": []},
    "request": "",
    "restorePrevious": "",
    "onSwitch": False,
}
RECORDED = SyncInputs.read(GIVEN)


def changed(**changes: Any) -> SyncInputs:
    return SyncInputs.read({**GIVEN, **changes})


def released(color: str) -> dict[str, Any]:
    images = GIVEN["images"]
    return {**images, color: {**images[color], "backend": "ghcr.io/shop/backend:1.1.0"}}


def test_the_first_copy_is_due() -> None:
    assert sync_reasons(None, RECORDED) == ["staging has no copy yet"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"images": released("green")}, "green's backend is released: backend:1.0.0 → backend:1.1.0"),
        ({"request": "2026-11-23"}, "sync.request is 2026-11-23"),
        ({"masking": {"enabled": True, "columns": {}, "keep": []}}, "the masking changed"),
        ({"databases": {"production": "shop", "staging": "shop-test"}}, "the databases' names changed"),
        ({"stagingColor": "blue", "onSwitch": True}, "blue becomes staging"),
    ],
)
def test_each_reason_is_named(changes: dict[str, Any], reason: str) -> None:
    assert sync_reasons(RECORDED, changed(**changes)) == [reason]
    said = announcement(RECORDED, changed(**changes))
    assert said.startswith(f"staging sync: will run, because {reason}; then staging's pods are replaced")


@pytest.mark.parametrize(
    "changes",
    [{}, {"images": released("blue")}, {"stagingColor": "blue"}, {"onSwitch": True}],
    ids=["nothing", "production changed", "a switch", "only the setting"],
)
def test_nothing_else_is_a_reason(changes: dict[str, Any]) -> None:
    assert sync_reasons(RECORDED, changed(**changes)) == []


def test_a_switch_after_a_change_of_production_is_none_either() -> None:
    noted = {"images": released("blue")}
    assert sync_reasons(changed(**noted), changed(**noted, stagingColor="blue")) == []


def test_a_request_that_is_taken_back_asks_for_nothing() -> None:
    assert sync_reasons(changed(request="2026-11-23"), RECORDED) == []


def test_the_previous_copy_comes_back_once_for_each_new_value() -> None:
    asked = changed(restorePrevious="after-the-fair")
    assert restore_requested(RECORDED, asked)
    assert not restore_requested(asked, asked)
    assert not restore_requested(asked, RECORDED)
    assert "previous copy will be brought back" in announcement(RECORDED, asked)
