"""What a command has Pulumi do: one process, unless a setting needs another one."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest

from cadrart_infra.cli.engine import Engine, EngineError, Outcome
from cadrart_infra.cli.page import Page

_PULUMI = """#!/bin/sh
echo "$@" >> "$0.calls"
{then}
"""


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Engine]:
    """An engine whose `pulumi` notes how it is called, and then does what the test says."""

    def make(then: str) -> Engine:
        (tmp_path / "Pulumi.yaml").write_text('name: cadrart-infra\nrequiredPulumiVersion: ">=3.259.0"\n')
        pulumi = tmp_path / "pulumi"
        pulumi.write_text(_PULUMI.format(then=then))
        pulumi.chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
        return Engine(tmp_path, "prod", tmp_path / "log", Page(io.StringIO(), live=False))

    return make


def calls(tmp_path: Path) -> list[list[str]]:
    return [line.split() for line in (tmp_path / "pulumi.calls").read_text().splitlines()]


def test_a_switch_is_one_process_that_sets_the_colour_and_names_the_stack(
    engine: Callable[[str], Engine], tmp_path: Path
) -> None:
    assert engine("exit 0").up({"activeColor": "green"}).ok
    (call,) = calls(tmp_path)
    assert call[:2] == ["--non-interactive", "up"]
    assert {"--skip-preview", "--config=activeColor=green"} <= set(call)
    assert call[call.index("--stack") + 1] == "prod"


def test_a_setting_inside_a_structure_leaves_the_rest_of_it_alone(
    engine: Callable[[str], Engine], tmp_path: Path
) -> None:
    assert engine("exit 0").up({"images.green.backend": "shop/backend:2"}).ok
    first, second = calls(tmp_path)
    assert first[:4] == ["config", "set", "--path", "images.green.backend"]
    assert first[-1] == "shop/backend:2"
    assert not any(argument.startswith("--config") for argument in second)


def test_the_update_of_a_deployment_is_held_to_the_plan_of_its_preview(
    engine: Callable[[str], Engine], tmp_path: Path
) -> None:
    engine("exit 0").up({}, plan=tmp_path / "plan.json")
    (call,) = calls(tmp_path)
    assert call[call.index("--plan") + 1] == str(tmp_path / "plan.json")
    assert "--policy-pack" not in call


def test_a_stack_that_does_not_exist_is_reported_in_a_sentence(engine: Callable[[str], Engine]) -> None:
    with pytest.raises(EngineError, match=r"no stack prod where it is logged in\. Nothing was changed"):
        engine("echo \"error: no stack named 'prod' found\"; exit 255").up({"activeColor": "green"})


@pytest.mark.parametrize("interrupted", [True, False])
def test_what_was_given_up_is_reported_as_interrupted_where_it_was(
    engine: Callable[[str], Engine], monkeypatch: pytest.MonkeyPatch, interrupted: bool
) -> None:
    monkeypatch.setattr("cadrart_infra.interruption.requested", lambda: interrupted)
    urn = "urn:pulumi:prod::cadrart-infra::kubernetes:core/v1:Service::backend-prod-proxy"
    given_up = f'update of resource "{urn}" failed: client rate limiter Wait returned an error: context canceled'
    outcome = Outcome()
    for text in (given_up, "the gate refused"):
        engine("exit 0")._handle_diagnostic("error", urn, text, outcome)
    reported = "interrupted before the cluster had confirmed it: backend-prod-proxy" if interrupted else given_up
    assert outcome.errors == [reported, "the gate refused"]


def test_what_pulumi_says_of_itself_is_the_reason_of_a_failure(engine: Callable[[str], Engine]) -> None:
    outcome = engine("echo 'error: the stack is currently locked by 1 lock(s)'; exit 255").up({})
    assert not outcome.ok
    assert outcome.errors == ["the stack is currently locked by 1 lock(s)"]


def test_an_error_at_the_end_of_an_update_comes_without_what_was_printed_before(
    engine: Callable[[str], Engine],
) -> None:
    (error,) = engine("echo 'Outputs:'; echo 'error: saving backup: no space left on device'; exit 255").up({}).errors
    assert error == "saving backup: no space left on device"


def test_a_lock_that_was_cut_off_is_named_with_what_takes_it_away(engine: Callable[[str], Engine]) -> None:
    (error,) = engine("echo 'error: unexpected end of JSON input'; exit 255").up({}).errors
    assert error.startswith("Pulumi's lock on this stack is a file that was cut off")
    assert error.endswith("cadrart recover")


def test_a_passphrase_that_is_not_the_states_is_named_with_its_variables(engine: Callable[[str], Engine]) -> None:
    says = "echo 'error: getting stack configuration: get stack secrets manager: incorrect passphrase'; exit 255"
    (error,) = engine(says).up({}).errors
    assert error.startswith("getting stack configuration: get stack secrets manager: incorrect passphrase\nNothing was")
    assert "PULUMI_CONFIG_PASSPHRASE_FILE" in error


@pytest.mark.parametrize("asked", [lambda engine: engine.up({}), Engine.locks, Engine.cancel])
def test_without_pulumi_nothing_is_changed(
    engine: Callable[[str], Engine], tmp_path: Path, asked: Callable[[Engine], object]
) -> None:
    made = engine("exit 0")
    (tmp_path / "pulumi").unlink()
    made._pulumi.command = str(tmp_path / "pulumi")
    with pytest.raises(EngineError, match="pulumi is not on the PATH"):
        asked(made)


def test_an_engine_that_was_killed_is_reported_in_a_sentence(engine: Callable[[str], Engine]) -> None:
    assert engine("kill -9 $$").up({}).errors == ["Pulumi was ended before it said anything (code: -9)."]


@pytest.mark.parametrize(
    ("interrupted", "said"), [(True, "interrupted before Pulumi had begun"), (False, "Pulumi was ended before it said")]
)
def test_an_engine_that_ended_before_a_word_is_reported_as_interrupted_where_it_was(
    engine: Callable[[str], Engine], monkeypatch: pytest.MonkeyPatch, interrupted: bool, said: str
) -> None:
    monkeypatch.setattr("cadrart_infra.interruption.requested", lambda: interrupted)
    (error,) = engine("kill -INT $$").up({"activeColor": "green"}).errors
    assert error.startswith(said)
