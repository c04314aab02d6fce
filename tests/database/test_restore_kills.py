"""Whatever ends a restore while production's tables change places: the next run finishes that, or takes it back."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pymysql.connections import Connection
from pymysql.err import OperationalError

from cadrart_infra.accounts.unfinished_restore import still_unfinished, unfinished_restore_query
from cadrart_infra.backup.errors import BackupError
from cadrart_infra.backup.exchange import Exchange, exchange, recover
from cadrart_infra.backup.notes import CREATION, EXCHANGED_OBJECTS, SOURCE, note
from cadrart_infra.backup.restore_account import LOCK, USER
from cadrart_infra.backup.restore_names import RestoreNames
from cadrart_infra.naming import EXCHANGE_JOURNAL
from tests.database.backups import RESTORE_PASSWORD, account_of, look_session
from tests.database.harness import PRODUCTION, Shop, root_client
from tests.database.killing import every_statement, in_a_child_killed_at, wait_until_gone

BACKUP = "20261123-215500-blue"
PLACES = RestoreNames(PRODUCTION, f"{PRODUCTION}-restored", f"{PRODUCTION}-replaced-261123-220000")

# Some objects are the same in both, some differ, some are in one only; all belong to an account of their own.
OLD = (
    "CREATE TABLE client (id int PRIMARY KEY, v varchar(20)) ENGINE=InnoDB",
    "CREATE TABLE offer (id int PRIMARY KEY, client int, CONSTRAINT to_client FOREIGN KEY (client) REFERENCES client (id))",
    "CREATE TABLE log (what varchar(20)) ENGINE=InnoDB",
    "INSERT INTO client VALUES (1, 'now'), (2, 'now')",
    "INSERT INTO offer VALUES (1, 1)",
    "CREATE DEFINER='owner'@'%' VIEW names AS SELECT id, v FROM client",
    "CREATE DEFINER='owner'@'%' VIEW newer AS SELECT id FROM log_of_clients",
    "CREATE DEFINER='owner'@'%' TRIGGER logged AFTER INSERT ON client FOR EACH ROW INSERT INTO log VALUES ('now')",
    "CREATE DEFINER='owner'@'%' TRIGGER counted AFTER DELETE ON client FOR EACH ROW INSERT INTO log VALUES ('gone')",
    "CREATE DEFINER='owner'@'%' EVENT nightly ON SCHEDULE EVERY 1 DAY STARTS '2037-01-01' DO DELETE FROM log",
)
NEW = (
    "CREATE TABLE client (id int PRIMARY KEY) ENGINE=InnoDB",
    "CREATE TABLE log (what varchar(20)) ENGINE=InnoDB",
    "CREATE TABLE older (id int PRIMARY KEY) ENGINE=InnoDB",
    "INSERT INTO client VALUES (7)",
    "INSERT INTO older VALUES (1), (2)",
    "CREATE DEFINER='owner'@'%' VIEW names AS SELECT id FROM client",
    "CREATE DEFINER='owner'@'%' TRIGGER logged AFTER INSERT ON client FOR EACH ROW INSERT INTO log VALUES ('then')",
    "CREATE DEFINER='owner'@'%' PROCEDURE tidy() DELETE FROM log",
)
EVENT = "CREATE DEFINER='owner'@'%' EVENT weekly ON SCHEDULE EVERY 7 DAY STARTS '2037-01-01' DO DELETE FROM log"


@pytest.fixture
def restored(empty_shop: Shop) -> Iterator[Shop]:
    """Production as it is now, and a backup restored beside it."""
    shop = empty_shop
    shop.run(
        "DROP USER IF EXISTS 'owner'@'%'",
        "CREATE USER 'owner'@'%' IDENTIFIED BY 'owner'",
        "GRANT ALL ON *.* TO 'owner'@'%'",
    )
    set_up(shop)
    account = account_of(shop)
    account.create(RESTORE_PASSWORD)
    with account.on_production():
        yield shop
        if not shop.server.is_running:
            shop.server.start()
    account.remove()
    forget(shop)


def forget(shop: Shop) -> None:
    schemas = [*replaced_schemas(shop), PLACES.restored, PRODUCTION]
    shop.run(
        "SET SESSION foreign_key_checks = 0",
        *(f"DROP DATABASE IF EXISTS `{schema}`" for schema in schemas),
        schema=None,
    )


def set_up(shop: Shop) -> None:
    forget(shop)
    shop.run(f"CREATE DATABASE `{PRODUCTION}` CHARACTER SET utf8mb4", schema=None)
    shop.run("CREATE VIEW log_of_clients AS SELECT 1 AS id", *OLD)
    set_up_restored(shop)


def set_up_restored(shop: Shop) -> None:
    shop.run(
        f"DROP DATABASE IF EXISTS `{PLACES.restored}`",
        f"CREATE DATABASE `{PLACES.restored}` CHARACTER SET utf8mb4",
        schema=None,
    )
    shop.run(*NEW, schema=PLACES.restored)


def replaced_schemas(shop: Shop) -> list[str]:
    found = shop.run(
        f"SELECT schema_name FROM information_schema.schemata WHERE schema_name LIKE '{PRODUCTION}-replaced-%'",
        schema=None,
    )
    return [row[0] for row in found]


def state(shop: Shop) -> tuple[Any, dict[str, str]]:
    return shop.contents(PRODUCTION), shop.definitions(PRODUCTION)


def bring_events(shop: Shop) -> Callable[[Exchange], None]:
    """As the Job does: each event is dropped and created."""

    def bring(_: Exchange) -> None:
        shop.run("DROP EVENT IF EXISTS weekly", EVENT)

    return bring


def run_exchange(shop: Shop) -> None:
    with look_session(shop) as session:
        exchange(session, BACKUP, PLACES, bring_events(shop), shop.lines.append)


def run_recovery(shop: Shop) -> Exchange | None:
    with look_session(shop) as session:
        return recover(session, PRODUCTION, bring_events(shop), shop.lines.append)


def outcomes(shop: Shop) -> tuple[tuple[Any, dict[str, str]], tuple[Any, dict[str, str]]]:
    """Production before the exchange and after it; everything is set up again then."""
    old = state(shop)
    run_exchange(shop)
    new = state(shop)
    assert "weekly" in str(new[1])
    assert "newer" not in str(new[1])
    set_up(shop)
    assert state(shop) == old
    return old, new


def require_recovery(shop: Shop, old: tuple[Any, Any], new: tuple[Any, Any], when: str) -> None:
    """Production is whole, the next run needs no help, and then a restore works as if nothing had happened."""
    contents = shop.contents(PRODUCTION)
    assert contents in (old[0], new[0]), f"torn by a kill {when}"

    finished = run_recovery(shop)

    assert state(shop) == (new if contents == new[0] else old), f"not whole after a kill {when}"
    if contents == new[0]:
        assert finished is None or finished.places == PLACES
        aside = shop.contents(PLACES.replaced)
        assert aside.pop(EXCHANGED_OBJECTS)
        assert aside == old[0]
        return
    assert finished is None
    assert replaced_schemas(shop) == []
    set_up_restored(shop)
    run_exchange(shop)
    assert state(shop) == new


@pytest.mark.endurance
@pytest.mark.parametrize("after_send", [False, True], ids=["between statements", "during a statement"])
def test_killed_at_every_step(restored: Shop, after_send: bool) -> None:
    shop = restored
    old, new = outcomes(shop)
    number, taken_back = 0, 0
    while True:
        number += 1
        killed = in_a_child_killed_at(lambda: run_exchange(shop), number, after_send)
        wait_until_gone(shop, USER)
        if not killed:
            break
        taken_back += shop.contents(PRODUCTION) == old[0]
        require_recovery(shop, old, new, f"at statement {number}")
        set_up(shop)
    assert number > 40
    assert 10 < taken_back < number - 10
    assert state(shop) == new


RENAME = f"RENAME TABLE `{PRODUCTION}`"
CUTS = {
    "written down": [f"REPLACE INTO `{PLACES.replaced}`.`{EXCHANGE_JOURNAL}`"],
    "a trigger gone": [f"DROP TRIGGER IF EXISTS `{PRODUCTION}`"],
    "tables change places": [RENAME],
    "a view gone": [RENAME, "DROP VIEW"],
    "a trigger created": [RENAME, "CREATE DEFINER=`owner`@`%` TRIGGER"],
    "events": [RENAME, "CREATE DEFINER='owner'@'%' EVENT"],
    "tidying up": [RENAME, f"DELETE FROM `{PLACES.replaced}`"],
}
"""Beginnings of statements; the last one's first appearance after the others is the moment."""


class Cut:
    """Acts once, right after the statement of a moment was sent."""

    def __init__(self, moment: str, act: Callable[[], None]) -> None:
        self._awaited, self._act = list(CUTS[moment]), act

    @property
    def done(self) -> bool:
        return not self._awaited

    def __call__(self, _: Connection[Any], statement: bytes) -> None:
        if self._awaited and statement.startswith(self._awaited[0].encode()):
            del self._awaited[0]
            if self.done:
                self._act()


def cutting(shop: Shop) -> Callable[[], None]:
    """Ends every connection of the restore."""

    def cut_off() -> None:
        ids = shop.run(f"SELECT id FROM information_schema.processlist WHERE user = '{USER}'", schema=None)
        for (connection,) in ids:
            shop.run(f"KILL CONNECTION {connection}", schema=None)

    return cut_off


def cut_off(shop: Shop, moment: str) -> Cut:
    """A restore in production's place whose connection is cut at a moment; the server has noticed it."""
    cut = Cut(moment, cutting(shop))
    with every_statement(after_send=cut), contextlib.suppress(BackupError):
        run_exchange(shop)
    wait_until_gone(shop, USER)
    return cut


@pytest.mark.parametrize("moment", CUTS)
def test_connection_cut(restored: Shop, moment: str) -> None:
    shop = restored
    old, new = outcomes(shop)

    assert cut_off(shop, moment).done

    require_recovery(shop, old, new, moment)


@pytest.mark.endurance
@pytest.mark.parametrize("moment", CUTS)
def test_server_killed(restored: Shop, moment: str) -> None:
    shop = restored
    old, new = outcomes(shop)
    if shop.is_mariadb:
        shop.server.restart()  # see copies_on_disk in test_sync_kills: its own recovery needs a checkpoint
    cut = Cut(moment, shop.server.kill)
    try:
        with every_statement(after_send=cut), contextlib.suppress(BackupError, OperationalError):
            run_exchange(shop)
    finally:
        if not shop.server.is_running:
            shop.server.start()

    assert cut.done
    require_recovery(shop, old, new, moment)


def test_what_is_said_before_and_after_the_tables_changed_places(restored: Shop) -> None:
    shop = restored
    said = {}
    for moment in ("written down", "tables change places", "a view gone"):
        set_up(shop)

        with every_statement(after_send=Cut(moment, cutting(shop))), pytest.raises(BackupError) as caught:
            run_exchange(shop)
        wait_until_gone(shop, USER)
        said[moment] = str(caught.value)
    for text in said.values():
        assert "Production's tables are whole: those it had, or the backup's." in text
        assert "Run a restore again" in text
        assert not re.search("sync|staging|only read|not touched|as it was", text)


def test_what_is_refused_while_it_recovers_is_named_and_left_out(restored: Shop) -> None:
    """So that it does not keep every later restore from its work."""
    shop = restored
    cut_off(shop, "a view gone")
    shop.run("DROP VIEW IF EXISTS names", "ALTER TABLE client CHANGE id code int")

    finished = run_recovery(shop)

    assert finished is not None
    assert any("view names" in line and "They are left out" in line for line in shop.lines)
    objects = shop.definitions(PRODUCTION)
    assert {"TRIGGER logged", "PROCEDURE tidy", "EVENT weekly"} <= objects.keys()
    assert "VIEW names" not in objects
    assert run_recovery(shop) is None


def test_refused_tables_leave_production_as_it_was(restored: Shop) -> None:
    """A table that was dropped while the backup was loaded, say."""
    shop = restored
    old = state(shop)

    def drop_one(_: Connection[Any], statement: bytes) -> None:
        if statement.startswith(RENAME.encode()):
            shop.run("DROP TABLE older", schema=PLACES.restored)

    with every_statement(before=drop_one), pytest.raises(BackupError, match="Production is as it was") as caught:
        run_exchange(shop)

    assert state(shop) == old
    assert replaced_schemas(shop) == []
    assert "older" in str(caught.value)


@pytest.mark.parametrize("moment", ["a trigger gone", "a trigger created"])
def test_a_backup_beside_production_that_was_dropped_after_a_kill(restored: Shop, moment: str) -> None:
    """Its tables had not left that database, so production is the one that it was; or they had all left it."""
    shop = restored
    old, new = outcomes(shop)
    cut_off(shop, moment)
    contents = shop.contents(PRODUCTION)
    shop.run(f"DROP DATABASE `{PLACES.restored}`", schema=None)

    finished = run_recovery(shop)

    assert bool(finished) == (contents == new[0])
    assert state(shop) == (new if finished else old)


@pytest.mark.parametrize("moment", ["a trigger gone", "a trigger created"])
def test_what_a_migration_made_after_a_kill_stays(restored: Shop, moment: str) -> None:
    shop = restored
    old, new = outcomes(shop)
    cut_off(shop, moment)
    shop.run("CREATE VIEW of_a_migration AS SELECT id FROM client", "CREATE PROCEDURE migrated() SELECT 1")

    finished = run_recovery(shop)

    contents, objects = state(shop)
    assert {objects.pop("VIEW of_a_migration", ""), objects.pop("PROCEDURE migrated", "")}.isdisjoint({""})
    assert (contents, objects) == (new if finished else old)


def test_the_database_gets_the_default_of_the_backup(restored: Shop) -> None:
    """Tables and routines of later migrations are born with it."""
    shop = restored
    source = {"schema": PRODUCTION, "charset": "latin1", "collation": "latin1_general_ci"}
    shop.run(CREATION, note(SOURCE, "", json.dumps(source)), schema=PLACES.restored)
    cut_off(shop, "a trigger created")
    assert run_recovery(shop)
    assert "latin1_general_ci" in shop.definitions(PRODUCTION)["DATABASE"]


def test_a_restore_that_was_cut_off_is_seen_until_it_is_settled(restored: Shop) -> None:
    shop, root = restored, root_client(restored.server)

    def seen() -> list[str]:
        return list(still_unfinished(root, PRODUCTION, root.run(unfinished_restore_query(PRODUCTION))))

    assert seen() == []
    cut_off(shop, "a trigger created")
    (line,) = seen()
    assert f"leave {PLACES.replaced} as it is" in line
    with shop.root(None) as cursor:  # somebody restores now
        cursor.execute(f"SELECT GET_LOCK('{LOCK}', 0)")
        assert seen() == []
    assert run_recovery(shop)
    assert seen() == []
