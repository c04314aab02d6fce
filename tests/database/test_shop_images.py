"""The database images: the contract of the official images, on a real MySQL and a real MariaDB."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pymysql
import pytest

from tests.database.image_container import UNFINISHED, Container

# Every character that a shell, an option file or SQL could trip over.
ROOT_PASSWORD = "r\"o'o\\t #1`"
PASSWORD = "u'p\\w\" ;--2$x"
ENVIRONMENT = {
    "MYSQL_DATABASE": "atelier-cadrart",
    "MYSQL_USER": "atelier-cadrart",
    "MYSQL_PASSWORD": PASSWORD,
    "MYSQL_ROOT_PASSWORD": ROOT_PASSWORD,
    "MYSQL_ROOT_HOST": "localhost",
}
SCRIPTS = {
    "20-second.sql": "INSERT INTO steps (name) VALUES ('20');",
    "10-first.sql": "CREATE TABLE steps (id int AUTO_INCREMENT PRIMARY KEY, name text);"
    "INSERT INTO steps (name) VALUES ('10'); CREATE DATABASE `atelier-cadrart-stg`;"
    "GRANT ALL ON `atelier-cadrart-stg`.* TO 'atelier-cadrart'@'%';",
    "30-third.sh": 'echo "a script for $MYSQL_DATABASE"',
    "notes.txt": "not to be run",
}

Start = Callable[..., Container]


@pytest.fixture(params=["mysql", "mariadb"])
def start(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Start]:
    """Starts containers of one kind, one after the other on the same data folder."""
    data = tmp_path / "data"
    (data / "lost+found").mkdir(parents=True)
    # The server's own user has to get through to its folder.
    for folder in (tmp_path, *tmp_path.parents[:2]):
        folder.chmod(0o755)
    started: list[Container] = []

    def run(environment: dict[str, str] = ENVIRONMENT, scripts: dict[str, str] = SCRIPTS) -> Container:
        container = Container(request.param, data, tmp_path, environment, scripts)
        container.start()
        started.append(container)
        return container

    yield run
    for container in started:
        container.remove()


def steps(container: Container) -> list[str]:
    with container.connect("atelier-cadrart", PASSWORD, "atelier-cadrart") as connection:
        cursor = connection.cursor()
        cursor.execute("SELECT name FROM steps ORDER BY id")
        return [name for (name,) in cursor.fetchall()]


def test_first_start_prepares_and_later_ones_leave_it_alone(start: Start) -> None:
    first = start()
    first.wait_until_it_listens()
    assert steps(first) == ["10", "20"]
    assert "a script for atelier-cadrart" in first.log()
    with first.connect("atelier-cadrart", PASSWORD) as connection:
        cursor = connection.cursor()
        cursor.execute("SHOW DATABASES")
        names = {name for (name,) in cursor.fetchall()}
    assert {"atelier-cadrart", "atelier-cadrart-stg"} <= names
    assert "mysql" not in names, "the application sees the server's own tables"
    with pytest.raises(pymysql.err.OperationalError, match="1045"):
        first.connect("root", ROOT_PASSWORD)
    assert first.signal(signal.SIGTERM) == 0

    other = {**ENVIRONMENT, "MYSQL_PASSWORD": "another", "MYSQL_ROOT_PASSWORD": "another"}
    again = start(environment=other, scripts={"1.sql": "INSERT INTO steps (name) VALUES ('again');"})
    again.wait_until_it_listens()
    assert steps(again) == ["10", "20"]
    with pytest.raises(pymysql.err.OperationalError, match="1045"):
        again.connect("atelier-cadrart", "another")


def test_the_server_is_pid_1_of_its_own_user_and_shows_no_password(start: Start) -> None:
    container = start()
    container.wait_until_it_listens()
    process = container.first_process()
    assert process.joinpath("comm").read_text().strip() in {"mysqld", "mariadbd"}
    assert "libeatmydata" in process.joinpath("maps").read_text(), "a busy disk would hold the shop's requests"
    uids = next(line for line in process.joinpath("status").read_text().splitlines() if line.startswith("Uid:"))
    assert uids.split()[1:] == ["999"] * 4
    for text in (container.log(), process.joinpath("cmdline").read_text()):
        assert ROOT_PASSWORD not in text
        assert PASSWORD not in text


def test_root_over_the_network_only_where_it_is_asked_for(start: Start) -> None:
    container = start(environment={**ENVIRONMENT, "MYSQL_ROOT_HOST": "127.0.0.1"})
    container.wait_until_it_listens()
    with container.connect("root", ROOT_PASSWORD) as connection:
        cursor = connection.cursor()
        cursor.execute("SELECT host FROM mysql.user WHERE user = 'root' ORDER BY host")
        assert [host for (host,) in cursor.fetchall()] == ["127.0.0.1", "localhost"]


@pytest.mark.parametrize(
    ("sign", "moment"), [(signal.SIGTERM, "system tables"), (signal.SIGKILL, "scripts")], ids=["TERM", "KILL"]
)
def test_a_preparation_that_was_cut_off_is_done_again(start: Start, sign: signal.Signals, moment: str) -> None:
    slow = {**SCRIPTS, "15-slow.sh": "sleep 60"}
    cut_off = start(scripts=slow if moment == "scripts" else SCRIPTS)
    marker = cut_off.data / UNFINISHED
    wait_for(lambda: marker.exists() if moment == "system tables" else "15-slow.sh" in cut_off.log())
    assert not cut_off.listens(), "it can be reached before it is prepared"
    assert cut_off.signal(sign) != 0
    assert marker.exists()

    again = start()
    again.wait_until_it_listens()
    assert steps(again) == ["10", "20"]
    assert not marker.exists()


def test_a_script_that_fails_stops_it_and_is_shown(start: Start) -> None:
    broken = start(scripts={"1-broken.sql": "CREATE TABLE kept (id int); SELECT broken;"})
    assert broken.exit_status() != 0
    assert "1-broken.sql" in broken.log()
    assert "ERROR 1054" in broken.log()


def test_without_a_root_password_it_says_so_and_makes_nothing(start: Start) -> None:
    container = start(environment={"MYSQL_DATABASE": "shop"})
    assert container.exit_status() == 1
    assert "MYSQL_ROOT_PASSWORD is not set" in container.log()
    assert [path.name for path in container.data.iterdir()] == ["lost+found"]


def wait_for(reached: Callable[[], bool]) -> None:
    for _ in range(2000):
        if reached():
            return
        time.sleep(0.02)
    raise AssertionError("the moment did not come")
