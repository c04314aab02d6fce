"""What the whole program declares, with Pulumi's mocks in the engine's place."""

import functools
from typing import Any
from unittest import mock

import pulumi
import pytest
import yaml

from cadrart_infra.promotion.rollout_status import not_rolled_out
from cadrart_infra.settings import Settings
from tests.unit import program
from tests.unit.program import MAIN, FakeKubectl, run, run_once


def test_names_are_the_same_in_both_directions() -> None:
    assert set(run_once(activeColor="blue")) == set(run_once(activeColor="green"))


def test_the_shop_is_one_component_and_knows_its_parts_from_before() -> None:
    """Earlier releases declared every part at the stack's root: each is found again by that name."""
    shop = run(backup={"beforeSwitch": True}, promotion={"watch": 5}, gate={"smokeCommand": "./check"})
    assert shop.requests["shop/shop"].type == "cadrart:index:Shop"
    parts = {key for key, request in shop.requests.items() if request.parent.endswith("cadrart:index:Shop::shop")}
    below = {key for key, request in shop.requests.items() if "cadrart:index:Shop$" in request.parent}
    assert {key.partition("/")[0] for key in set(shop) - parts - below} <= {
        "stack",
        "shop",
        "kubernetes",
        "updatelease",
    }
    assert {"namespace/namespace", "colorstack/blue", "backupbeforeswitch/backup", "command/smoke-staging"} < parts
    for key in parts:
        assert any(alias.spec.noParent for alias in shop.requests[key].aliases), key


def test_outputs_say_who_serves_what() -> None:
    outputs = run_once(activeColor="green").outputs
    assert outputs["activeColor"] == "green"
    assert outputs["roles"] == {"blue": "staging", "green": "production"}
    assert outputs["images"]["blue"]["backend"] == "shop/backend:1.0.0"
    assert outputs["databases"] == {"production": "atelier-cadrart", "staging": "atelier-cadrart-stg"}
    assert outputs["hosts"] == {"production": "ateliercadrart.com", "staging": "stg.ateliercadrart.com"}


def test_no_input_holds_a_value_of_a_secret() -> None:
    accounts = run_once()["databaseaccounts/database-accounts"].inputs
    assert set(accounts) == {"namespace", "context", "access", "grants", "due", "repairs", "__provider"}
    assert "IDENTIFIED" not in str(accounts["grants"])


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"activeColor": "purple"}, "activeColor: \"purple\" is none of 'blue' or 'green'"),
        ({"activeColor": ""}, "activeColor is missing"),
        ({"replicas": {"prod": 0}}, "replicas.prod: 0 does not fit"),
    ],
)
def test_a_wrong_setting_ends_the_program_with_a_sentence(config: dict[str, Any], said: str) -> None:
    with pytest.raises(pulumi.RunError, match="nothing was changed") as refusal:
        run(**config)
    assert said in str(refusal.value)


@pytest.mark.parametrize(
    ("key", "remedy"),
    [
        ("activeColor", "pulumi config set --plaintext activeColor VALUE"),
        ("images", "pulumi config set --plaintext --path images.KEY VALUE"),
    ],
)
def test_a_setting_that_is_a_secret_is_refused_and_stays_unsaid(key: str, remedy: str) -> None:
    with pytest.raises(pulumi.RunError, match=f"{key} was set with --secret") as refusal:
        run(secret=[key], activeColor="purple")
    assert remedy in str(refusal.value)
    assert "purple" not in str(refusal.value)
    assert "shop/" not in str(refusal.value)


def test_an_unready_cluster_ends_the_program_with_a_sentence() -> None:
    with pytest.raises(pulumi.RunError, match="does not answer; nothing was changed"):
        run(FakeKubectl(answers=False))


def test_the_project_file_lists_every_setting_with_its_default() -> None:
    declared = yaml.safe_load(MAIN.with_name("Pulumi.yaml").read_text())["config"]
    assert set(declared) == {field.alias for field in Settings.model_fields.values()}
    for key, entry in declared.items():
        assert {"type", "default", "description"} <= set(entry), key
    fields = {field.alias: field for field in Settings.model_fields.values()}
    for key, entry in declared.items():
        if entry["type"] != "object" and entry["default"] != "":
            assert entry["default"] == fields[key].default, key


def test_the_live_stack_is_accepted() -> None:
    stack = yaml.safe_load(MAIN.with_name("Pulumi.prod.yaml").read_text())["config"]
    values = {key.removeprefix("cadrart-infra:"): value for key, value in stack.items()}
    assert program.run(**values).outputs["activeColor"] in {"blue", "green"}


def test_an_update_that_left_pods_unready_fails_at_its_end() -> None:
    at_once = functools.partial(not_rolled_out, wait=0)
    with (
        mock.patch("cadrart_infra.promotion.report.not_rolled_out", lambda api, names, _wait: at_once(api, names)),
        pytest.raises(pulumi.RunError, match=r"^backend-green did not get ready within 300 seconds; everything was"),
    ):
        run(FakeKubectl(stuck=frozenset({"backend-green"})))
