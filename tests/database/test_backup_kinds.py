"""Whatever production holds comes back from a backup as it was, or the backup names it and fails."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

import pytest

from cadrart_infra.backup.exchange import exchange
from cadrart_infra.backup.notes import NOTES
from tests.database.backup_kinds import KINDS, Kind
from tests.database.backups import NAME, PLACES, Claim, backed_up, exchange_session, restored_beside, restored_contents
from tests.database.cases.playing import play, read_case
from tests.database.harness import PRODUCTION, Shop


def of_this_product(kind: Kind, shop: Shop) -> tuple[str, ...]:
    if kind.only not in ("", shop.server.kind.name):
        pytest.skip(f"not about {shop.server.kind.name}")
    return kind.statements


def set_up(shop: Shop, statements: Iterable[str]) -> None:
    shop.run(*statements)
    let_the_sync_run_functions(shop)


def let_the_sync_run_functions(shop: Shop) -> None:
    """Which views may run as whoever reads them; see docs/backup.md."""
    functions = shop.run(
        f"SELECT routine_name FROM information_schema.routines WHERE routine_schema = '{PRODUCTION}' "
        "AND routine_type = 'FUNCTION'"
    )
    for (name,) in functions:
        shop.run(f"GRANT EXECUTE ON FUNCTION `{PRODUCTION}`.`{name}` TO 'cadrart-sync'@'%'")


def comparable(definitions: dict[str, str]) -> dict[str, str]:
    """Views without the databases' own names: MariaDB shows them where a view's owner is gone."""
    definitions.pop(f"TABLE {NOTES}", None)
    pattern = rf"`(?:{PRODUCTION}|{PLACES.restored})`\."
    return {
        key: re.sub(pattern, "", text) if key.startswith("VIEW") else text.replace(PLACES.restored, PRODUCTION)
        for key, text in definitions.items()
    }


def require_all_back(claim: Claim, asked: Iterable[str] = ()) -> None:
    """From a backup: beside production at first, then in its place."""
    shop = claim.shop
    contents, definitions = shop.contents(PRODUCTION), comparable(shop.definitions(PRODUCTION))
    answers = [shop.run(question) for question in asked]
    backup = backed_up(claim)
    assert backup.verified == "load"

    restored_beside(claim, backup)
    assert restored_contents(shop) == contents
    beside = {key: text for key, text in definitions.items() if not key.startswith("EVENT")}
    assert comparable(shop.definitions(PLACES.restored)) == beside
    assert [shop.run(question, schema=PLACES.restored) for question in asked] == answers
    assert comparable(shop.definitions(PRODUCTION)) == definitions

    with exchange_session(shop) as session:
        exchange(session, NAME, PLACES, lambda _: pytest.fail("not of an older release"), shop.lines.append)
    assert shop.contents(PRODUCTION) == contents
    assert comparable(shop.definitions(PRODUCTION)) == definitions
    assert [shop.run(question) for question in asked] == answers


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_it_comes_back_as_it_was(claim: Claim, kind: Kind) -> None:
    set_up(claim.shop, of_this_product(kind, claim.shop))
    require_all_back(claim, kind.asked)


def test_it_comes_back_whatever_the_server_gives_to_new_sessions(claim: Claim) -> None:
    shop = claim.shop
    play(shop, read_case("48-settings-of-the-server"), "production")
    contents, definitions = shop.contents(PRODUCTION), comparable(shop.definitions(PRODUCTION))
    with shop.settings_for_applications():
        done = claim.dump()
        assert done.returncode == 0, (done.stdout, claim.reasons)
        (backup,) = claim.list()
        restored_beside(claim, backup)
        with exchange_session(shop) as session:
            exchange(session, NAME, PLACES, lambda _: pytest.fail("not of an older release"), shop.lines.append)
    assert shop.contents(PRODUCTION) == contents
    assert comparable(shop.definitions(PRODUCTION)) == definitions


def test_a_table_without_snapshots_is_written_all_the_time(claim: Claim) -> None:
    claim.shop.run("CREATE TABLE log (id int AUTO_INCREMENT PRIMARY KEY, v varchar(20)) ENGINE=MyISAM")
    ended = threading.Event()

    def write_on() -> None:
        with claim.shop.root() as cursor:
            while not ended.is_set():
                cursor.execute("INSERT INTO log (v) VALUES ('busy')")

    with ThreadPoolExecutor() as executor:
        written = executor.submit(write_on)
        try:
            done = claim.dump()
        finally:
            ended.set()
        written.result()
    assert done.returncode == 0, (done.stdout, claim.reasons)


CASES = (
    "09-emoji-in-check",
    "10-generated-over-latin1",
    "13-emoji-in-enum",
    "13-emoji-in-enum-two",
    "14-foreign-key-to-a-missing-table",
    "18-binary-default",
    "18-view-with-binary-literal",
    "19-foreign-key-to-no-unique-key",
    "20-row-size-too-large",
    "25-rows-that-a-check-refuses",
    "29-routine-of-an-older-charset",
    "32-characters-without-unicode-of-their-own",
    "39-mariadb-options",
    "40-heads-in-another-charset",
    "41-events-whose-time-has-passed",
    "46-shown-otherwise-than-read",
    "39-foreign-key-name-with-backtick",
    "47-archive-and-csv",
    "51-engines-without-snapshots",
    "56-values-that-look-the-same",
    "59-views-for-one-collation",
    "60-views-that-grow",
    "61-defaults-that-were-dropped",
    "62-columns-of-a-former-character-set",
    "63-unique-keys-in-another-order",
    "65-binary-collations-side-by-side",
)


@pytest.mark.parametrize("name", CASES)
def test_inputs_of_the_sync_come_back_too(claim: Claim, name: str) -> None:
    shop = claim.shop
    case = read_case(name)
    if not any(part.statements for part in case.of("production", shop.server.kind.name)):
        pytest.skip(f"not about {shop.server.kind.name}")
    play(shop, case, "production")
    let_the_sync_run_functions(shop)
    require_all_back(claim)
