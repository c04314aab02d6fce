"""A backup that is put in production's place, cut off at a moment, and the run after it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

from cadrart_infra.backup.errors import BackupError
from cadrart_infra.backup.exchange import Exchange, exchange, recover
from cadrart_infra.backup.restore_account import USER
from cadrart_infra.naming import EXCHANGE_JOURNAL
from tests.database.backups import NAME, PLACES, look_session
from tests.database.harness import PRODUCTION, Shop
from tests.database.killing import Cut, every_statement, wait_until_gone

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
        exchange(session, NAME, PLACES, bring_events(shop), shop.lines.append)


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


def end_connections(shop: Shop) -> None:
    """Every connection of the restore."""
    ids = shop.run(f"SELECT id FROM information_schema.processlist WHERE user = '{USER}'", schema=None)
    for (connection,) in ids:
        shop.run(f"KILL CONNECTION {connection}", schema=None)


def cut_off(shop: Shop, moment: str) -> Cut:
    """A restore in production's place whose connection is cut at a moment; the server has noticed it."""
    cut = Cut(CUTS[moment], lambda _: end_connections(shop))
    with every_statement(after_send=cut), contextlib.suppress(BackupError):
        run_exchange(shop)
    wait_until_gone(shop, USER)
    return cut
