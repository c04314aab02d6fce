"""Whether an update brings another copy, by what Pulumi's state has before it begins."""

from typing import Any

import pytest

from cadrart_infra.staging_sync.expected_copy import RECORDED_TYPE, expected_copy
from tests.unit.program import run_once
from tests.unit.staging_sync.given import GIVEN, released

COPY = "2026-01-01T10:00:00.000+00:00"


def recorded(**changes: Any) -> list[dict[str, Any]]:
    """Pulumi's resources, of which one is the sync's."""
    sync = {"type": RECORDED_TYPE, "outputs": {**GIVEN, "last": {"copy": COPY}, **changes}}
    return [{"type": "pulumi:pulumi:Stack", "outputs": {}}, sync]


def test_the_resource_is_found_by_its_type() -> None:
    assert RECORDED_TYPE in {request.type for request in run_once().requests.values()}


@pytest.mark.parametrize(
    ("changes", "copy"),
    [
        ({}, COPY),
        ({"images": released("blue")}, COPY),
        ({"images": released("green")}, None),
        ({"request": "a"}, None),
        ({"restorePrevious": "a"}, None),
    ],
    ids=["nothing", "production's release", "staging's release", "a request", "the previous one is asked for"],
)
def test_a_copy_is_foreseen_where_a_sync_runs(changes: dict[str, Any], copy: str | None) -> None:
    assert expected_copy(recorded(), {**GIVEN, **changes}, "") == copy


def test_a_copy_of_an_older_release_has_no_name() -> None:
    assert expected_copy(recorded(last={"mode": "full"}), GIVEN, "") == ""


@pytest.mark.parametrize(("known", "copy"), [("", None), ("2026-01-01 10:00:00", "")])
def test_without_a_record_the_copy_that_the_history_names_stays(known: str, copy: str | None) -> None:
    assert expected_copy([], GIVEN, known) == copy
