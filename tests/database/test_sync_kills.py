"""Whatever ends a sync, at whatever moment: staging is the old copy or the new one, and the next run recovers."""

from __future__ import annotations

import re
import threading
from typing import Any

import pymysql
import pytest
from pymysql.connections import Connection

from cadrart_infra.staging_sync import errors
from cadrart_infra.staging_sync.session import Session, SessionPool
from tests.database.harness import PRODUCTION, STAGING, Shop
from tests.database.killing import count_statements, every_statement, killed_at, wait_until_gone
from tests.database.test_sync_objects import comparable

SCHEMA = (
    "CREATE TABLE client (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, v varchar(20), n int) ENGINE=InnoDB",
    "CREATE TABLE offer (id int PRIMARY KEY, client int, CONSTRAINT to_client FOREIGN KEY (client) "
    "REFERENCES client (id)) ENGINE=InnoDB",
    "CREATE TABLE log (what varchar(20)) ENGINE=InnoDB",
    "INSERT INTO client (v, n) VALUES ('a', 1), ('b', 2), ('c', 3)",
    "INSERT INTO offer VALUES (1, 1), (2, 2)",
    "INSERT INTO log VALUES ('first'), ('first')",
    "CREATE VIEW names AS SELECT id, v FROM client",
    "CREATE TRIGGER logged AFTER INSERT ON client FOR EACH ROW INSERT INTO log VALUES (NEW.v)",
)
CHANGES = (
    "UPDATE client SET v = 'changed' WHERE id = 2",
    "DELETE FROM offer WHERE id = 1",
    "INSERT INTO client (v) VALUES ('d')",
)


@pytest.fixture
def two_copies(empty_shop: Shop) -> Shop:
    """Production with a view and a trigger, staging and the copy before it; production has moved on since."""
    empty_shop.run(*SCHEMA)
    for _ in range(2):
        empty_shop.sync()
    empty_shop.run(*CHANGES)
    return empty_shop


def state(shop: Shop) -> tuple[Any, Any]:
    return shop.contents(STAGING), comparable(shop.definitions(STAGING))


def require_recovery(shop: Shop) -> None:
    """The next run needs no help."""
    shop.sync()
    assert shop.contents(STAGING) == shop.contents(PRODUCTION)
    assert comparable(shop.definitions(STAGING)) == comparable(shop.definitions(PRODUCTION))
    assert shop.leftovers() == []


@pytest.mark.parametrize("after_send", [False, True], ids=["between statements", "during a statement"])
def test_client_killed_at_every_phase(two_copies: Shop, after_send: bool) -> None:
    until_swap, total = count_statements(two_copies)
    phases = [*range(20, until_swap, 29), *range(until_swap, total + 1, 2)]
    generation = 0
    for number in phases:
        generation += 1
        two_copies.run(f"UPDATE client SET n = {generation}", f"INSERT INTO log VALUES ('{generation}')")
        old, new = two_copies.contents(STAGING), two_copies.contents(PRODUCTION)

        killed_at(two_copies, number, after_send)

        assert two_copies.contents(STAGING) in (old, new), f"torn by a kill at statement {number}"
        require_recovery(two_copies)


CUTS = (
    r"INSERT INTO `atelier-cadrart-stg_next`",
    r"CREATE DATABASE",
    r"START TRANSACTION WITH CONSISTENT SNAPSHOT",
    r"CALL `atelier-cadrart-stg_sync`",
    r"DROP TRIGGER IF EXISTS `atelier-cadrart-stg`",
    r"RENAME TABLE `atelier-cadrart-stg`",
    r"CREATE TRIGGER `logged`",
)


@pytest.mark.parametrize("pattern", CUTS)
def test_connection_cut_while_a_statement_runs(two_copies: Shop, pattern: str) -> None:
    two_copies.run("CREATE TABLE fresh (id int PRIMARY KEY) ENGINE=InnoDB", "INSERT INTO fresh VALUES (1)")
    old, new = two_copies.contents(STAGING), two_copies.contents(PRODUCTION)
    cut: list[str] = []

    def kill(connection: Connection[Any], statement: bytes) -> None:
        if not cut and re.match(pattern.encode(), statement[:200]):
            cut.append(pattern)
            two_copies.run(f"KILL CONNECTION {connection.thread_id()}")  # type: ignore[no-untyped-call]

    with every_statement(after_send=kill):
        try:
            two_copies.sync()
        except errors.SyncError as error:
            assert isinstance(error, errors.ServerUnreachable), error
    wait_until_gone(two_copies)

    assert cut
    assert two_copies.contents(STAGING) in (old, new)
    require_recovery(two_copies)


@pytest.mark.parametrize("pattern", CUTS)
def test_server_killed_while_a_statement_runs(two_copies: Shop, pattern: str) -> None:
    two_copies.run("CREATE TABLE fresh (id int PRIMARY KEY) ENGINE=InnoDB", "INSERT INTO fresh VALUES (1)")
    old, new = two_copies.contents(STAGING), two_copies.contents(PRODUCTION)
    cut: list[str] = []

    def kill(_: Connection[Any], statement: bytes) -> None:
        if not cut and re.match(pattern.encode(), statement[:200]):
            cut.append(pattern)
            two_copies.server.kill()

    with every_statement(after_send=kill), pytest.raises(errors.ServerUnreachable, match="Run again"):
        two_copies.sync()
    two_copies.server.start()

    assert cut
    assert two_copies.contents(PRODUCTION) == new
    assert two_copies.contents(STAGING) in (old, new)
    require_recovery(two_copies)


def test_server_restarted_in_the_middle(two_copies: Shop) -> None:
    def progress(line: str) -> None:
        if line.startswith("verifying"):
            two_copies.server.restart()

    old = two_copies.contents(STAGING)
    two_copies.lines = Listener(progress)

    with pytest.raises(errors.ServerUnreachable):
        two_copies.sync()

    assert two_copies.contents(STAGING) == old
    two_copies.lines = []
    require_recovery(two_copies)


class Listener(list[str]):
    """A list of progress lines that acts on each."""

    def __init__(self, act: Any) -> None:
        super().__init__()
        self._act = act

    def append(self, line: str) -> None:
        super().append(line)
        self._act(line)


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


def test_staging_in_use(two_copies: Shop) -> None:
    old = state(two_copies)
    tester = two_copies.connect(STAGING)
    tester.begin()
    tester.cursor().execute("SELECT * FROM client")

    with pytest.raises(errors.StagingInUse, match="still has its old copy, whole"):
        two_copies.sync(swap_wait_seconds=1, swap_patience_seconds=2.0)

    tester.close()
    assert state(two_copies) == old
    assert any("staging is in use" in line for line in two_copies.lines)
    require_recovery(two_copies)


def test_swap_waits_for_a_tester_to_finish(two_copies: Shop) -> None:
    tester = two_copies.connect(STAGING)
    tester.begin()
    tester.cursor().execute("SELECT * FROM offer")
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


def test_statement_that_outlived_its_client_is_ended(two_copies: Shop) -> None:
    stale = SessionPool(two_copies.endpoint, STAGING, ["copy0"])
    stale.open_all(1)
    running = threading.Thread(target=_sleep, args=(stale["copy0"],))
    running.start()
    stale["run"].close()  # the client is gone, its statement is not

    require_recovery(two_copies)

    running.join(10)
    assert not running.is_alive()


def _sleep(session: Session) -> None:
    try:
        session.run("DO SLEEP(120)")
    except pymysql.MySQLError:
        return
