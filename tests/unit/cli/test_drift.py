"""What a nightly look at the cluster leaves: an issue also where nobody could look, and none amid an update."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from cadrart_infra.cli.command_line import main
from cadrart_infra.cluster import lease
from cadrart_infra.cluster.errors import ClusterError
from cadrart_infra.observed import Unreachable
from tests.github.server import GitHub
from tests.unit.github.conftest import github

COMMANDS = "cadrart_infra.cli.commands.previews"
__all__ = ["github"]


class Kubectl(SimpleNamespace):
    """A cluster that knows who changes the shop, and nothing else."""

    def __init__(self) -> None:
        super().__init__(namespace="cadrart")

    def now(self) -> datetime:
        return datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.fixture
def looked(monkeypatch: pytest.MonkeyPatch, github: GitHub, tmp_path: Any) -> dict[str, Any]:
    """What a look finds: `changed` objects, and who `holds` the Lease before and after it; in a workflow."""
    for name, value in {"API_URL": github.url, "REPOSITORY": "shop/infra", "TOKEN": "good"}.items():
        monkeypatch.setenv(f"GITHUB_{name}", value)
    monkeypatch.setattr("cadrart_infra.github.api._PAUSES", ())
    log = tmp_path / "log"
    log.write_text("")
    found: dict[str, Any] = {"changed": {}, "errors": [], "holds": [None, None]}
    workspace = SimpleNamespace(kubectl=Kubectl, stack="prod", log=log, page=None)

    def preview(*_: object, **__: object) -> SimpleNamespace:
        ok = not found["errors"]
        return SimpleNamespace(outcome=SimpleNamespace(ok=ok, notes=[], **{k: found[k] for k in ("changed", "errors")}))

    def refuse(*_: object) -> None:
        raise ClusterError("not asked here")

    monkeypatch.setattr(f"{COMMANDS}.open_workspace", lambda *_: workspace)
    monkeypatch.setattr(f"{COMMANDS}.preload_program", lambda: None)
    monkeypatch.setattr(f"{COMMANDS}.read_live", lambda _: None)
    monkeypatch.setattr(f"{COMMANDS}.run_preview", preview)
    monkeypatch.setattr("cadrart_infra.cli.drift_report.known_secrets", lambda _: set())
    monkeypatch.setattr("cadrart_infra.cli.drift_report.read_serving", refuse)
    monkeypatch.setattr(lease, "who_holds", lambda _: found["holds"].pop(0))
    return found


HOLDER = lease.Holder(
    "run-2", "octocat", "cadrart switch", *(datetime(2026, 1, 1, 11, 59, second, tzinfo=UTC) for second in (0, 50))
)


def test_a_cluster_that_nobody_could_ask_is_an_issue_until_a_look_finds_nothing(
    looked: dict[str, Any], github: GitHub, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The run was red, and an open issue went on showing the night before."""

    def away(*_: object) -> None:
        raise Unreachable("The cluster does not answer; nothing was changed.")

    with monkeypatch.context() as gone:
        gone.setattr(f"{COMMANDS}.open_workspace", away)
        assert main(["drift", "--stack", "organization/cadrart-infra/prod"]) == 1
    assert "The cluster does not answer" in capsys.readouterr().out
    (issue,) = github.record.read()["issues"]
    assert issue["title"] == "prod: nobody could look whether the cluster is as Git says"
    assert "The cluster does not answer" in issue["body"]
    assert main(["drift", "--stack", "prod"]) == 0
    assert [one["state"] for one in github.record.read()["issues"]] == ["closed"]


@pytest.mark.parametrize(("holds", "changed"), [([HOLDER], {}), ([None, HOLDER], {"Deployment a": "update"})])
def test_what_an_update_has_half_done_is_no_drift(
    looked: dict[str, Any],
    github: GitHub,
    capsys: pytest.CaptureFixture[str],
    holds: list[lease.Holder | None],
    changed: dict[str, str],
) -> None:
    """Its settings are committed at its end: what the checkout says is older than what it writes."""
    looked.update(holds=holds, changed=changed)
    assert main(["drift", "--stack", "prod"]) == 1
    assert "octocat" in capsys.readouterr().out
    assert github.record.read()["issues"] == []


def test_a_difference_of_any_length_fits_into_the_issue(looked: dict[str, Any], github: GitHub) -> None:
    """GitHub refused the whole issue for one long error."""
    looked.update(changed={f"Deployment {'a' * 50}{n}": "update" for n in range(2000)}, errors=["long " * 20_000])
    assert main(["drift", "--stack", "prod"]) == 1
    (issue,) = github.record.read()["issues"]
    assert "**The preview failed:**" in issue["body"]
