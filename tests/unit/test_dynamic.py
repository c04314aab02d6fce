"""What the dynamic resources share, on what older releases left in a state."""

from typing import Any

import pytest
from pulumi.output import Unknown

from cadrart_infra.accounts.provider import DatabaseAccountsProvider
from cadrart_infra.backup.inputs import BackupInputs
from cadrart_infra.backup.provider import BackupProvider
from cadrart_infra.dynamic import Provider
from cadrart_infra.promotion.watch.provider import ProductionWatchProvider
from cadrart_infra.staging_sync.provider import StagingSyncProvider
from cadrart_infra.user_errors import UserError

IMAGES = {color: {"frontend": "shop/frontend:1", "backend": "shop/backend:1"} for color in ("blue", "green")}
SYNC: dict[str, Any] = {
    **{"namespace": "cadrart", "context": "", "address": "", "stagingColor": "green", "images": IMAGES},
    **{"databases": {"production": "shop", "staging": "shop-stg"}, "onSwitch": False, "keepPrevious": True},
    **{"masking": {"enabled": False, "columns": {}, "keep": []}, "request": "", "restorePrevious": ""},
    **{"timeLimit": 3600.0, "last": {"mode": "full", "snapshot_time": "2026-11-20T10:00:00+00:00"}},
}
"""As the first release with a sync recorded it: `pace` came later."""
ACCESS = {
    **{"production": "shop", "staging": "shop-stg", "production_user": "shop"},
    **{"staging_user": "shop-stg", "sync_user": "shop-sync"},
}
ACCOUNTS = {"namespace": "cadrart", "context": "", "access": ACCESS, "grants": ["GRANT SELECT ON `shop`.* TO …"]}
WATCH = {"namespace": "cadrart", "context": "", "color": "blue", "database": "shop", "turnedAt": "1", "seconds": 20.0}
BACKUP = {
    **{"namespace": "cadrart", "context": "", "database": "shop", "activeColor": "blue", "switchFrom": ""},
    **{"keep": 5.0, "timeLimit": 1800.0, "last": None},
}
STATES: list[tuple[Provider[Any], dict[str, Any]]] = [
    (StagingSyncProvider(), SYNC),
    (DatabaseAccountsProvider(), ACCOUNTS),
    (ProductionWatchProvider(), WATCH),
    (BackupProvider(), BACKUP),
]
IDS = [type(provider).__name__ for provider, _ in STATES]


@pytest.mark.parametrize(("provider", "state"), STATES, ids=IDS)
def test_edited_code_and_a_moved_kubeconfig_are_no_difference(provider: Provider[Any], state: dict[str, Any]) -> None:
    old = {**state, "__provider": "as pickled by an older release"}
    new = {**state, "__provider": "as pickled today", "context": "laptop", "last": None}
    assert not provider.diff("id", old, new).changes


@pytest.mark.parametrize(("provider", "state"), STATES, ids=IDS)
def test_what_an_older_release_recorded_beyond_that_is_passed_over(
    provider: Provider[Any], state: dict[str, Any]
) -> None:
    assert not provider.diff("id", {**state, "of-a-newer-release": 1}, state).changes


@pytest.mark.parametrize("pace", ["gentle", "fast"])
def test_an_input_that_an_older_release_did_not_record_is_no_difference(pace: str) -> None:
    assert not StagingSyncProvider().diff("id", SYNC, {**SYNC, "pace": pace}).changes


@pytest.mark.parametrize(
    ("provider", "state", "key", "value"),
    [
        (StagingSyncProvider(), SYNC, "request", "now"),
        (StagingSyncProvider(), SYNC, "restorePrevious", "now"),
        (StagingSyncProvider(), SYNC, "stagingColor", "blue"),
        (StagingSyncProvider(), SYNC, "images", {**IMAGES, "blue": {"frontend": "a", "backend": "b"}}),
        (StagingSyncProvider(), SYNC, "databases", {"production": "shop", "staging": "other"}),
        (StagingSyncProvider(), SYNC, "masking", {"enabled": True, "columns": {}, "keep": []}),
        (DatabaseAccountsProvider(), ACCOUNTS, "grants", []),
        (DatabaseAccountsProvider(), ACCOUNTS, "access", {**ACCESS, "sync_user": "other"}),
        (DatabaseAccountsProvider(), ACCOUNTS, "namespace", "other"),
        (ProductionWatchProvider(), WATCH, "turnedAt", "2"),
        (ProductionWatchProvider(), WATCH, "turnedAt", Unknown()),  # type: ignore[no-untyped-call]
        (ProductionWatchProvider(), WATCH, "color", "green"),
        (BackupProvider(), BACKUP, "switchFrom", "green"),
    ],
)
def test_what_counts(provider: Provider[Any], state: dict[str, Any], key: str, value: Any) -> None:
    assert provider.diff("id", state, {**state, key: value}).changes


@pytest.mark.parametrize(
    ("provider", "state", "key", "value"),
    [
        (StagingSyncProvider(), SYNC, "timeLimit", 60.0),
        (StagingSyncProvider(), SYNC, "keepPrevious", False),
        (StagingSyncProvider(), SYNC, "onSwitch", True),
        (StagingSyncProvider(), SYNC, "address", "db.example.com:3306"),
        (ProductionWatchProvider(), WATCH, "seconds", 60.0),
        (BackupProvider(), BACKUP, "keep", 9.0),
        (BackupProvider(), BACKUP, "activeColor", "green"),
    ],
)
def test_what_does_not_count(provider: Provider[Any], state: dict[str, Any], key: str, value: Any) -> None:
    assert not provider.diff("id", state, {**state, key: value}).changes


def test_an_account_that_was_dropped_is_due_whatever_an_older_release_recorded_of_it() -> None:
    """One release had what is put right on the server among the changes of passwords, distinguished by their texts."""
    older = {**ACCOUNTS, "due": ["account sync is not on the server", "account app is locked on the server"]}
    provider = DatabaseAccountsProvider()
    assert not provider.diff("id", older, {**ACCOUNTS, "due": [], "repairs": []}).changes
    assert provider.diff("id", older, {**ACCOUNTS, "due": [], "repairs": older["due"]}).changes
    assert provider.diff("id", older, {**ACCOUNTS, "due": ["DATABASE_PASSWORD of cadrart-secret"]}).changes


def test_what_was_recorded_stays_when_nothing_is_due() -> None:
    new = {**SYNC, "images": {**IMAGES, "blue": {"frontend": "a", "backend": "b"}}, "last": None, "__provider": "…"}
    outputs = StagingSyncProvider().update("id", SYNC, new).outs
    assert outputs == {key: value for key, value in new.items() if key != "__provider"} | {"last": SYNC["last"]}


def test_a_state_that_is_not_understood_is_reported_as_a_sentence_and_does_nothing() -> None:
    with pytest.raises(UserError, match=r"SyncInputs .*stagingColor: field required.* Nothing was done\."):
        StagingSyncProvider().update("id", {"last": None}, SYNC)


def test_numbers_are_what_they_are_declared_as_and_not_the_floats_of_the_wire() -> None:
    keep = BackupInputs.read(BACKUP).keep
    assert (keep, type(keep)) == (5, int)
