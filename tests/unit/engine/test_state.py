"""What in Pulumi's state would have the engine delete an object that is in use."""

from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from cadrart_infra.engine.partial_update import VARIABLE
from cadrart_infra.engine.state import (
    MarkedState,
    Resources,
    Taints,
    recorded_objects,
    require_unmarked,
    state_resources,
    tainted,
)

URN = "urn:pulumi:prod::cadrart-infra::"
PROXY = f"{URN}cadrart:index:Shop$cadrart:index:Proxies$kubernetes:core/v1:Service::backend-prod-proxy"


def resource(type_: str, name: str) -> dict[str, Any]:
    return {"type": type_, "outputs": {"metadata": {"name": name, "namespace": "cadrart"}}}


def state(**more: str) -> Resources:
    """As the program makes it, and these Services' objects by the names of their resources."""
    services = {
        f"{URN}kubernetes:core/v1:Service::{key}": resource("kubernetes:core/v1:Service", name)
        for key, name in more.items()
    }
    return {
        f"{URN}kubernetes:core/v1:Namespace::namespace": resource("kubernetes:core/v1:Namespace", "cadrart"),
        f"{URN}cadrart:index:Shop$cadrart:UpdateLease::update-lease": {"type": "x:UpdateLease", "outputs": {}},
        f"{URN}cadrart:index:Shop$kubernetes:apps/v1:Deployment::db": resource("kubernetes:apps/v1:Deployment", "db"),
        f"{URN}cadrart:index:Shop$kubernetes:core/v1:Service::db": resource("kubernetes:core/v1:Service", "db"),
        **services,
        PROXY: resource("kubernetes:core/v1:Service", "backend-prod-proxy"),
    }


def said(resources: Resources, *marked: str) -> str:
    with pytest.raises(MarkedState, match="nothing was changed") as error:
        require_unmarked(resources, list(marked))
    return str(error.value)


def test_a_state_as_the_program_makes_it_passes() -> None:
    require_unmarked(state(), [])
    require_unmarked({}, [])


def test_a_resource_that_is_to_be_replaced_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    assert f"backend-prod-proxy is marked to be replaced. Take the mark away: pulumi state untaint '{PROXY}'" in said(
        state(), PROXY
    )
    monkeypatch.setenv(VARIABLE, "yes")
    require_unmarked(state(), [PROXY])


@pytest.mark.parametrize(
    ("name", "object_name"),
    [("mine", "backend-prod-proxy"), ("backend-prod-proxy", "backend-prod-proxy"), ("renamed", "db")],
)
def test_an_object_that_the_state_has_a_second_time_is_refused(name: str, object_name: str) -> None:
    text = said(state(**{name: object_name}))
    assert f"{object_name} is in the state as {name} too" in text
    assert f"pulumi state delete '{URN}kubernetes:core/v1:Service::{name}'" in text
    assert text.count("is in the state as") == 1


def test_an_object_of_the_program_s_that_was_renamed_gets_its_name_back() -> None:
    """Pulumi refuses to forget it: others depend on it."""
    found, other = dict(state()), PROXY.replace("::backend-prod-proxy", "::mine")
    found[other] = found.pop(PROXY)
    text = said(found)
    assert f"pulumi state rename --yes '{other}' backend-prod-proxy" in text
    assert "state delete" not in text


def test_marks_are_found_in_an_exported_state() -> None:
    resources = [{"urn": "a"}, {"urn": "b", "taint": True}, {"urn": "c", "taint": False}]
    assert tainted({"version": 3, "deployment": {"resources": resources}}) == ["b"]
    assert tainted({"version": 3, "deployment": None}) == []


_HALF_WRITTEN = "failed to load checkpoint: EOF"


def test_a_state_that_is_being_written_is_read_a_moment_later() -> None:
    answers = [Exception(f"invoke failed: {_HALF_WRITTEN}"), mock.Mock(value={"outputs": {"urn": {}}})]
    with mock.patch("cadrart_infra.engine.state._stack"), mock.patch("pulumi.runtime.invoke", side_effect=answers):
        assert state_resources() == {"urn": {}}


@pytest.mark.parametrize(
    ("said", "expected", "asked"), [(_HALF_WRITTEN, ["b"], 2), ("no stack named 'prod' found", [], 1)]
)
def test_marks_are_asked_for_again_where_the_state_was_being_written(
    said: str, expected: list[str], asked: int, tmp_path: Path
) -> None:
    program, calls = tmp_path / "pulumi", tmp_path / "calls"
    exported = '{"deployment": {"resources": [{"urn": "b", "taint": true}]}}'
    program.write_text(
        f"#!/bin/sh\necho >> {calls}\n"
        f"[ $(wc -l < {calls}) -gt 1 ] || {{ echo \"error: {said}\" >&2; exit 255; }}\necho '{exported}'\n"
    )
    program.chmod(0o755)
    with (
        mock.patch("cadrart_infra.engine.state._stack", return_value="prod"),
        mock.patch("cadrart_infra.engine.state.engine", return_value=mock.Mock(program=str(program))),
    ):
        assert Taints().urns() == expected
    assert len(calls.read_text()) == asked


def test_the_state_has_each_object_as_it_was_after_its_last_write() -> None:
    written = {"__fieldManager": "pulumi-kubernetes-1"}
    resources: Resources = {
        "urn:pulumi:prod::shop::x$kubernetes:core/v1:Service::a": {
            "type": "kubernetes:core/v1:Service",
            "outputs": written,
        },
        "urn:pulumi:prod::shop::x$kubernetes:apps/v1:Deployment::b": {"type": "kubernetes:apps/v1:Deployment"},
        "urn:pulumi:prod::shop::x::c": {"type": "cadrart:index:Shop", "outputs": written},
    }
    assert recorded_objects(resources) == {("Service", "a"): written, ("Deployment", "b"): {}}
