"""Rests while production's tables are held end when an ALTER waits for one of them."""

from __future__ import annotations

import itertools
import threading
import time
from contextlib import closing

from cadrart_infra.mysql.session import Session
from cadrart_infra.staging_sync.lock_aware_pauses import LockAwarePauses
from tests.database.harness import PRODUCTION, STAGING, Listener, Shop

_WAITS = "SELECT COUNT(*) FROM information_schema.processlist WHERE state LIKE 'Waiting for table metadata lock%'"
_SECONDS = 60.0


def wait_for_the_alter(shop: Shop) -> None:
    deadline = time.monotonic() + _SECONDS
    while shop.run(_WAITS) == ((0,),):
        assert time.monotonic() < deadline, "the ALTER never waited"
        time.sleep(0.05)


def test_no_rest_once_an_alter_waits_for_a_table_that_is_held(empty_shop: Shop) -> None:
    shop = empty_shop
    shop.run(*(f"CREATE TABLE {name} (id int PRIMARY KEY) ENGINE=InnoDB" for name in ("first", "second")))
    alter = threading.Thread(target=shop.run, args=("ALTER TABLE first ADD COLUMN more int",))
    rested: list[str] = []
    reader = Session(shop.endpoint, lambda: rested.append("before a statement"))
    with closing(Session(shop.endpoint)) as holder, closing(reader):
        before = reader.value("SELECT @@SESSION.lock_wait_timeout")
        with LockAwarePauses(reader, PRODUCTION) as rests:
            holder.run("START TRANSACTION")
            for table in ("first", "second"):
                holder.rows(f"SELECT * FROM `{PRODUCTION}`.{table}")
                rests.rest(table)
            assert not rests.is_over

            alter.start()
            wait_for_the_alter(shop)
            rests.rest("second")
            until_then = len(rested)
            rests.rest("second")
            assert len(rested) == until_then
            holder.run("COMMIT")
            alter.join()
        assert reader.value("SELECT @@SESSION.lock_wait_timeout") == before

    assert rests.is_over


def test_a_session_is_not_held_back_within_a_transaction(empty_shop: Shop) -> None:
    empty_shop.run("CREATE TABLE one (id int PRIMARY KEY) ENGINE=InnoDB")
    waits: list[str] = []
    with closing(Session(empty_shop.endpoint, lambda: waits.append("before a statement"))) as session:
        session.run("START TRANSACTION")
        before = len(waits)
        session.rows(f"SELECT * FROM `{PRODUCTION}`.one")
        session.run("COMMIT")
        assert len(waits) == before
        session.value("SELECT 1")
        assert len(waits) == before + 1


def test_a_swap_tries_again_soon_where_a_prepared_transaction_without_a_session_has_rows(empty_shop: Shop) -> None:
    """MariaDB let each try wait for them as long as innodb_lock_wait_timeout says, with all of staging behind it."""
    shop = empty_shop
    shop.run("CREATE TABLE held (id int PRIMARY KEY) ENGINE=InnoDB", "INSERT INTO held VALUES (1)")
    shop.sync()
    with closing(shop.connect(STAGING)) as tester:
        for statement in ("XA START 'x'", "UPDATE held SET id = 2", "XA END 'x'", "XA PREPARE 'x'"):
            tester.cursor().execute(statement)
    tries = itertools.count(1)

    def end_it_at_the_second_try(line: str) -> None:
        if "staging is in use" in line and next(tries) == 2:
            shop.run("XA ROLLBACK 'x'")

    shop.lines = Listener(end_it_at_the_second_try)

    shop.sync(swap_wait_seconds=1, swap_retry_seconds=30.0)

    assert next(tries) > 2
    assert shop.contents(STAGING) == shop.contents(PRODUCTION)
