"""What the program declares for the stacks that are shipped with it breaks no rule."""

from pathlib import Path
from typing import Any

import pytest

from policy.pack import RULES
from policy.resources import Resource
from policy.stack import PROVIDER
from tests.unit.policy.shipped import STACKS, as_data, config
from tests.unit.program import Program, run, run_once


def resources(program: Program, settings: dict[str, Any]) -> list[Resource]:
    """What was declared, and the settings as the engine would show them."""
    declared = [
        Resource(one.type, f"urn:pulumi:::::{one.type}::{one.name}", as_data(one.object), bool(one.retainOnDelete))
        for one in program.requests.values()
    ]
    return [*declared, Resource(PROVIDER, "urn:pulumi:::::any::default", settings)]


def violations(everything: list[Resource]) -> dict[str, list[str]]:
    said = {
        rule.name: [f"{declared.label}: {message}" for declared, message in rule.violations(everything)]
        for rule in RULES
    }
    return {name: messages for name, messages in said.items() if messages}


@pytest.mark.parametrize("stack", STACKS, ids=lambda stack: stack.name)
def test_a_shipped_stack_breaks_no_rule(stack: Path) -> None:
    settings = config(stack)
    assert violations(resources(run(**settings), settings)) == {}


@pytest.mark.parametrize("active", ["blue", "green"])
def test_every_feature_together_breaks_no_rule(active: str) -> None:
    settings: dict[str, Any] = {
        "activeColor": active,
        "standby": "warm",
        "backup": {"beforeSwitch": True},
        "promotion": {"watch": 20},
        "gate": {"smokeCommand": "true"},
    }
    assert violations(resources(run(**settings), settings)) == {}


def test_the_rules_see_what_the_program_declares() -> None:
    """A rule that found nothing because it looked at nothing would pass as well."""
    everything = resources(run_once(), {})
    spoiled = [
        Resource(one.type, one.urn, {**one.props, "spec": {}}, retained=False)
        if one.kind in ("PersistentVolumeClaim", "Service", "Ingress")
        else one
        for one in everything
    ]
    assert {"volumes-retained", "proxy-environment"} <= violations(spoiled).keys()
