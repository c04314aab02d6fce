"""What the run after a restore that was cut off makes of what it finds."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pymysql.connections import Connection

from cadrart_infra.accounts.unfinished_restore import still_unfinished, unfinished_restore_query
from cadrart_infra.backup.errors import BackupError
from cadrart_infra.backup.notes import CREATION, SOURCE, note
from cadrart_infra.backup.restore_account import LOCK
from cadrart_infra.mysql.errors import LockWait
from cadrart_infra.mysql.foreign_keys import point_keys_to
from cadrart_infra.mysql.session import Session
from cadrart_infra.naming import EXCHANGE_JOURNAL
from tests.database.backups import PLACES, look_session
from tests.database.exchanges import (
    RENAME,
    cut_off,
    outcomes,
    replaced_schemas,
    run_exchange,
    run_recovery,
    state,
)
from tests.database.harness import PRODUCTION, Shop, root_client
from tests.database.killing import every_statement


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


@pytest.mark.parametrize("moment", ["", "a trigger created"])
def test_no_foreign_key_follows_a_table_that_leaves(restored: Shop, moment: str) -> None:
    """Of a table that had lost the one it refers to, which production has again."""
    shop = restored
    shop.run(
        "SET SESSION foreign_key_checks = 0",
        "CREATE TABLE bill (id int PRIMARY KEY, CONSTRAINT of_offer FOREIGN KEY (id) REFERENCES offer (id))",
        schema=PLACES.restored,
    )
    if moment:
        cut_off(shop, moment)
        assert run_recovery(shop)
    else:
        run_exchange(shop)
    led = shop.run(
        "SELECT constraint_name, referenced_table_schema FROM information_schema.key_column_usage "
        f"WHERE table_name = 'bill' AND referenced_table_name IS NOT NULL AND table_schema = '{PRODUCTION}'"
    )
    assert led == (("of_offer", PRODUCTION),)


@pytest.mark.parametrize("failing", [1, 2])
def test_a_foreign_key_that_is_led_elsewhere_is_never_away(
    restored: Shop, monkeypatch: pytest.MonkeyPatch, failing: int
) -> None:
    """Whichever of the statements fails."""
    shop = restored
    shop.run("CREATE TABLE bill (id int PRIMARY KEY, CONSTRAINT of_client FOREIGN KEY (id) REFERENCES client (id))")
    run, altered = Session.run, list[str]()

    def failing_once(session: Session, statement: str) -> int:
        altered.extend([statement] if statement.startswith("ALTER") else [])
        if len(altered) == failing:
            raise LockWait("no lock in time")
        return run(session, statement)

    monkeypatch.setattr(Session, "run", failing_once)
    with look_session(shop) as session, pytest.raises(LockWait):
        point_keys_to(session, PRODUCTION, PRODUCTION, ["bill"], lambda _, parent: parent == "client")
    keys = "SELECT COUNT(*) FROM information_schema.referential_constraints WHERE constraint_schema = %s"
    assert shop.run(f"{keys % repr(PRODUCTION)} AND table_name = 'bill'") == ((1,),)


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


def test_a_damaged_note_of_a_restore_that_was_cut_off_changes_nothing(restored: Shop) -> None:
    shop = restored
    cut_off(shop, "a trigger created")
    before = state(shop)
    shop.run(f"UPDATE {EXCHANGE_JOURNAL} SET content = LEFT(content, 30)", schema=PLACES.replaced)

    with pytest.raises(BackupError, match=r"not as it was written: .* Nothing was changed") as caught:
        run_recovery(shop)

    assert state(shop) == before
    statement = f"DROP TABLE `{PLACES.replaced}`.`{EXCHANGE_JOURNAL}`"
    assert statement in str(caught.value)
    shop.run(statement)
    assert run_recovery(shop) is None
