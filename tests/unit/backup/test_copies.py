"""Copies of backups outside the cluster, with a folder in the claim's place and commands that run here."""

import gzip
import hashlib
import os
import signal
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import IO

import pytest

from cadrart_infra.backup import copies
from cadrart_infra.backup.backups import listed, parse_records
from cadrart_infra.backup.copies import download, upload
from cadrart_infra.backup.errors import BackupError
from cadrart_infra.backup.held_claim import HeldClaim
from cadrart_infra.backup.jobs import script_text
from cadrart_infra.cluster.errors import ClusterError
from cadrart_infra.cluster.kubectl import Kubectl
from tests.unit.backup.examples import record

OLDER, NEWEST = "20261123-215500-blue", "20261124-030000-green"
KUBECTL = Kubectl("cadrart")


@pytest.fixture
def claim(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A claim with two backups."""
    folder = tmp_path / "claim"
    folder.mkdir()
    for name in (OLDER, NEWEST):
        put(folder, name)

    def with_claim(_kubectl: Kubectl, work: Callable[[HeldClaim], None], *, read_only: bool) -> None:
        before = files(folder)
        work(HeldClaim(*listed(list_output(folder)), ["env"], str(folder)))
        assert not read_only or files(folder) == before

    monkeypatch.setattr(copies, "with_claim", with_claim)
    return folder


@pytest.fixture
def here(tmp_path: Path) -> Path:
    folder = tmp_path / "here"
    folder.mkdir()
    return folder


def put(folder: Path, name: str) -> None:
    rows = gzip.compress(name.encode() * 1000)
    (folder / f"{name}.sql.gz").write_bytes(rows)
    checksum = hashlib.sha256(rows).hexdigest()
    (folder / f"{name}.json").write_text(record(name, sha256=checksum, bytes=len(rows)) + "\n")


def files(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}


def list_output(folder: Path) -> list[str]:
    listed = subprocess.run(
        ["bash", "-c", script_text("list")], env={**os.environ, "BACKUPS": str(folder)}, capture_output=True, check=True
    )
    return listed.stdout.decode().splitlines()


def refused(call: Callable[[], object]) -> str:
    with pytest.raises(BackupError) as error:
        call()
    return str(error.value)


def hear_nothing(said: str) -> None:
    raise AssertionError(said)


class TestDownload:
    def test_a_copy_is_as_on_the_claim_and_only_its_owner_may_read_it(self, claim: Path, here: Path) -> None:
        said: list[str] = []
        assert download(KUBECTL, OLDER, here, said.append) == here / f"{OLDER}.sql.gz"
        assert files(here) == {name: content for name, content in files(claim).items() if name.startswith(OLDER)}
        assert {stat.S_IMODE(file.stat().st_mode) for file in here.iterdir()} == {0o600}
        assert len(said) == 1

    def test_one_that_is_there_already_is_not_copied_again(self, claim: Path, here: Path) -> None:
        download(KUBECTL, "latest", here, lambda _: None)
        (claim / f"{NEWEST}.sql.gz").write_bytes(b"not read")
        assert download(KUBECTL, "latest", here, hear_nothing) == here / f"{NEWEST}.sql.gz"
        assert gzip.decompress((here / f"{NEWEST}.sql.gz").read_bytes()) == NEWEST.encode() * 1000

    def test_another_file_of_its_name_stays(self, claim: Path, here: Path) -> None:
        (here / f"{OLDER}.sql.gz").write_bytes(b"somebody's")
        assert "is not the backup" in refused(lambda: download(KUBECTL, OLDER, here, lambda _: None))
        assert files(here) == {f"{OLDER}.sql.gz": b"somebody's"}

    @pytest.mark.parametrize("damaged", [b"", b"cut"])
    def test_what_does_not_arrive_whole_is_not_kept(self, claim: Path, here: Path, damaged: bytes) -> None:
        (claim / f"{OLDER}.sql.gz").write_bytes(damaged)
        assert "does not have the checksum" in refused(lambda: download(KUBECTL, OLDER, here, lambda _: None))
        assert files(here) == {}

    @pytest.mark.parametrize("is_there", [False, True])
    def test_the_pod_need_not_outlive_the_checksum_that_is_made_here(
        self, claim: Path, here: Path, monkeypatch: pytest.MonkeyPatch, is_there: bool
    ) -> None:
        """It ends by itself when nothing was asked of it for a minute, and a large file takes longer."""
        if is_there:
            download(KUBECTL, OLDER, here, lambda _: None)
        before, ended, checksum = files(claim), list[Path](), copies._sha256

        def long_checksum(file: Path) -> str:
            ended.append(file)
            for one in claim.iterdir():
                one.unlink()
            return checksum(file)

        wanted = {name: content for name, content in before.items() if name.startswith(OLDER)}
        monkeypatch.setattr(copies, "_sha256", long_checksum)
        monkeypatch.setattr(
            copies,
            "with_claim",
            lambda _, work, **__: work(HeldClaim(*listed(list_output(claim)), ["env"], str(claim))),
        )
        download(KUBECTL, OLDER, here, lambda _: None)
        assert (files(here), len(ended)) == (wanted, 1)

    def test_a_folder_that_is_not_there_is_named(self, claim: Path, here: Path) -> None:
        problem = refused(lambda: download(KUBECTL, "latest", here / "missing", lambda _: None))
        assert "missing is not a folder. Nothing was changed. Make it first: mkdir -p" in problem

    def test_a_connection_that_is_lost_leaves_nothing(
        self, claim: Path, here: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def lost(_claim: HeldClaim, _file: str, into: IO[bytes]) -> None:
            into.write(b"half")
            raise ClusterError("connection reset by peer")

        monkeypatch.setattr(HeldClaim, "read", lost)
        problem = refused(lambda: download(KUBECTL, "latest", here, lambda _: None))
        assert problem == ("The backup was not copied: connection reset by peer. Nothing was changed. Run it again.")
        assert files(here) == {}

    def test_a_newest_one_without_record_is_not_passed_over(self, claim: Path, here: Path) -> None:
        (claim / f"{NEWEST}.json").unlink()
        assert f"{NEWEST}.json on the claim is missing" in refused(
            lambda: download(KUBECTL, "latest", here, lambda _: None)
        )
        assert files(here) == {}


class TestUpload:
    def test_a_copy_comes_back_as_it_was(self, claim: Path, here: Path) -> None:
        before = files(claim)
        download(KUBECTL, OLDER, here, lambda _: None)
        for name in (f"{OLDER}.sql.gz", f"{OLDER}.json"):
            (claim / name).unlink()
        assert upload(KUBECTL, here / f"{OLDER}.sql.gz", lambda _: None).name == OLDER
        assert files(claim) == before

    def test_one_that_is_on_the_claim_is_not_written_again(self, claim: Path) -> None:
        said: list[str] = []
        upload(KUBECTL, claim / f"{OLDER}.sql.gz", said.append)
        assert said == [f"{OLDER} is on the claim already"]

    def test_another_one_of_its_name_stays(self, claim: Path, here: Path) -> None:
        put(here, OLDER)
        described = (here / f"{OLDER}.json").read_text()
        (here / f"{OLDER}.json").write_text(described.replace("9.7.4", "8.4.0"))
        before = files(claim)
        assert "There is another backup with the name" in refused(
            lambda: upload(KUBECTL, here / f"{OLDER}.sql.gz", hear_nothing)
        )
        assert files(claim) == before

    @pytest.mark.parametrize(("suffix", "content"), [(".json", "{"), (".sql.gz", "cut")])
    def test_it_mends_one_that_is_damaged(self, claim: Path, here: Path, suffix: str, content: str) -> None:
        before = files(claim)
        download(KUBECTL, OLDER, here, lambda _: None)
        (claim / f"{OLDER}{suffix}").write_text(content)
        upload(KUBECTL, here / f"{OLDER}.sql.gz", lambda _: None)
        assert files(claim) == before

    @pytest.mark.parametrize(
        ("spoil", "reported"),
        [
            (lambda folder: (folder / f"{OLDER}.json").unlink(), "cannot be read: No such file"),
            (lambda folder: (folder / f"{OLDER}.sql.gz").unlink(), "cannot be read: No such file"),
            (lambda folder: (folder / f"{OLDER}.json").write_text("{}"), "is not the record of a backup"),
            (lambda folder: (folder / f"{OLDER}.json").write_bytes(b"\xff"), "is not the record of a backup"),
            (lambda folder: (folder / f"{OLDER}.sql.gz").write_bytes(b"cut"), "or it is damaged"),
            (lambda folder: (folder / f"{OLDER}.json").write_text(record(NEWEST)), "or it is damaged"),
        ],
    )
    def test_a_copy_that_is_not_whole_is_refused_here(
        self, claim: Path, here: Path, spoil: Callable[[Path], object], reported: str
    ) -> None:
        put(here, OLDER)
        spoil(here)
        before = files(claim)
        problem = refused(lambda: upload(KUBECTL, here / f"{OLDER}.sql.gz", hear_nothing))
        assert reported in problem
        assert "Nothing was changed." in problem
        assert files(claim) == before

    def test_another_file_than_the_rows_is_refused(self, claim: Path) -> None:
        assert "Name the file that ends with .sql.gz" in refused(
            lambda: upload(KUBECTL, claim / f"{OLDER}.json", hear_nothing)
        )

    def test_one_without_room_is_refused_before_it_is_sent(
        self, claim: Path, here: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        put(here, "20261125-030000-green")
        monkeypatch.setattr(HeldClaim, "free_bytes", lambda _: 5)
        before = files(claim)
        problem = refused(lambda: upload(KUBECTL, here / "20261125-030000-green.sql.gz", hear_nothing))
        assert "and the claim has 5 B left" in problem
        assert files(claim) == before

    def test_what_does_not_arrive_whole_is_no_backup(
        self, claim: Path, here: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        put(here, "20261125-030000-green")
        monkeypatch.setattr(HeldClaim, "write", lambda *_: "another")
        rows = here / "20261125-030000-green.sql.gz"
        assert "did not arrive on the claim" in refused(lambda: upload(KUBECTL, rows, lambda _: None))
        assert {backup.name for backup in parse_records(list_output(claim))} == {OLDER, NEWEST}

    def test_a_claim_that_cannot_be_written_is_named(self, claim: Path, here: Path) -> None:
        put(here, "20261125-030000-green")
        (claim / "20261125-030000-green.sql.gz.partial").mkdir()
        rows = here / "20261125-030000-green.sql.gz"
        problem = refused(lambda: upload(KUBECTL, rows, lambda _: None))
        assert problem.startswith("The backup was not brought to the claim: ")
        assert "The backups on the claim are as they were. Run it again." in problem


def test_the_pod_lists_the_backups_says_so_and_ends_when_told(claim: Path) -> None:
    environment = {**os.environ, "BACKUPS": str(claim), "READY": "at hand"}
    with subprocess.Popen(["bash", "-c", script_text("hold")], env=environment, stdout=subprocess.PIPE) as pod:
        assert pod.stdout is not None
        lines = []
        while (line := pod.stdout.readline().decode().rstrip("\n")) != "at hand":
            lines.append(line)
        pod.send_signal(signal.SIGTERM)
        assert pod.wait(10) == 0
    assert [backup.name for backup in parse_records(lines)] == [NEWEST, OLDER]
