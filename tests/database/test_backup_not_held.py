"""What no backup can hold is named, and none is made."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from cadrart_infra.backup.errors import BackupError
from cadrart_infra.backup.notes import NOTES
from tests.database.backups import Claim
from tests.database.harness import PRODUCTION


@dataclass(frozen=True)
class NotHeld:
    """What no backup can hold: it is named, and none is made."""

    name: str
    statements: tuple[str, ...]
    named: str
    only: str = ""


NOT_HELD = (
    NotHeld(
        "history by transactions",
        (
            "CREATE TABLE price (id int PRIMARY KEY, a bigint unsigned GENERATED ALWAYS AS ROW START, b bigint unsigned "
            "GENERATED ALWAYS AS ROW END, PERIOD FOR SYSTEM_TIME (a, b)) WITH SYSTEM VERSIONING",
        ),
        "table price",
        "mariadb",
    ),
    NotHeld(
        "a default from a sequence",
        ("CREATE SEQUENCE s", "CREATE TABLE numbered (id int PRIMARY KEY DEFAULT (NEXTVAL(s)))"),
        "table numbered",
        "mariadb",
    ),
    NotHeld(
        "a default from a sequence of another database",
        (
            "CREATE DATABASE third",
            "CREATE SEQUENCE third.s",
            "CREATE TABLE numbered (id int PRIMARY KEY DEFAULT (NEXTVAL(third.s)))",
        ),
        "table numbered (a default is a number of database third's sequence",
        "mariadb",
    ),
    NotHeld("a table of a backup's own", (f"CREATE TABLE {NOTES} (id int PRIMARY KEY)",), f"table {NOTES}"),
    NotHeld(
        "nothing but computed columns",
        ("CREATE TABLE computed (five int GENERATED ALWAYS AS (5) VIRTUAL)", "INSERT INTO computed VALUES (DEFAULT)"),
        "table computed (all of its columns are computed",
    ),
    NotHeld(
        "files that lie elsewhere",
        ("CREATE TABLE far (id int PRIMARY KEY) DATA DIRECTORY='/mnt/tmp'",),
        "table far (files of it lie in a folder of their own",
        "mariadb",
    ),
    NotHeld(
        "the rows of other tables",
        (
            "CREATE TABLE part (id int PRIMARY KEY) ENGINE=MyISAM",
            "CREATE TABLE merged (id int PRIMARY KEY) ENGINE=MERGE UNION=(part)",
        ),
        "table merged (its rows are those of other tables",
    ),
    NotHeld(
        "a parent in another database",
        (
            "CREATE DATABASE third",
            "CREATE TABLE third.parent (id int PRIMARY KEY) ENGINE=InnoDB",
            "CREATE TABLE child (id int PRIMARY KEY, CONSTRAINT up FOREIGN KEY (id) REFERENCES third.parent (id)) "
            "ENGINE=InnoDB",
        ),
        "table child (its foreign key up leads to third.parent, in another database)",
    ),
    NotHeld(
        "a view of another database",
        (
            "CREATE DATABASE third",
            "CREATE TABLE third.far (id int PRIMARY KEY)",
            "CREATE VIEW seen AS SELECT f.id FROM third.far f JOIN information_schema.tables",
        ),
        "view seen (it reads database third, on which the account that brings it back has no right)",
    ),
    NotHeld(
        "a name that client programs change",
        ("CREATE TABLE `line\r\nbreak` (id int PRIMARY KEY)",),
        "a name in it has a carriage return",
    ),
    NotHeld(
        "a table in the way of its exchange",
        ("CREATE TABLE cadrart_exchange (id int PRIMARY KEY)",),
        "table cadrart_exchange (a backup, or its way back, has one of this name for itself)",
    ),
    NotHeld(
        "a stored value of another time zone",
        (
            "SET SESSION time_zone = '+05:00'",
            "CREATE TABLE stamped (id int PRIMARY KEY, at timestamp NULL, day varchar(30) AS (CAST(at AS CHAR)) STORED)",
            "INSERT INTO stamped (id, at) VALUES (1, '2026-01-01 02:00:00')",
        ),
        "table stamped",
    ),
)


@pytest.mark.parametrize("kind", NOT_HELD, ids=lambda kind: kind.name)
def test_what_it_cannot_hold_is_named(claim: Claim, kind: NotHeld) -> None:
    if kind.only not in ("", claim.shop.server.kind.name):
        pytest.skip(f"not about {claim.shop.server.kind.name}")
    claim.shop.run("CREATE TABLE other (id int PRIMARY KEY)", *kind.statements)
    assert kind.named in refusal(claim)


def refusal(claim: Claim) -> str:
    """Why no backup was made."""
    before = claim.shop.contents(PRODUCTION)
    try:
        done = claim.dump()
    except BackupError as error:
        text = str(error)
    else:
        assert done.returncode, done.stdout
        text = "\n".join([*claim.reasons, done.stdout])
    assert claim.list() == []
    assert not [path for path in claim.folder.iterdir() if path.suffix == ".partial"]
    assert claim.shop.contents(PRODUCTION) == before
    return text
