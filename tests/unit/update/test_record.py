"""When an update leaves an entry in the history, and what the entry says."""

from collections.abc import Iterator
from typing import Any
from unittest import mock

import pulumi
import pytest

from cadrart_infra.cluster.kinds import Kind
from cadrart_infra.history import failures
from cadrart_infra.history.entry import Entry, Job, Outcome
from cadrart_infra.history.history import History
from cadrart_infra.model import Color
from cadrart_infra.naming import HISTORY
from cadrart_infra.plan import UpdatePlan
from cadrart_infra.update.record import UpdateRecord
from tests.unit.cluster_objects import FixedKubectl, Object
from tests.unit.plans import BLUE_IS_PRODUCTION, live, plan
from tests.unit.program import FakeKubectl, run

SWITCH = plan(live(BLUE_IS_PRODUCTION), Color.GREEN, green="2")


@pytest.fixture(autouse=True)
def noted() -> Iterator[list[str]]:
    """What the checks of this process found."""
    with mock.patch.object(failures, "_NOTED", list[str]()) as texts:
        yield texts


def entries(posted: list[dict[str, Any]]) -> list[Entry]:
    maps = [one for one in posted if one["kind"] == "ConfigMap"]
    assert len(posted) == 2 * len(maps)  # an Event each
    return [History.parse(one["data"]).entries[0] for one in maps]


class ShopWithHistory(FixedKubectl):
    """Keeps what is written to the history in `posted` as well."""

    def find(self, _kind: Kind, name: str, _timeout: float = 30) -> Object | None:
        return {"metadata": {"name": name, "resourceVersion": "1"}, "data": {}}

    def patch(self, kind: Kind, _name: str, change: Object) -> None:
        self.posted.append({"kind": kind.name, **change})


def followed(
    update: UpdatePlan, *changed: str, done: bool, dry_run: bool = False, failed: tuple[str, ...] = ()
) -> list[Entry]:
    """What an update leaves that changes these resources; `failed`: those that it began to write besides."""
    kubectl: Any = ShopWithHistory(BLUE_IS_PRODUCTION)
    record = UpdateRecord()
    hooks: list[Any] = []

    def hook(_name: str, run: Any, _options: Any) -> Any:
        hooks.append(run)
        return run

    with (
        mock.patch("pulumi.runtime.is_dry_run", return_value=dry_run),
        mock.patch("pulumi.get_stack", return_value="prod"),
        mock.patch("pulumi.ResourceHook", hook),
        mock.patch("cadrart_infra.update.record.run_at_exit"),
    ):
        record.begin(kubectl, "uid of the namespace")
        record.plan = update
        record.follow()
        for name in (*changed, *failed):
            for transform in record.transforms:
                transform(pulumi.ResourceTransformArgs(True, "a:b:C", name, {}, pulumi.ResourceOptions()))
        for name in (*changed, *failed) if hooks else ():
            hooks[0](_Args(name))
        for name in changed if hooks else ():
            hooks[1](_Args(name))
        if done:
            record.done()
        record.end()
        record.end()
    return entries(kubectl.posted)


class _Args:
    def __init__(self, name: str) -> None:
        self.name = name


def test_an_update_that_was_done_says_what_it_changed_and_who_serves_since() -> None:
    (entry,) = followed(SWITCH, "backend-green", "backend-prod-proxy", done=True)
    assert (entry.job, entry.outcome) == (Job.SWITCH, Outcome.DONE)
    assert entry.what == "production blue → green: frontend frontend:1 → frontend:2, backend backend:1 → backend:2"
    assert entry.changed == ("backend-green", "backend-prod-proxy")
    assert entry.facts == {
        "production": "blue",  # as the cluster says, whatever was wanted
        "images": {"frontend": "shop/frontend:1", "backend": "shop/backend:1"},
    }


@pytest.mark.parametrize(("done", "dry_run"), [(True, False), (False, True)])
def test_no_change_and_a_preview_leave_nothing(done: bool, dry_run: bool) -> None:
    assert followed(plan(live(BLUE_IS_PRODUCTION), Color.BLUE), done=done, dry_run=dry_run) == []


def test_settings_alone_are_an_update() -> None:
    (entry,) = followed(plan(live(BLUE_IS_PRODUCTION), Color.BLUE), "cadrart-config-stg", done=True)
    assert (entry.job, entry.what) == (Job.UPDATE, "")


def test_one_that_did_not_get_to_its_end_says_why_where_a_check_knows(noted: list[str]) -> None:
    (entry,) = followed(SWITCH, "backend-green", done=False)
    assert entry.outcome is Outcome.FAILED
    assert "what Pulumi printed" in entry.detail
    noted.append("green did not pass the gate")
    (entry,) = followed(SWITCH, "backend-green", done=False)
    assert (entry.outcome, entry.detail) == (Outcome.FAILED, "green did not pass the gate")
    (entry,) = followed(SWITCH, done=False)
    assert entry.outcome is Outcome.REFUSED


def test_an_update_whose_first_write_failed_is_not_said_to_have_changed_nothing(noted: list[str]) -> None:
    """A Deployment was written whose pods did not get ready."""
    noted.append("backend-green did not get ready")
    (entry,) = followed(SWITCH, failed=("backend-green",), done=False)
    assert (entry.outcome, entry.changed) == (Outcome.FAILED, ())


def test_one_that_was_asked_to_end_is_cut_off() -> None:
    with mock.patch("cadrart_infra.interruption.requested", return_value=True):
        (entry,) = followed(SWITCH, done=False)
    assert entry.outcome is Outcome.CUT_OFF


@pytest.mark.parametrize(
    ("expected", "job"),
    [("", Job.UPDATE), ("switch", Job.SWITCH), ("release", Job.RELEASE), ("nothing", Job.UPDATE), ("x", Job.UPDATE)],
)
def test_a_refusal_before_anything_is_declared_is_recorded(
    expected: str, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As what the update was run for, by a command: what it is, was not known yet."""
    monkeypatch.setenv("CADRART_EXPECT", expected)
    history = {"metadata": {"name": HISTORY, "resourceVersion": "1"}, "data": {}}
    kubectl = FakeKubectl(secrets={}, config_maps={HISTORY: history})
    with pytest.raises(pulumi.RunError, match="not ready for this stack"):
        run(kubectl)
    (entry,) = History.parse(kubectl.config_maps[HISTORY]["data"]).entries
    assert (entry.job, entry.outcome, entry.what) == (job, Outcome.REFUSED, "of stack test")
    assert "Secret cadrart-secret does not exist" in entry.detail
    assert [event["reason"] for event in kubectl.posted] == [f"{job.title()}Refused"]


@pytest.mark.parametrize(
    "kubectl", [FakeKubectl(answers=False), FakeKubectl(has_namespace=False), FakeKubectl(secrets={})]
)
def test_where_no_shop_is_a_refusal_writes_nothing(kubectl: FakeKubectl) -> None:
    with pytest.raises(pulumi.RunError):
        run(kubectl)
    assert kubectl.posted == []
