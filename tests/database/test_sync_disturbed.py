"""What else happens on the server while a sync runs: production is altered, staging is in use, another sync begins."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from pymysql.connections import Connection

from cadrart_infra.staging_sync import errors
from tests.database.harness import PRODUCTION, STAGING, Listener, Shop, comparable
from tests.database.two_copies import require_recovery

pytestmark = pytest.mark.endurance


def state(shop: Shop) -> tuple[Any, Any]:
    return shop.contents(STAGING), comparable(shop.definitions(STAGING))


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE client ADD COLUMN more int NOT NULL DEFAULT 5",
        "ALTER TABLE client MODIFY v varchar(90), ALGORITHM=COPY",
        "DROP TABLE log",
        "CREATE TABLE more (id int PRIMARY KEY) ENGINE=InnoDB",
        "CREATE OR REPLACE VIEW names AS SELECT id FROM client",
    ],
)
@pytest.mark.parametrize("moment", ["copying", "verifying"])
def test_production_altered_meanwhile(two_copies: Shop, statement: str, moment: str) -> None:
    altered: list[str] = []

    def progress(line: str) -> None:
        if line.startswith(moment) and not altered:
            altered.append(line)
            two_copies.run("DROP TRIGGER IF EXISTS logged", statement)

    two_copies.lines = Listener(progress)

    two_copies.sync()

    assert altered
    assert any("altered meanwhile" in line for line in two_copies.lines)
    assert two_copies.contents(STAGING) == two_copies.contents(PRODUCTION)
    assert comparable(two_copies.definitions(STAGING)) == comparable(two_copies.definitions(PRODUCTION))


def test_production_altered_again_and_again(two_copies: Shop) -> None:
    old = state(two_copies)
    count = [0]

    def progress(line: str) -> None:
        if line.startswith("verifying the copy"):
            count[0] += 1
            two_copies.run(f"ALTER TABLE client ADD COLUMN more{count[0]} int")

    two_copies.lines = Listener(progress)

    with pytest.raises(errors.ProductionChanged, match="3 times in a row"):
        two_copies.sync()

    assert state(two_copies) == old


@pytest.fixture
def tester(two_copies: Shop) -> Iterator[Connection[Any]]:
    """A connection to staging with an open transaction that has read."""
    connection = two_copies.connect(STAGING)
    connection.begin()
    connection.cursor().execute("SELECT * FROM client JOIN offer ON client.id = offer.client")
    yield connection
    connection.close()


def test_staging_in_use(two_copies: Shop, tester: Connection[Any]) -> None:
    with pytest.raises(errors.StagingInUse, match="still has its old copy, whole"):
        two_copies.sync(swap_wait_seconds=1, swap_retry_seconds=2.0)

    assert "logged" in str(two_copies.run("SHOW TRIGGERS", schema=STAGING))
    assert two_copies.contents(STAGING) != two_copies.contents(PRODUCTION)
    assert any("staging is in use" in line for line in two_copies.lines)
    tester.rollback()
    require_recovery(two_copies)


def test_swap_waits_for_a_tester_to_finish(two_copies: Shop, tester: Connection[Any]) -> None:
    two_copies.lines = Listener(lambda line: tester.rollback() if "in use" in line else None)

    two_copies.sync(swap_wait_seconds=1)

    assert two_copies.contents(STAGING) == two_copies.contents(PRODUCTION)
    assert comparable(two_copies.definitions(STAGING)) == comparable(two_copies.definitions(PRODUCTION))


def test_two_runs_at_once(two_copies: Shop) -> None:
    begun, may_go_on = threading.Event(), threading.Event()

    def hold(line: str) -> None:
        if line.startswith("verifying"):
            begun.set()
            may_go_on.wait(30)

    two_copies.lines = Listener(hold)
    first = threading.Thread(target=two_copies.sync)
    first.start()
    assert begun.wait(30)
    second = Shop(two_copies.server)

    with pytest.raises(errors.SyncAlreadyRunning, match="Another sync of the same staging database is running"):
        second.sync(lock_wait_seconds=1)

    may_go_on.set()
    first.join()
    assert two_copies.contents(STAGING) == two_copies.contents(PRODUCTION)
