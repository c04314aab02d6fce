"""When a staging sync runs, and what a preview says of it."""

from typing import Any

import pytest

from cadrart_infra.staging_sync.due import announcement, reasons_without_record, restore_requested, sync_reasons
from cadrart_infra.staging_sync.inputs import SyncInputs
from cadrart_infra.staging_sync.journal import NOT_MASKED, Generation
from tests.unit.staging_sync.given import GIVEN, released

RECORDED = SyncInputs.read(GIVEN)


def changed(**changes: Any) -> SyncInputs:
    return SyncInputs.read({**GIVEN, **changes})


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


def test_a_request_asks_once() -> None:
    asked = changed(request="2026-11-23")
    assert sync_reasons(RECORDED, asked)
    assert sync_reasons(asked, asked) == []


def test_a_request_that_is_taken_back_asks_for_nothing() -> None:
    assert sync_reasons(changed(request="2026-11-23"), RECORDED) == []


def test_the_previous_copy_comes_back_once_for_each_new_value() -> None:
    asked = changed(restorePrevious="after-the-fair")
    assert restore_requested(RECORDED, asked)
    assert not restore_requested(asked, asked)
    assert not restore_requested(asked, RECORDED)
    assert "previous copy will be brought back" in announcement(RECORDED, asked)


def test_a_first_copy_is_made_whatever_the_settings_asked_for_once() -> None:
    asked_long_ago = changed(restorePrevious="after-the-fair")
    assert not restore_requested(None, asked_long_ago)
    assert announcement(None, asked_long_ago).startswith("staging sync: will run, because staging has no copy yet")


RUNNING = GIVEN["images"]["green"]
COPY = Generation(NOT_MASKED, "2026-11-26T10:00:00Z")


def test_a_copy_that_the_server_knows_is_no_reason_where_the_state_is_lost() -> None:
    assert reasons_without_record(COPY, RUNNING, RECORDED) == []
    assert reasons_without_record(COPY, {}, RECORDED) == []
    asked_long_ago = changed(request="2026-11-23", restorePrevious="2026-11-24", onSwitch=True)
    assert reasons_without_record(COPY, RUNNING, asked_long_ago) == []


def test_without_a_copy_the_first_one_is_due() -> None:
    assert reasons_without_record(None, RUNNING, RECORDED) == ["staging has no copy yet"]


def test_what_the_cluster_has_another_way_than_it_is_wanted_is_a_reason_without_a_record_too() -> None:
    release = changed(images=released("green"))
    assert reasons_without_record(COPY, RUNNING, release) == [
        "green's backend is released: backend:1.0.0 → backend:1.1.0"
    ]
    masked = changed(masking={"enabled": True, "columns": {}, "keep": []})
    assert reasons_without_record(COPY, RUNNING, masked) == ["the masking changed"]
    assert reasons_without_record(Generation("3f2a"), RUNNING, masked) == []
    assert reasons_without_record(Generation("3f2a"), RUNNING, RECORDED) == ["the masking changed"]


def test_a_preview_names_the_copy_that_stays() -> None:
    assert announcement(None, RECORDED).startswith("staging sync: will run, because staging has no copy yet")
    said = announcement(None, RECORDED, COPY.snapshot_time)
    assert "the history has a copy of 2026-11-26T10:00:00Z" in said
    assert "will run" not in said
