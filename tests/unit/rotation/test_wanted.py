"""What the Secrets want, compared with what is in use; names of snapshots show nothing of values."""

import base64
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from cadrart_infra import naming
from cadrart_infra.model import Environment
from cadrart_infra.rotation.in_use import ValuesInUse
from cadrart_infra.rotation.sources import sources
from cadrart_infra.rotation.wanted import READ, WantedSecrets, wanted_secrets

PROD, STG = Environment.PROD, Environment.STG
VALUES = {
    naming.APP_SECRET: {
        **{"DATABASE_USER": "shop", "DATABASE_PASSWORD": "p1", "DATABASE_ROOT_PASSWORD": "r1"},
        **{"JWT_SECRET": "j1", "TEST_ENDPOINT_SECRET": "t1"},
    },
    naming.METRICS_SECRET: {"metrics-api-key": "k1"},
    naming.STAGING_ACCOUNT_SECRET: {"DATABASE_USER": "shop-stg", "DATABASE_PASSWORD": "s1"},
    naming.STAGING_TOKENS_SECRET: {"JWT_SECRET": "js1", "TEST_ENDPOINT_SECRET": "ts1"},
    naming.SYNC_ACCOUNT_SECRET: {"DATABASE_USER": "sync", "DATABASE_PASSWORD": "y1"},
}


def secret(name: str, values: Mapping[str, str], version: int = 1) -> dict[str, Any]:
    data = {key: base64.b64encode(value.encode()).decode() for key, value in values.items()}
    return {"metadata": {"name": name, "uid": f"uid-{name}", "resourceVersion": str(version)}, "data": data}


def found(**changes: dict[str, str] | None) -> dict[str, dict[str, Any] | None]:
    """The Secrets, some of them with changed values, None for one that is gone; keys with _ in the place of -."""
    secrets: dict[str, dict[str, Any] | None] = {name: secret(name, values) for name, values in VALUES.items()}
    for key, change in changes.items():
        name = key.replace("_", "-")
        secrets[name] = None if change is None else secret(name, VALUES[name] | change, 2)
    return {name: secrets.get(name) for name in READ}


def in_use(unfinished: bool = False) -> dict[str, Any]:
    first = wanted_secrets(found())
    values = {one: {key: VALUES[name][key] for key, name in sources(one).items()} for one in Environment}
    noted = ValuesInUse(first.snapshots, values, "r1", unfinished, sync="y1")
    return {"metadata": {"name": naming.IN_USE_SECRET}, "data": noted.data()}


def compared(unfinished: bool = False, **changes: dict[str, str] | None) -> WantedSecrets:
    return wanted_secrets(found(**changes) | {naming.IN_USE_SECRET: in_use(unfinished)})


def test_before_anything_is_noted_nothing_counts_as_changed() -> None:
    first = wanted_secrets(found())
    assert not any(first.changed.values())
    assert not first.root_changed
    assert first.due == ["nothing is noted yet"]
    assert first.snapshots == wanted_secrets(found()).snapshots
    assert first.snapshots[PROD].startswith("cadrart-secrets-prod-")


def test_what_is_in_use_stays() -> None:
    same = compared()
    assert same.due == same.server_rotation == same.server_repairs == same.all_changed == []
    assert same.snapshots == wanted_secrets(found()).snapshots


def test_a_write_without_another_value_is_no_change() -> None:
    assert compared(cadrart_secret={"DATABASE_PASSWORD": "p1"}).snapshots == compared().snapshots


def test_a_changed_value_makes_a_snapshot_of_its_own_environment_alone() -> None:
    now, before = compared(cadrart_secret={"DATABASE_PASSWORD": "p2", "JWT_SECRET": "j2"}), compared()
    assert now.changed == {PROD: ("DATABASE_PASSWORD of cadrart-secret", "JWT_SECRET of cadrart-secret"), STG: ()}
    assert now.server_rotation == ["DATABASE_PASSWORD of cadrart-secret"]
    assert now.snapshots[PROD] != before.snapshots[PROD]
    assert now.snapshots[STG] == before.snapshots[STG]


def test_root_s_password_is_for_the_server_alone() -> None:
    now = compared(cadrart_secret={"DATABASE_ROOT_PASSWORD": "r2"})
    assert now.server_rotation == now.all_changed == ["DATABASE_ROOT_PASSWORD of cadrart-secret"]
    assert now.snapshots == compared().snapshots


def test_a_key_of_both_environments_changes_both() -> None:
    now = compared(cadrart_metrics_secret={"metrics-api-key": "k2"})
    assert now.all_changed == ["metrics-api-key of cadrart-metrics-secret"]
    assert now.server_rotation == []
    assert not set(now.snapshots.values()) & set(compared().snapshots.values())


def test_a_secret_that_is_gone_is_made_again_with_a_snapshot_of_its_own() -> None:
    now = compared(cadrart_database_stg=None, cadrart_database_sync=None)
    assert set(now.missing) == {"cadrart-database-stg", "cadrart-database-sync"}
    assert "Secret cadrart-database-sync is missing" in now.server_rotation
    assert now.snapshots[STG] not in (compared().snapshots[STG], wanted_secrets(found()).snapshots[STG])
    assert now.snapshots[PROD] == compared().snapshots[PROD]


def test_a_secret_of_the_shop_s_own_that_is_gone_is_no_change_but_refused_elsewhere() -> None:
    wanted = compared(cadrart_secret=None)
    assert wanted.all_changed == []
    assert wanted.snapshots == compared().snapshots


def test_a_change_that_was_cut_off_is_ended_though_it_was_taken_back() -> None:
    now = compared(unfinished=True)
    assert now.due == ["a change was cut off"]
    assert now.server_rotation == ["a change of a password was cut off"]
    assert now.snapshots == compared().snapshots


def test_where_it_is_not_known_what_is_in_use_the_server_is_looked_at_until_an_update_has_noted_it() -> None:
    """After a namespace was deleted with what was noted, and the update that made the rest again has failed."""
    unknown = wanted_secrets({**found(), naming.IN_USE_SECRET: None})
    assert unknown.server_rotation == []
    assert unknown.server_repairs == ["which passwords are in use is not noted yet"]


def test_nothing_of_a_value_is_kept_or_named() -> None:
    long = dict.fromkeys(VALUES[naming.APP_SECRET], "a-value-that-must-not-be-seen")
    now = compared(cadrart_secret=long)
    assert "must-not-be-seen" not in repr(now)
    assert "must-not-be-seen" not in repr(ValuesInUse(values={PROD: long}, root="must-not-be-seen"))


def test_the_note_of_what_is_in_use_is_read_as_it_was_written() -> None:
    first = wanted_secrets(found())
    noted = ValuesInUse(first.snapshots, {PROD: {"JWT_SECRET": "ü'\\"}, STG: {}}, "r", unfinished=True, recorded=True)
    assert ValuesInUse.parse({"data": noted.data()}) == noted
    assert not ValuesInUse.parse(None).recorded


def test_the_sync_s_password_is_for_the_server_alone() -> None:
    now = compared(cadrart_database_sync={"DATABASE_PASSWORD": "y2"})
    assert now.server_rotation == now.all_changed == now.due == ["DATABASE_PASSWORD of cadrart-database-sync"]
    assert now.snapshots == compared().snapshots


def test_what_an_earlier_release_noted_is_completed_without_a_change() -> None:
    noted = in_use()
    del noted["data"]["sync.DATABASE_PASSWORD"]
    now = wanted_secrets(found() | {naming.IN_USE_SECRET: noted})
    assert now.all_changed == now.server_rotation == []
    assert now.due == ["the password of the sync's account is not noted yet"]


def test_what_was_dropped_or_shut_on_the_server_is_for_the_server_and_no_change_of_a_value() -> None:
    now = replace(compared(), missing_on_server=("account sync",), account_problems=("account app is locked",))
    assert now.server_repairs == ["account sync is not on the server", "account app is locked on the server"]
    assert now.all_changed == now.due == now.server_rotation == []
    both = replace(compared(cadrart_secret={"DATABASE_PASSWORD": "p2"}), missing_on_server=("account sync",))
    assert both.server_rotation == ["DATABASE_PASSWORD of cadrart-secret"]
    assert both.server_repairs == ["account sync is not on the server"]
