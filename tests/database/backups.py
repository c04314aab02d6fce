"""Backups made and loaded by the scripts themselves, and a restore's sessions, on the server of a test."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from cadrart_infra.backup import making
from cadrart_infra.backup.backups import Backup, parse_records
from cadrart_infra.backup.comparison import Comparison, removed_afterwards
from cadrart_infra.backup.exchange import database_options
from cadrart_infra.backup.jobs import script_text
from cadrart_infra.backup.making import LOAD
from cadrart_infra.backup.notes import NOTES
from cadrart_infra.backup.restore_account import USER, RestoreAccount
from cadrart_infra.backup.restore_names import RestoreNames
from cadrart_infra.backup.restored_database import require_as_noted
from cadrart_infra.mysql.server import Endpoint
from cadrart_infra.mysql.session import Session
from tests.database import zoo
from tests.database.harness import PRODUCTION, STAGING, SYNC_PASSWORD, SYNC_USER, Shop, root_client

NAME = "20261123-215500-blue"
RESTORE_PASSWORD = "restore'password"
BESIDE = f"{STAGING}_backup"
PLACES = RestoreNames(PRODUCTION, f"{PRODUCTION}-restored", f"{PRODUCTION}-replaced-261123-220000")


@dataclass
class Claim:
    """A folder, and how the server's own programs see it."""

    shop: Shop
    folder: Path
    seen_as: str
    reasons: list[str] = field(default_factory=list)
    """What the last backup differed in, when it was compared."""

    def dump(
        self, name: str = NAME, keep: int = 5, path: str = "/usr/bin", verify: str = LOAD, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        """Makes one, as an update does: the Job's script, and the comparison beside it."""
        with closing(Session(self.shop.endpoint)) as session:
            comparison = Comparison(session, PRODUCTION, BESIDE, lambda: trusted_session(self.shop))
            with removed_afterwards(comparison):
                before = comparison.begin(self.shop.endpoint, loads=verify == LOAD)
                process = self.start("dump", PRODUCTION, path, NAME=name, KEEP=str(keep), **{
                    "COMPARISON": BESIDE, "VERIFY": verify, **variables
                })  # fmt: skip
                compared = making.Beside(comparison, before, self.shop.lines.append, {})
                said = ""
                with process:
                    assert process.stdout is not None
                    for line in process.stdout:
                        said += line
                        compared.heard(line.rstrip("\n"))
                self.reasons = compared.reasons
                return subprocess.CompletedProcess(process.args, process.returncode, said)

    def dump_as_older_releases(self) -> Backup:
        """A dump of the client programs, made by the script of the releases that did so."""
        script = Path(__file__).parent / "data" / "older_dump.sh"
        done = self._run("dump", PRODUCTION, text=script.read_text(), NAME=NAME, KEEP="5")
        assert done.returncode == 0, done.stdout
        (backup,) = self.list()
        assert backup.format == 1
        return backup

    def load(self, backup: Backup, part: str, database: str) -> subprocess.CompletedProcess[str]:
        account = {"DATABASE_USER": USER, "MYSQL_PWD": RESTORE_PASSWORD}
        backed_up = {"NAME": backup.name, "SHA256": backup.sha256, "SOURCE": backup.database}
        backed_up["FORMAT"] = str(backup.format)
        return self._run("load", database, PART=part, **backed_up, **account)

    def list(self) -> list[Backup]:
        return parse_records(self._run("list", "").stdout.splitlines())

    def start(
        self, script: str, database: str, path: str = "/usr/bin", text: str = "", **variables: str
    ) -> subprocess.Popen[str]:
        """A script of the package, as it runs in a Job's pod."""
        server = self.shop.server
        environment = {
            "PATH": os.environ["PATH"],
            "BACKUPS": self.seen_as,
            "DATABASE": database,
            "DATABASE_HOST": server.host,
            "DATABASE_PORT": str(server.port),
            "DATABASE_USER": SYNC_USER,
            "MYSQL_PWD": SYNC_PASSWORD,
            "TIME": "2026-11-23T21:55:00+00:00",
            "SERVING": json.dumps({"color": "blue", "images": {"backend-blue": "shop/backend:1.0.0"}}),
            **variables,
        }
        command = server.client_command("/bin/bash", "-c", f"PATH={path}\n{text or script_text(script)}")
        return subprocess.Popen(
            command, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, errors="replace"
        )

    def _run(self, script: str, database: str, text: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
        with self.start(script, database, text=text, **variables) as process:
            said, _ = process.communicate()
        return subprocess.CompletedProcess(process.args, process.returncode, said)


def fill_with_everything(shop: Shop, *, older: bool = False) -> None:
    """The zoo; for an older release's dump but for one view's name.

    It made views in the order of their names, and a CHECK OPTION on a view that is not made yet is refused.
    """
    name = "third_view" if older else "a_first_view"
    shop.run(*(text.replace("a_first_view", name) for text in zoo.statements(shop.server.kind.name)))
    # The view is read as its invoker, so the account has to be allowed to run what the view runs.
    shop.run(f"GRANT EXECUTE ON FUNCTION `{PRODUCTION}`.plus_one TO '{SYNC_USER}'@'%'")


def backed_up(claim: Claim) -> Backup:
    done = claim.dump()
    assert done.returncode == 0, (done.stdout, claim.reasons)
    (backup,) = claim.list()
    assert not claim.shop.run(f"SHOW DATABASES LIKE '{BESIDE}'")
    return backup


def restored_beside(claim: Claim, backup: Backup) -> None:
    with look_session(claim.shop) as session:
        session.run(f"CREATE DATABASE `{PLACES.restored}` {database_options(session, PRODUCTION)}")
    done = claim.load(backup, "tables", PLACES.restored)
    assert done.returncode == 0, done.stdout
    with look_session(claim.shop) as session:
        require_as_noted(session, backup, PLACES, claim.shop.lines.append)


def restored_contents(shop: Shop) -> dict[str, list[tuple[Any, ...]]]:
    """What is in the tables of a backup that was restored beside production."""
    found = shop.contents(PLACES.restored)
    found.pop(NOTES, None)
    return found


def load_events(claim: Claim, backup: Backup) -> None:
    done = claim.load(backup, "events", PRODUCTION)
    assert done.returncode == 0, done.stdout


def account_of(shop: Shop) -> RestoreAccount:
    """The account of a restore, not created yet."""
    return RestoreAccount(root_client(shop.server), PLACES)


@contextmanager
def look_session(shop: Shop) -> Iterator[Session]:
    """As a restore looks at a backup: production can only be read."""
    endpoint = Endpoint(shop.server.host, shop.server.port, USER, RESTORE_PASSWORD)
    with closing(Session(endpoint)) as session:
        yield session


@contextmanager
def trusted_session(shop: Shop) -> Iterator[Session]:
    """As a backup makes triggers again where the server trusts nobody else."""
    account = replace(account_of(shop), places=replace(PLACES, restored=BESIDE))
    account.create(RESTORE_PASSWORD)
    with look_session(shop) as session:
        yield session
    account.remove()


@contextmanager
def exchange_session(shop: Shop) -> Iterator[Session]:
    """As a restore puts a backup in production's place."""
    with account_of(shop).on_production(), look_session(shop) as session:
        yield session


@contextmanager
def before_the_comparison(act: Callable[[], object]) -> Iterator[None]:
    """Of each backup that is made meanwhile: `act` is called when it was loaded."""
    heard = making.Beside.heard

    def hear(beside: making.Beside, line: str) -> None:
        if line == making.LOADED:
            act()
        heard(beside, line)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(making.Beside, "heard", hear)
        yield
