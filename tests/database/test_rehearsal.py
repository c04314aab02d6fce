"""An upgrade rehearsed by the script itself, on the real servers' programs and on files of its own."""

from __future__ import annotations

import json
import os
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import pymysql
import pytest

from cadrart_infra.backup.backups import Backup
from cadrart_infra.backup.jobs import script_text
from cadrart_infra.mysql import sql
from cadrart_infra.rehearsal.answers import answers_problem
from cadrart_infra.rehearsal.job import rehearsal_text
from cadrart_infra.rehearsal.release import Release, question_variables
from cadrart_infra.server_variables import file_text
from sandbox.local_servers import ALL_KINDS, MARIADB, MYSQL, ServerKind, free_port
from tests.database.backups import Claim, backed_up, fill_with_everything
from tests.unit.rehearsal.releases import RELEASE

if TYPE_CHECKING:
    from tests.database.harness import Connection


@dataclass
class Rehearsed:
    """One rehearsal's folder, as the steps see it, and the backup."""

    claim: Claim
    backup: Backup
    folder: Path

    def step(self, name: str, kind: ServerKind | None = None, **variables: str) -> subprocess.CompletedProcess[str]:
        """One container of the Job, with the server's own programs or another kind's."""
        with self.begun(name, kind, **variables) as process:
            said, _ = process.communicate()
        return subprocess.CompletedProcess(process.args, process.returncode, said)

    def begun(self, name: str, kind: ServerKind | None = None, **variables: str) -> subprocess.Popen[str]:
        """The same, which goes on meanwhile."""
        server = self.claim.shop.server
        environment = {
            "PATH": os.environ["PATH"],
            "STEP": name,
            "WORK": f"/mnt/{self.folder.name}",
            "SETTINGS": file_text({"max_connections": "33"}),
            "NEEDED": "1000000",
            "PORT": str(free_port()),
            "BACKUPS": self.claim.seen_as,
            "NAME": self.backup.name,
            "SHA256": self.backup.sha256,
            "SOURCE": self.backup.database,
            "FORMAT": str(self.backup.format),
            "PLUGINS": "",
            **variables,
        }
        programs = replace(server, kind=kind or server.kind)
        command = programs.client_command("/bin/bash", "-c", rehearsal_text(), "rehearse", script_text("load"))
        return subprocess.Popen(command, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def passes(self, name: str, kind: ServerKind | None = None, **variables: str) -> list[str]:
        done = self.step(name, kind, **variables)
        assert done.returncode == 0, done.stdout
        return done.stdout.splitlines()


@pytest.fixture
def rehearsed(claim: Claim) -> Rehearsed:
    """A database with everything in it, backed up, and an empty folder."""
    fill_with_everything(claim.shop)
    folder = claim.shop.server.folder / f"rehearsal-{claim.folder.name}"
    folder.mkdir()
    return Rehearsed(claim, backed_up(claim), folder)


def test_a_server_that_takes_the_files_up_has_everything_that_they_had(rehearsed: Rehearsed) -> None:
    assert not [line for line in rehearsed.passes("load") if line.startswith("left out")]
    before = (rehearsed.folder / "before").read_text()
    assert {line.split("\t")[0] for line in before.splitlines()} == {"table", "view", "routine", "trigger", "event"}
    rehearsed.passes("upgrade")
    found = json.loads(rehearsed.passes("compare")[-1])
    assert found["tables"] == rehearsed.backup.tables
    assert found["server"].split()[0] == ("MariaDB" if rehearsed.claim.shop.is_mariadb else "MySQL")

    locked_out = rehearsed.step("compare", PLUGINS="shop@%\told_plugin\nother@%\tmysql_native_password")
    assert locked_out.returncode == 37
    assert "lets these accounts in no more: shop@% (old_plugin)" in locked_out.stdout

    (rehearsed.folder / "before").write_text(before.replace("table\ttree\t3", "table\ttree\t4"))
    different = rehearsed.step("compare")
    assert different.returncode == 36
    assert different.stdout.rstrip().endswith(": table tree")


def test_a_release_logs_in_as_it_does_in_production_and_has_its_own_database_alone(rehearsed: Rehearsed) -> None:
    """On MariaDB from 10.11 to 11.8."""
    is_mariadb = rehearsed.claim.shop.is_mariadb
    plugin = "mysql_native_password" if is_mariadb else "caching_sha2_password"
    newer = ALL_KINDS["mariadb-11.8"] if is_mariadb else None
    name, own = "atelier-cadrart", sql.grant_pattern("atelier-cadrart")
    rehearsed.passes("load", ACCOUNT=name, OWN_DATABASE=own, DATABASE_PASSWORD="made-up", PLUGIN=plugin)
    rehearsed.passes("upgrade", newer)
    found = json.loads(rehearsed.passes("compare", newer)[-1])
    assert found["server"].startswith("MariaDB 11.8" if is_mariadb else "MySQL 9")
    port = free_port()
    with rehearsed.begun("serve", newer, PORT=str(port)) as server:
        try:
            release = eventually_connected(port, rehearsed.backup.database)
            with release.cursor() as cursor:
                cursor.execute("SELECT COUNT(*) FROM tree")
                assert cursor.fetchall() == ((3,),)
                cursor.execute("CREATE TABLE made_by_a_migration (id INT PRIMARY KEY)")
                with pytest.raises(pymysql.err.MySQLError, match="denied"):
                    cursor.execute("SELECT user FROM mysql.user")
            release.close()
            root = pymysql.connect(unix_socket=str(rehearsed.folder / "server.sock"), user="root")
            with root.cursor() as cursor:
                cursor.execute("SELECT plugin FROM mysql.user WHERE user = 'atelier-cadrart'")
                assert cursor.fetchall() == ((plugin,),)
                wait_until_nobody_new_asks(cursor)  # else the script itself may not have found the server up yet
                cursor.execute("SHUTDOWN")
            said, _ = server.communicate()
        finally:
            server.kill()
    assert server.returncode == 32
    assert "has ended" in said


def wait_until_nobody_new_asks(cursor: Any) -> None:
    """The script asks five times a second whether the server is up, by a new connection each time."""
    before = None
    while True:
        cursor.execute("SHOW GLOBAL STATUS LIKE 'Connections'")
        found = cursor.fetchall()
        if found == before:
            return
        before = found
        time.sleep(1)


def eventually_connected(port: int, database: str) -> Connection:
    """As the release does, over the pod's own address; tries for a minute."""
    deadline = time.monotonic() + 60
    while True:
        try:
            return pymysql.connect(
                host="127.0.0.1", port=port, user="atelier-cadrart", password="made-up", database=database
            )
        except pymysql.err.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


class Answers(BaseHTTPRequestHandler):
    """A release: the path to the statuses that it answers with, one after the other, the last one again and again."""

    pages: ClassVar[dict[str, tuple[list[int], str]]] = {}

    def do_GET(self) -> None:
        """What the page has, in pieces, as a server does that does not know how long an answer will be."""
        statuses, body = self.pages.get(self.path, ([404], "no such page"))
        self.send_response(statuses.pop(0) if len(statuses) > 1 else statuses[0])
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def release() -> Iterator[tuple[Release, type[Answers]]]:
    """One that serves on the address of the pod, and what it answers."""
    pages = type("Pages", (Answers,), {"pages": {}})
    with HTTPServer(("127.0.0.1", 0), pages) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        spec = replace(RELEASE.spec, ports=(replace(RELEASE.spec.http, number=server.server_port),))
        yield replace(RELEASE, spec=spec, time_limit=1), pages
        server.shutdown()
        thread.join()


def test_a_release_that_gets_well_is_judged_by_what_it_answers(
    rehearsed: Rehearsed, release: tuple[Release, type[Answers]]
) -> None:
    tried, answers = release
    tried = replace(tried, time_limit=60)
    missing = [f"{number}-a-migration-with-a-long-name" for number in range(900)]
    answers.pages["/api/health/live"] = ([503, 200, 503, 200], '{\n"database": "shop"\n}')
    answers.pages["/api/schema"] = ([200], json.dumps({"missing": missing}))
    reported = rehearsed.passes("ask", None, **question_variables(tried))
    assert answers.pages["/api/health/live"][0] == [200]
    assert answers_problem(tried, reported).endswith(f"migrations missing: {', '.join(missing)}")

    answers.pages["/api/schema"] = ([200], '{"missing": []}')
    assert answers_problem(tried, rehearsed.passes("ask", None, **question_variables(tried))) == ""
    del answers.pages["/api/schema"]
    assert answers_problem(tried, rehearsed.passes("ask", None, **question_variables(tried))) == ""


def test_a_release_that_is_not_well_in_time_says_why(
    rehearsed: Rehearsed, release: tuple[Release, type[Answers]]
) -> None:
    tried, answers = release
    answers.pages["/api/health/live"] = ([503], "the server lets nobody in")
    refused = rehearsed.step("ask", None, **question_variables(tried))
    assert refused.returncode == 38
    assert f"{tried.name}: /api/health/live answers 503: the server lets nobody in" in refused.stdout

    silent = replace(tried, spec=replace(tried.spec, ports=(replace(tried.spec.http, number=free_port()),)))
    refused = rehearsed.step("ask", None, **question_variables(silent))
    assert refused.returncode == 38
    assert f"{tried.name}: /api/health/live gives no answer" in refused.stdout


def test_a_server_that_does_not_start_on_the_files_says_why(rehearsed: Rehearsed) -> None:
    rehearsed.passes("load")
    refused = rehearsed.step("upgrade", MYSQL if rehearsed.claim.shop.is_mariadb else MARIADB)
    assert refused.returncode == 32
    assert "does not start on these files" in refused.stdout
    assert "[ERROR]" in refused.stdout


def test_a_setting_that_the_server_does_not_know_fails_its_rehearsal(rehearsed: Rehearsed) -> None:
    rehearsed.passes("load")
    refused = rehearsed.step("upgrade", SETTINGS=file_text({"no_such_variable": "1"}))
    assert refused.returncode == 32
    assert "no_such_variable" in refused.stdout


def test_a_node_without_room_is_not_filled(rehearsed: Rehearsed) -> None:
    refused = rehearsed.step("load", NEEDED=str(1 << 60))
    assert refused.returncode == 31
    assert not (rehearsed.folder / "data").exists()
