"""The guard: what keeps a switch from beginning."""

from collections.abc import Sequence
from typing import Any

import pytest

from cadrart_infra.live import read_live
from cadrart_infra.model import Color
from cadrart_infra.mysql.errors import AccessDenied
from cadrart_infra.promotion.guard import Guard, GuardRefused, GuardSpec
from cadrart_infra.promotion.time_budget import TimeBudget
from tests.unit.cluster_objects import FixedKubectl, routed

LIVE = read_live(FixedKubectl(routed(Color.BLUE)))  # type: ignore[arg-type]


class Server:
    def __init__(self, transactions: list[list[str]], changes: list[list[str]]) -> None:
        self._transactions, self._changes = transactions, changes

    def run(self, *_statements: str) -> list[list[str]]:
        return [*(["transaction", *row] for row in self._transactions), *(["structure", *row] for row in self._changes)]


def check(
    active: Color, server: Server | None, long_transaction: int = 60, production: Sequence[str] = ()
) -> TimeBudget:
    budget = TimeBudget(600)
    spec = GuardSpec("cadrart", active, "shop", long_transaction)
    guard = Guard(spec, LIVE, budget, lambda: server, lambda: list(production))  # type: ignore[arg-type, return-value]
    assert guard.check() == ""
    assert guard.served_well == (active is Color.GREEN and not production)
    return budget


def test_a_quiet_database_lets_a_switch_begin_and_its_time_runs() -> None:
    assert check(Color.GREEN, Server([], [])).left() <= 600


def test_an_update_that_is_no_switch_asks_nobody() -> None:
    assert check(Color.BLUE, None).left() == float("inf")


def test_no_check_was_asked_for() -> None:
    check(Color.GREEN, None, long_transaction=0)


def test_whatever_would_hold_up_a_migration_is_named() -> None:
    server = Server([["42", "reports", "75", "3"]], [["43", "admin", "9", "ALTER"]])
    with pytest.raises(GuardRefused) as refusal:
        check(Color.GREEN, server)
    text = str(refusal.value)
    assert "The switch to green did not begin" in text
    assert "every pod and proxy stays as it was" in text
    assert "a transaction of reports has been open for 75 s and changed 3 rows (connection 42)" in text
    assert "ALTER by admin has been running for 9 s (connection 43)" in text
    assert "promotion.longTransaction (60 s)" in text


def test_what_production_answers_when_the_switch_begins_is_remembered() -> None:
    check(Color.GREEN, Server([], []), production=["backend-prod-proxy: no answer"])


def test_a_server_that_cannot_be_asked_keeps_a_switch_from_beginning() -> None:
    class Refusing:
        def run(self, *_statements: str) -> list[list[str]]:
            raise AccessDenied("Access denied for user 'root'@'localhost'", number=1045)

    with pytest.raises(GuardRefused) as refusal:
        check(Color.GREEN, Refusing())  # type: ignore[arg-type]
    text = str(refusal.value)
    assert "The switch to green did not begin" in text
    assert "every pod and proxy stays as it was" in text
    assert "DATABASE_ROOT_PASSWORD of the Secret cadrart-secret" in text


def test_a_release_to_production_is_looked_at_as_a_switch_is() -> None:
    server: Any = Server([["42", "reports", "75", "3"]], [])
    spec = GuardSpec("cadrart", Color.BLUE, "shop", 60, release=True)
    guard = Guard(spec, LIVE, TimeBudget(600), lambda: server, lambda: [])
    with pytest.raises(GuardRefused, match="The release to blue did not begin"):
        guard.check()


LONG: Any = Server([["42", "reports", "75", "3"]], [])


def test_the_way_back_is_warned_of_what_would_refuse_another_switch() -> None:
    budget = TimeBudget(600)
    spec = GuardSpec("cadrart", Color.GREEN, "shop", 60, goes_back=True)
    said = Guard(spec, LIVE, budget, lambda: LONG, lambda: []).check()
    assert said.startswith("The switch to green goes on in spite of what runs in shop: production has run it before.")
    assert "did not begin" not in said
    assert "a transaction of reports has been open for 75 s" in said
    assert budget.left() <= 600


def test_a_migration_that_runs_already_is_not_in_its_own_way() -> None:
    spec = GuardSpec("cadrart", Color.GREEN, "shop", 60)
    assert Guard(spec, LIVE, TimeBudget(600), lambda: LONG, lambda: [], lambda: True).check() == ""


def test_what_has_a_limit_of_its_own_takes_nothing_of_the_switch_s_time() -> None:
    budget = TimeBudget(600)
    budget.extend(100)
    budget.restart()
    assert budget.left() == float("inf")
    budget.start()
    budget.extend(100)
    assert 690 < budget.left() <= 700
    budget.restart()
    assert budget.left() <= 600
