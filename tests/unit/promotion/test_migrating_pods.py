"""How pods that migrate when they start are waited for."""

from collections.abc import Sequence
from typing import Any

import pytest

from cadrart_infra.cluster.kinds import DEPLOYMENT, Kind
from cadrart_infra.model import Color, Environment
from cadrart_infra.promotion.migrating_pods import MigratingPods
from cadrart_infra.promotion.time_budget import TimeBudget
from tests.unit.cluster_objects import Object, deployments


class World:
    """Green's backend has one pod; at each look the server runs a statement of so many seconds for it, or none."""

    namespace = "cadrart"

    def __init__(self, *seconds: int | None, ready_after: int = 10**6, restarts: int = 0) -> None:
        self._seconds, self._looks, self._ready_after, self._restarts = list(seconds), 0, ready_after, restarts

    def objects(self, kind: Kind, **_selected: str) -> list[Object]:
        if kind == DEPLOYMENT:
            self._looks += 1
            return deployments(Color.GREEN, Environment.PROD, ready=int(self._looks > self._ready_after))
        containers = [{"state": {"running": {}}, "restartCount": self._restarts}]
        return [{"metadata": {"name": "x"}, "status": {"podIP": "10.0.0.7", "containerStatuses": containers}}]

    def run(self, *_statements: str) -> Sequence[Sequence[str]]:
        now = self._seconds.pop(0) if len(self._seconds) > 1 else self._seconds[0]
        others = [["10.0.0.8:51234", "90"]]
        return others if now is None else [*others, ["10.0.0.7:51234", str(now)]]


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten seconds pass with each question for the time."""
    ticks = iter(range(0, 10**7, 10))
    monkeypatch.setattr("cadrart_infra.promotion.migrating_pods.time.monotonic", lambda: float(next(ticks)))
    monkeypatch.setattr("cadrart_infra.promotion.migrating_pods.time.sleep", lambda _: None)


def wait(world: Any, said: list[str] | None = None, limit: float = 1000, budget: TimeBudget | None = None) -> bool:
    say = (said if said is not None else []).append
    return MigratingPods(world, lambda: world, budget or TimeBudget(600), limit, say).wait_until_ready("backend-green")


def test_they_are_waited_for_while_the_server_works_for_them_and_reported_once() -> None:
    said: list[str] = []
    assert wait(World(12, None, None, 30, ready_after=6), said)
    assert said == [
        "backend-green is not ready yet: the database server runs a statement of its pod since 12 s; waiting, "
        "migration.timeLimit at most"
    ]


def test_pods_that_do_not_migrate_are_given_up_at_once() -> None:
    assert not wait(World(None, ready_after=5))


def test_a_pod_that_was_started_again_has_failed() -> None:
    assert not wait(World(12, restarts=1))


def test_the_limit_ends_it() -> None:
    assert not wait(World(12), limit=100)


def test_the_switch_s_time_does_not_run_meanwhile() -> None:
    budget = TimeBudget(10**6)
    budget.start()
    before = budget.left()
    assert not wait(World(12), limit=1000, budget=budget)
    assert before - budget.left() < 100  # of a thousand
