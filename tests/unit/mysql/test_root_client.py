"""The server's client as root: an error says its kind, and never a password."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cadrart_infra.mysql import errors
from cadrart_infra.mysql.root_client import ClientFailed, RootClient


def client(tmp_path: Path, body: str, password: str = "secret", former: str = "") -> RootClient:
    """A RootClient whose server's client is a script."""
    program = tmp_path / "mysql"
    program.write_text(f"#!/bin/sh\n{body}\n")
    program.chmod(0o755)
    return RootClient(["env", f"PATH={tmp_path}:/usr/bin:/bin"], password, former=lambda: former)


def test_rows_come_back_and_the_password_is_no_argument(tmp_path: Path) -> None:
    rows = client(tmp_path, 'printf "%s\\t%s\\n" "$MYSQL_PWD" "$*"; cat').run("SELECT 1", "SELECT 2")

    assert rows[0][0] == "secret"
    assert "secret" not in rows[0][1]
    assert rows[1][0].startswith("SET SESSION ")
    assert rows[2:] == [["SELECT 1;"], ["SELECT 2;"]]


@pytest.mark.parametrize(
    ("said", "case"),
    [
        ("ERROR 1045 (28000): Access denied for user 'root'@'localhost'", errors.AccessDenied),
        ("ERROR 1205 (HY000) at line 1: Lock wait timeout exceeded", errors.LockWait),
        ("ERROR 2002 (HY000): Can't connect to local server through socket", errors.ConnectionLost),
        ("error: pods db-1 not found", ClientFailed),
    ],
)
def test_what_the_client_says_decides_the_case(tmp_path: Path, said: str, case: type[errors.DatabaseError]) -> None:
    failing = client(tmp_path, f'echo "{said}" >&2; exit 1')

    with pytest.raises(errors.DatabaseError) as caught:
        failing.run("SELECT 1")

    assert type(caught.value) is case


def test_a_syntax_error_does_not_repeat_the_statement(tmp_path: Path) -> None:
    said = "ERROR 1064 (42000) at line 1: syntax error near 'IDENTIFIED BY secret'"
    failing = client(tmp_path, f'echo "{said}" >&2; exit 1')

    with pytest.raises(errors.Refused, match="syntax error") as caught:
        failing.run("CREATE USER x IDENTIFIED BY secret")

    assert "secret" not in str(caught.value)


def test_a_statement_that_the_client_repeats_is_left_out(tmp_path: Path) -> None:
    said = (
        "--------------\nALTER USER x IDENTIFIED BY secret\n--------------\n\nERROR 1396 (HY000) at line 5: it failed"
    )
    failing = client(tmp_path, f'echo "{said}" >&2; exit 1')

    with pytest.raises(errors.Refused, match=r"1396.*it failed") as caught:
        failing.run("ALTER USER x IDENTIFIED BY secret")

    assert "secret" not in str(caught.value)


def test_the_password_before_is_used_where_the_server_has_it_still(tmp_path: Path) -> None:
    denied = "echo 'ERROR 1045 (28000): Access denied' >&2; exit 1"
    body = f'[ "$MYSQL_PWD" = before ] || {{ {denied}; }}; echo done'

    assert client(tmp_path, body, "new", former="before").run("SELECT 1") == [["done"]]
    with pytest.raises(errors.AccessDenied):
        client(tmp_path, body, "new").run("SELECT 1")


def test_tables_are_upgraded_with_the_password_before_too(tmp_path: Path) -> None:
    upgrade = tmp_path / "mariadb-upgrade"
    upgrade.write_text(f'#!/bin/sh\necho "$MYSQL_PWD $*" >> {tmp_path}/upgraded\n')
    upgrade.chmod(0o755)
    denied = "echo 'ERROR 1045 (28000): Access denied' >&2; exit 1"
    root = client(tmp_path, f'[ "$MYSQL_PWD" = before ] || {{ {denied}; }}', "new", former="before")
    (tmp_path / "mysql").rename(tmp_path / "mariadb")

    root.upgrade_tables()

    assert (tmp_path / "upgraded").read_text() == "before --user=root\n"


def test_a_server_without_the_program_upgrades_its_tables_by_itself(tmp_path: Path) -> None:
    client(tmp_path, "exit 1").upgrade_tables()


def test_a_client_without_an_answer_speaks_of_who_may_hold_the_server(tmp_path: Path) -> None:
    silent = client(tmp_path, "exec sleep 20")
    silent._seconds = 1
    with pytest.raises(ClientFailed, match=r"no answer within 1 s; .*FLUSH TABLES WITH READ LOCK"):
        silent.run("GRANT SELECT ON shop.* TO somebody")


def test_any_character_passes_whatever_the_user_s_language_is(tmp_path: Path) -> None:
    """In France many a machine still reads and writes ISO-8859-1."""
    client(tmp_path, 'printf "%s\\n" "$MYSQL_PWD"; cat')
    password = ascii("passwörd €")
    code = (
        "from cadrart_infra.mysql.root_client import RootClient\n"
        f"rows = RootClient(['env', 'PATH={tmp_path}:/usr/bin:/bin'], {password}).run('SELECT 1')\n"
        f"assert rows[0] == [{password}], ascii(rows[0])\n"
    )
    other = {**os.environ, "LC_ALL": "C", "PYTHONCOERCECLOCALE": "0"}
    subprocess.run([sys.executable, "-X", "utf8=0", "-c", code], env=other, check=True)
