"""An upgrade rehearsed by the script itself, on the real servers' programs and on files of its own."""

from __future__ import annotations

import json
import os
import socket
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from cadrart_infra.backup.backups import Backup
from cadrart_infra.backup.jobs import script_text
from cadrart_infra.rehearsal.job import rehearsal_text
from cadrart_infra.server_variables import text_of
from sandbox.local_servers import MARIADB, MYSQL, ServerKind
from tests.database.backups import Claim, backed_up, fill_with_everything


@dataclass
class Rehearsed:
    """One rehearsal's folder, as the steps see it, and the backup."""

    claim: Claim
    backup: Backup
    folder: Path

    def step(self, name: str, kind: ServerKind | None = None, **variables: str) -> subprocess.CompletedProcess[str]:
        """One container of the Job, with the server's own programs or another kind's."""
        server = self.claim.shop.server
        environment = {
            "PATH": os.environ["PATH"],
            "STEP": name,
            "WORK": f"/mnt/{self.folder.name}",
            "SETTINGS": text_of({"max_connections": "33"}),
            "NEEDED": "1000000",
            "PORT": str(_free_port()),
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
        return subprocess.run(
            command, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
        )

    def passes(self, name: str) -> list[str]:
        done = self.step(name)
        assert done.returncode == 0, done.stdout
        return done.stdout.splitlines()


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


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


def test_a_server_that_does_not_start_on_the_files_says_why(rehearsed: Rehearsed) -> None:
    rehearsed.passes("load")
    refused = rehearsed.step("upgrade", MYSQL if rehearsed.claim.shop.is_mariadb else MARIADB)
    assert refused.returncode == 32
    assert "does not start on these files" in refused.stdout
    assert "[ERROR]" in refused.stdout


def test_a_setting_that_the_server_does_not_know_fails_its_rehearsal(rehearsed: Rehearsed) -> None:
    rehearsed.passes("load")
    refused = rehearsed.step("upgrade", SETTINGS=text_of({"no_such_variable": "1"}))
    assert refused.returncode == 32
    assert "no_such_variable" in refused.stdout


def test_a_node_without_room_is_not_filled(rehearsed: Rehearsed) -> None:
    refused = rehearsed.step("load", NEEDED=str(1 << 60))
    assert refused.returncode == 31
    assert not (rehearsed.folder / "data").exists()
