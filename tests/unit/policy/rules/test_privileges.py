"""What pods may do on their machine."""

from typing import Any

import pytest

from policy.resources import UNKNOWN
from tests.unit.policy.declared import backend, found, with_value
from tests.unit.policy.rules.places import CONTAINER, POD, Path


@pytest.mark.parametrize(
    "context",
    [
        {},
        {"runAsUser": 0},
        {"runAsNonRoot": False},
        {"runAsNonRoot": UNKNOWN},
        {"runAsUser": UNKNOWN},
        {"runAsNonRoot": True, "privileged": True},
        {"runAsNonRoot": True, "privileged": UNKNOWN},
    ],
)
def test_root_needs_a_reason_on_the_list(context: dict[str, Any]) -> None:
    assert "no-root" in found(with_value(backend("prod"), (*CONTAINER, "securityContext"), context))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ((*POD, "hostNetwork"), True),
        ((*POD, "hostPID"), True),
        ((*POD, "hostIPC"), UNKNOWN),
        ((*POD, "volumes", 1), {"name": "logs", "hostPath": {"path": "/var/log"}}),
        ((*POD, "volumes", 1), UNKNOWN),
        ((*POD, "securityContext", "windowsOptions"), {"hostProcess": True}),
        (
            (*POD, "initContainers"),
            [{"image": "a:1", "securityContext": {"capabilities": {"add": ["SYS_ADMIN"]}, "runAsUser": 1}}],
        ),
        ((*CONTAINER, "securityContext", "capabilities"), {"add": ["NET_BIND_SERVICE", "CAP_SYS_PTRACE"]}),
        ((*CONTAINER, "securityContext", "capabilities"), {"add": UNKNOWN}),
        ((*CONTAINER, "securityContext", "procMount"), "Unmasked"),
    ],
)
def test_no_pod_gets_at_the_machine(path: Path, value: Any) -> None:
    volumes = [*backend("stg").props["spec"]["template"]["spec"]["volumes"], {"name": "logs", "emptyDir": {}}]
    more = with_value(backend("stg"), (*POD, "volumes"), volumes)
    assert not found(more)
    assert "own-machine" in found(with_value(more, path, value))


def test_what_gives_nothing_of_the_machine_passes() -> None:
    context = {
        "runAsNonRoot": True,
        "capabilities": {"add": ["NET_BIND_SERVICE"], "drop": ["ALL"]},
        "procMount": "Default",
    }
    assert not found(with_value(backend("stg"), (*CONTAINER, "securityContext"), context))
    assert not found(with_value(backend("stg"), (*POD, "hostNetwork"), False))


def test_a_container_s_name_alone_is_no_reason() -> None:
    spoiled = with_value(backend("prod"), (*CONTAINER, "securityContext"), {})
    assert "no-root" in found(with_value(spoiled, (*CONTAINER, "name"), "db"))


@pytest.mark.parametrize("context", [{"runAsUser": 1000.0}, {"runAsNonRoot": True}])
def test_an_account_of_the_pod_counts(context: dict[str, Any]) -> None:
    spoiled = with_value(backend("prod"), (*CONTAINER, "securityContext"), {})
    assert not found(with_value(spoiled, (*POD, "securityContext"), context))
    assert not found(with_value(backend("prod"), (*CONTAINER, "securityContext"), {**context, "privileged": False}))
    own = with_value(backend("prod"), (*CONTAINER, "securityContext"), {"runAsUser": 0, "runAsNonRoot": False})
    assert "no-root" in found(with_value(own, (*POD, "securityContext"), context))
