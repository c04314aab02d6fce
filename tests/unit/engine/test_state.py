"""What in Pulumi's state would have the engine delete an object that is in use."""

from typing import Any

import pytest

from cadrart_infra.engine.partial_update import VARIABLE
from cadrart_infra.engine.state import MarkedState, Resources, recorded_names, require_unmarked, tainted

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


def test_objects_of_a_kind_are_found_by_their_names() -> None:
    there = {"type": "kubernetes:core/v1:ConfigMap", "outputs": {}}
    resources = {"urn:x::y::z::a": there, "urn:x::y::z::b": {**there, "type": "kubernetes:core/v1:Service"}}
    assert recorded_names(resources, "ConfigMap") == {"a"}


def test_marks_are_found_in_an_exported_state() -> None:
    resources = [{"urn": "a"}, {"urn": "b", "taint": True}, {"urn": "c", "taint": False}]
    assert tainted({"version": 3, "deployment": {"resources": resources}}) == ["b"]
    assert tainted({"version": 3, "deployment": None}) == []
