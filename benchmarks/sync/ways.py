"""The ways to copy a database that are compared: each makes staging hold production's data."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pymysql
from pymysql.connections import Connection
from pymysql.cursors import Cursor

from benchmarks.sync.writers import Account
from cadrart_infra.mysql.processor import ReadProcessor, not_known
from cadrart_infra.mysql.server import Endpoint
from cadrart_infra.staging_sync.pace import FAST, Pace
from cadrart_infra.staging_sync.request import SyncRequest, SyncResult
from cadrart_infra.staging_sync.sync import run_sync
from cadrart_infra.terminal import Say
from sandbox.local_servers import LocalServer

PRODUCTION, STAGING, SYNC_USER = "atelier-cadrart", "atelier-cadrart-stg", "cadrart-sync"
STAGING_USER = STAGING


@dataclass(frozen=True)
class Stage:
    """One server with the production database on it."""

    server: LocalServer
    sync_password: str
    processor: ReadProcessor = not_known
    """The counters of the limit that the server runs within."""

    def connect(self, schema: str | None = PRODUCTION) -> Connection[Cursor]:
        """As root."""
        return pymysql.connect(
            host=self.server.host,
            port=self.server.port,
            user="root",
            password=self.server.root_password,
            database=schema,
            autocommit=True,
        )

    def run(self, *statements: str) -> None:
        """Execute as root."""
        connection = self.connect(None)
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
        connection.close()

    def empty_staging(self) -> None:
        """Staging without tables, as a restore needs it."""
        self.run(
            f"DROP DATABASE IF EXISTS `{STAGING}`",
            f"CREATE DATABASE `{STAGING}` CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci",
        )

    @property
    def account(self) -> Account:
        """Production's writers log in with it."""
        return Account(self.server.host, self.server.port, "root", PRODUCTION, self.server.root_password)

    def drop_copies(self) -> None:
        """No copy of production anywhere: the next sync is a first one."""
        self.run(*(f"DROP DATABASE IF EXISTS `{STAGING}{suffix}`" for suffix in ("", "_next", "_prev", "_sync")))

    def sync(self, pace: Pace = FAST) -> SyncResult:
        """This project's sync, verification included."""
        return self._sync(pace, lambda _: None)

    def sync_said(self, pace: Pace) -> str:
        """The same; what it says of its waiting, empty where it hardly waited."""
        said: list[str] = []
        self._sync(pace, said.append)
        return next((line for line in said if line.startswith("waited ")), "")

    def _sync(self, pace: Pace, say: Say) -> SyncResult:
        endpoint = Endpoint(self.server.host, self.server.port, SYNC_USER, self.sync_password, processor=self.processor)
        owner = replace(endpoint, user=STAGING_USER)
        return run_sync(endpoint, owner, SyncRequest(PRODUCTION, STAGING, pace=pace, take_over=STAGING), say)

    def dump_to_file_and_restore(self) -> None:
        """The former script with its defects repaired: dump to a file, drop, create, restore from the file."""
        with tempfile.TemporaryDirectory() as folder, self._client_settings() as settings:
            dump = Path(folder) / "dump.sql"
            with dump.open("wb") as target:
                subprocess.run(self._dump(settings), stdout=target, check=True)
            self.empty_staging()
            with dump.open("rb") as source:
                subprocess.run(self._client(settings), stdin=source, check=True)

    def dump_piped(self) -> None:
        """`mysqldump | mysql`."""
        with self._client_settings() as settings:
            self.empty_staging()
            with subprocess.Popen(self._dump(settings), stdout=subprocess.PIPE) as dump:
                subprocess.run(self._client(settings), stdin=dump.stdout, check=True)
            if dump.returncode != 0:
                raise RuntimeError(f"the dump ended with {dump.returncode}")

    def mydumper(self) -> None:
        """mydumper to files, myloader from them, two threads each."""
        with tempfile.TemporaryDirectory() as folder, self._client_settings(on_host=True) as settings:
            common = [f"--defaults-file={settings}", f"--threads={os.cpu_count() or 2}"]
            subprocess.run(["mydumper", *common, "--database", PRODUCTION, "--outputdir", folder], check=True)
            self.empty_staging()
            load = ["myloader", *common, "--directory", folder, "--database", STAGING, "--overwrite-tables"]
            subprocess.run(load, check=True)

    def read_committed_copy(self) -> None:
        """INSERT … SELECT of every table in turn: on the server, without locks, and not of one instant."""
        self.empty_staging()
        connection = self.connect(STAGING)
        with connection.cursor() as cursor:
            cursor.execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED")
            cursor.execute("SET SESSION foreign_key_checks = 0, unique_checks = 0")
            cursor.execute(f"SHOW TABLES FROM `{PRODUCTION}`")
            for (table,) in cursor.fetchall():
                cursor.execute(f"SHOW CREATE TABLE `{PRODUCTION}`.`{table}`")
                row = cursor.fetchone()
                cursor.execute(row[1] if row else "")
                cursor.execute(f"INSERT INTO `{table}` SELECT * FROM `{PRODUCTION}`.`{table}`")
        connection.close()

    def copy_files(self) -> None:
        """`cp` of the data files: no usable database, but nothing that copies can be quicker."""
        (source,) = self.server.data_folder.glob("atelier*cadrart")
        with tempfile.TemporaryDirectory(dir=self.server.folder) as folder:
            subprocess.run(["cp", "-r", str(source), folder], check=True)
            subprocess.run(["sync", "-f", folder], check=True)

    def _dump(self, settings: str) -> list[str]:
        options = ["--single-transaction", "--routines", "--triggers", "--events"]
        if self.server.kind.name == "mysql":
            options.append("--set-gtid-purged=OFF")  # or the restore on the same server is refused
        return self.server.client_command(self._program("dump"), f"--defaults-file={settings}", *options, PRODUCTION)

    def _client(self, settings: str) -> list[str]:
        return self.server.client_command(self._program(""), f"--defaults-file={settings}", STAGING)

    def _program(self, suffix: str) -> str:
        names = {"mysql": ("mysql", "mysqldump"), "mariadb": ("mariadb", "mariadb-dump")}[self.server.kind.name]
        return f"/usr/bin/{names[1] if suffix else names[0]}"

    @contextmanager
    def _client_settings(self, on_host: bool = False) -> Iterator[str]:
        """A settings file with the account in it, so that no password is in an argument list."""
        path = self.server.folder / "client.cnf"
        path.touch(mode=0o600)
        path.write_text(
            f"[client]\nhost={self.server.host}\nport={self.server.port}\nuser=root\n"
            f"password={self.server.root_password}\n"
        )
        try:
            yield str(path) if on_host else f"/mnt/{path.name}"
        finally:
            path.unlink()


def has_mydumper() -> bool:
    """mydumper is a Debian package of its own."""
    return shutil.which("mydumper") is not None and shutil.which("myloader") is not None
