"""What a command begins before it is loaded."""

import argparse
import time
from pathlib import Path

import pytest

from cadrart_infra.cli import early_connection


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is begun, as it is."""
    done: list[str] = []

    class Cluster:
        def request(self, _method: str, _path: str) -> None:
            done.append("reached")

    def reached_by(context: str) -> Cluster:
        done.append(f"context {context}")
        return Cluster()

    monkeypatch.delenv("PULUMI_STACK", raising=False)
    monkeypatch.setattr(early_connection, "prefetch_selected_stack", lambda: done.append("asked"))
    monkeypatch.setattr(early_connection, "selected_stack", lambda: "org/demo")
    monkeypatch.setattr(early_connection, "api_server", reached_by)
    return done


def begin(folder: Path, **given: str) -> None:
    early_connection.connect_early(argparse.Namespace(**given), folder)


def stack(folder: Path, name: str) -> None:
    settings = f"config: {{'cadrart-infra:kubernetes': {{context: of-{name}}}}}"
    (folder / f"Pulumi.{name}.yaml").write_text(settings)


def until(done: list[str], expected: list[str]) -> None:
    end = time.monotonic() + 10
    while done != expected and time.monotonic() < end:
        time.sleep(0.01)
    assert done == expected


def test_the_selected_stack_s_cluster_is_reached_where_none_is_named(tmp_path: Path, done: list[str]) -> None:
    stack(tmp_path, "demo")
    begin(tmp_path, command="switch", stack="")
    until(done, ["asked", "context of-demo", "reached"])


def test_a_named_one_s_without_pulumi(tmp_path: Path, done: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    stack(tmp_path, "prod")
    begin(tmp_path, command="switch", stack="org/project/prod")
    until(done, ["context of-prod", "reached"])
    monkeypatch.setenv("PULUMI_STACK", "prod")
    begin(tmp_path, command="switch", stack="")
    until(done, ["context of-prod", "reached"] * 2)


def test_status_takes_the_only_one_without_pulumi(tmp_path: Path, done: list[str]) -> None:
    stack(tmp_path, "prod")
    begin(tmp_path, command="status", stack="", namespace="", context="")
    until(done, ["context of-prod", "reached"])


@pytest.mark.parametrize("given", [{"stack": "", "namespace": "shop"}, {"stack": "", "context": "home"}, {}])
def test_what_needs_no_stack_begins_nothing(tmp_path: Path, done: list[str], given: dict[str, str]) -> None:
    begin(tmp_path, command="status", **given)
    assert done == []
