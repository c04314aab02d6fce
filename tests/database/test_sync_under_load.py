"""Consistency while production is written to, and swaps under readers."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator

import pytest

from cadrart_infra.staging_sync.errors import ProductionChanged
from cadrart_infra.staging_sync.pace import PACES
from tests.database.harness import PRODUCTION, STAGING, Shop

pytestmark = pytest.mark.endurance

BALANCE = 100
SYNCS, SWAPS = 50, 100
# In order of their names, so that a table-by-table copy reads the two sides at different moments.
SIDES = ("a_left", "z_right")


@pytest.fixture
def bank(empty_shop: Shop) -> Shop:
    """Two tables whose sum never changes, and enough between them to keep a copy busy."""
    digits = "(SELECT 0 d UNION SELECT 1 UNION SELECT 2 UNION SELECT 3 UNION SELECT 4)"
    numbers = f"SELECT 1 + a.d + 5 * b.d + 25 * c.d + 125 * e.d n FROM {digits} a, {digits} b, {digits} c, {digits} e"
    for table in SIDES:
        empty_shop.run(
            f"CREATE TABLE {table} (id int PRIMARY KEY, balance int NOT NULL) ENGINE=InnoDB",
            f"INSERT INTO {table} SELECT n, {BALANCE} FROM ({numbers}) numbers",
        )
    empty_shop.run(
        "CREATE TABLE middle (id int PRIMARY KEY, filler varchar(200)) ENGINE=InnoDB",
        f"INSERT INTO middle SELECT n, REPEAT('x', 200) FROM ({numbers}) numbers",
    )
    return empty_shop


def total(shop: Shop, schema: str) -> int:
    (row,) = shop.run(
        f"SELECT (SELECT SUM(balance) FROM `{schema}`.{SIDES[0]}) + (SELECT SUM(balance) FROM `{schema}`.{SIDES[1]})"
    )
    return int(row[0])


@contextlib.contextmanager
def beside(*tasks: Callable[[threading.Event], None]) -> Iterator[None]:
    """Run the tasks in threads until the block ends; an exception in one of them fails the test."""
    stop = threading.Event()
    failures: list[BaseException] = []

    def guarded(task: Callable[[threading.Event], None]) -> None:
        try:
            task(stop)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=guarded, args=(task,)) for task in tasks]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert not failures, failures


def transfers(shop: Shop, done: list[int]) -> Callable[[threading.Event], None]:
    """Move money between the tables for as long as the test runs; an error of the server ends it and the test."""

    def run(stop: threading.Event) -> None:
        connection = shop.connect(PRODUCTION)
        cursor = connection.cursor()
        cursor.execute("SET SESSION innodb_lock_wait_timeout = 1")
        number = 0
        while not stop.is_set():
            number += 1
            account = 1 + number * 7 % 625
            connection.begin()
            cursor.execute(f"UPDATE {SIDES[0]} SET balance = balance - 1 WHERE id = {account}")
            cursor.execute(f"UPDATE {SIDES[1]} SET balance = balance + 1 WHERE id = {account}")
            connection.commit()
            done.append(account)
            stop.wait(0.001)
        connection.close()

    return run


def naive_copy(shop: Shop) -> None:
    """What a copy table by table does."""
    schema = f"{STAGING}_naive"
    shop.run(f"DROP DATABASE IF EXISTS `{schema}`", f"CREATE DATABASE `{schema}`", schema=None)
    with shop.root() as cursor:
        cursor.execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED")
        for table in sorted((*SIDES, "middle")):
            cursor.execute(f"CREATE TABLE `{schema}`.{table} LIKE {table}")
            cursor.execute(f"INSERT INTO `{schema}`.{table} SELECT * FROM {table}")


def test_copies_under_load_are_of_one_instant(bank: Shop) -> None:
    expected = total(bank, PRODUCTION)
    moved: list[int] = []
    repaired = 0
    with beside(transfers(bank, moved)):
        for number in range(SYNCS):
            repaired += bank.sync().repaired
            assert total(bank, STAGING) == expected, f"sync {number} is not of one instant"

    assert len(moved) > SYNCS
    assert repaired > 0
    assert bank.run("SELECT COUNT(*) FROM middle", schema=STAGING) == ((625,),)


def test_the_control_naive_copy_breaks_the_invariant(bank: Shop) -> None:
    expected = total(bank, PRODUCTION)
    broken = 0
    with beside(transfers(bank, [])):
        for _ in range(SYNCS):
            naive_copy(bank)
            broken += total(bank, f"{STAGING}_naive") != expected
    bank.run(f"DROP DATABASE `{STAGING}_naive`", schema=None)

    assert broken > 0


def test_swaps_under_readers_show_no_error_and_no_mixture(empty_shop: Shop) -> None:
    shop = empty_shop
    shop.run(
        "CREATE TABLE parent (id int PRIMARY KEY, generation int NOT NULL) ENGINE=InnoDB",
        "CREATE TABLE child (id int PRIMARY KEY, generation int NOT NULL, CONSTRAINT up FOREIGN KEY (id) "
        "REFERENCES parent (id)) ENGINE=InnoDB",
        "INSERT INTO parent VALUES (1, 0)",
        "INSERT INTO child VALUES (1, 0)",
    )
    for _ in range(2):
        shop.sync()
    seen: list[tuple[int, int]] = []

    with beside(*[readers(shop, seen)] * 2):
        for number in range(SWAPS):
            if number % 10 == 0:
                shop.run(f"UPDATE parent SET generation = {number}", f"UPDATE child SET generation = {number}")
                shop.sync()
            else:
                shop.restore()

    assert len(seen) > SWAPS
    assert [pair for pair in seen if pair[0] != pair[1]] == []
    assert len(set(seen)) == SWAPS // 10


def readers(shop: Shop, seen: list[tuple[int, int]]) -> Callable[[threading.Event], None]:
    """Read both tables of staging in one statement, again and again, without a pause and without mercy for errors."""

    def run(stop: threading.Event) -> None:
        connection = shop.connect(STAGING)
        cursor = connection.cursor()
        while not stop.is_set():
            cursor.execute("SELECT p.generation, c.generation FROM parent p JOIN child c ON c.id = p.id")
            (row,) = cursor.fetchall()
            seen.append((row[0], row[1]))
        connection.close()

    return run


@pytest.mark.parametrize("pace", sorted(PACES))
def test_production_writers_get_no_lock_error_and_alter_is_not_held_up(bank: Shop, pace: str) -> None:
    """A reader's hold on a table would stop ALTER, and every writer behind it."""
    moved: list[int] = []

    def alters(stop: threading.Event) -> None:
        connection = bank.connect(PRODUCTION)
        cursor = connection.cursor()
        cursor.execute("SET SESSION lock_wait_timeout = 5")
        number = 0
        while not stop.wait(0.4):
            number += 1
            cursor.execute(f"ALTER TABLE middle COMMENT = 'version {number}'")
        connection.close()

    with beside(transfers(bank, moved), alters):
        for _ in range(3):
            with contextlib.suppress(ProductionChanged):
                bank.sync(pace=PACES[pace])

    assert moved
