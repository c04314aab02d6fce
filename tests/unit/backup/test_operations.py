"""How a backup is made, and what is said of one that fails."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from cadrart_infra.backup.errors import BackupError, BackupFailed, explained_to_maker
from cadrart_infra.backup.making import BackupRequest, Compared
from cadrart_infra.backup.operations import list_backups, make_backup
from cadrart_infra.cluster.errors import ClusterError
from cadrart_infra.mysql.errors import AccessDenied, DatabaseError, Refused, TooLittleRoom
from tests.unit.backup.examples import Heard, comparing, record
from tests.unit.job_cluster import DONE, FakeCluster, pass_time_quickly, state


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    pass_time_quickly(monkeypatch)


WANTED = BackupRequest("atelier-cadrart", "blue", 5, 60)


class TestOperations:
    def test_a_failed_backup_says_what_is_untouched_and_how_to_go_on(self) -> None:
        cluster = FakeCluster(state(terminated={"exitCode": 12}), log="error: ERROR 1045: Access denied")
        with pytest.raises(BackupError) as failure:
            make_backup(cluster, WANTED, lambda _: None, comparing())  # type: ignore[arg-type]
        said = str(failure.value)
        assert said.startswith("The switch did not begin, because the backup before it failed.")
        assert "Production is as it was, and blue goes on serving it." in said
        assert "Secret cadrart-database-sync" in said
        assert "backup.beforeSwitch false" in said

    def test_a_server_that_cannot_be_reached_fails_the_backup_and_not_what_goes_on_without_it(self) -> None:
        """Its pod may be what a bad release has brought down, and the way back is not held up by a backup."""

        @contextlib.contextmanager
        def unreachable(*_: Any) -> Iterator[Compared]:
            raise ClusterError("timed out waiting for the condition on deployments/db")
            yield

        with pytest.raises(BackupFailed) as failure:
            make_backup(FakeCluster(DONE), WANTED, lambda _: None, unreachable)  # type: ignore[arg-type]
        assert failure.value.why == "timed out waiting for the condition on deployments/db"
        assert str(failure.value).startswith("The switch did not begin, because the backup before it failed. timed out")

    def test_one_that_was_asked_for_by_itself_speaks_of_no_switch(self) -> None:
        cluster = FakeCluster(state(terminated={"exitCode": 12}), log="error: ERROR 1045: Access denied")
        with pytest.raises(BackupError) as failure:
            make_backup(cluster, replace(WANTED, before=""), lambda _: None, comparing())  # type: ignore[arg-type]
        said = str(failure.value)
        assert said.startswith("The backup failed; no new one is kept. The database server refused the account")
        assert "Secret cadrart-database-sync" in said
        assert "switch" not in said.lower()
        assert "pulumi up" not in said

    def test_a_backup_is_reported_but_not_its_record(self) -> None:
        said: list[str] = []
        cluster = FakeCluster(DONE, log=f"dumping\n{record()}")
        backup = make_backup(cluster, WANTED, said.append, comparing())  # type: ignore[arg-type]
        assert (backup.name, said) == ("20261123-215500-blue", ["dumping"])

    def test_its_name_has_the_time_of_the_api_server_which_is_the_same_for_every_machine(self) -> None:
        """The oldest by name is the one that goes: a machine whose clock is late would throw its own away."""
        cluster = FakeCluster(DONE, log=record())
        make_backup(cluster, WANTED, lambda _: None, comparing())  # type: ignore[arg-type]
        assert cluster.created is not None
        (container,) = cluster.created["spec"]["template"]["spec"]["containers"]
        values = {one["name"]: one.get("value") for one in container["env"]}
        assert values["NAME"] == "20261123-215500-blue"
        assert values["TIME"] == "2026-11-23T21:55:00+00:00"

    def test_what_differs_is_said_instead_of_the_job_s_log(self) -> None:
        cluster = FakeCluster(state(terminated={"exitCode": 17}), log="loaded\nerror: not the same")
        with pytest.raises(BackupError) as failure:
            make_backup(cluster, WANTED, lambda _: None, comparing("table price: rows"))  # type: ignore[arg-type]
        said = str(failure.value)
        assert "does not come back as production was:\n    table price: rows" in said
        assert "blue goes on serving it" in said

    @pytest.mark.parametrize(
        ("error", "said"),
        [
            (AccessDenied("(1045) denied"), "The database server refused the account or its password: (1045) denied"),
            (TooLittleRoom("The disk has 5 MB free."), "pulumi config set --path backup.verify read"),
            (Refused("(1) no"), "The database server refused a step: (1) no"),
        ],
    )
    def test_what_the_server_refuses_the_comparison(self, error: DatabaseError, said: str) -> None:
        @contextlib.contextmanager
        def refuse(*_: object) -> Iterator[Compared]:
            raise explained_to_maker(error)
            yield

        with pytest.raises(BackupError) as failure:
            make_backup(FakeCluster(DONE), WANTED, lambda _: None, refuse)  # type: ignore[arg-type]
        assert said in str(failure.value)
        assert "Production is as it was" in str(failure.value)

    @pytest.mark.parametrize(
        ("log", "altered", "attempts"),
        [
            ("ERROR 1412 (HY000) at line 20: Table definition has changed", False, 3),
            ("ERROR 1142 (42000) at line 20: SELECT command denied", True, 3),
            ("ERROR 1142 (42000) at line 20: SELECT command denied", False, 1),
        ],
    )
    def test_it_starts_again_where_tables_were_altered_meanwhile(self, log: str, altered: bool, attempts: int) -> None:
        begun: list[object] = []

        def compare(*given: object) -> contextlib.nullcontext[Any]:
            begun.append(given)
            return contextlib.nullcontext(Heard(altered=altered))

        with pytest.raises(BackupError, match="at line 20"):
            make_backup(FakeCluster(state(terminated={"exitCode": 14}), log=log), WANTED, str, compare)  # type: ignore[arg-type]
        assert len(begun) == attempts

    def test_a_listing_has_the_newest_first(self) -> None:
        cluster = FakeCluster(DONE, log=f"{record('20261122-215500-blue')}\nnoise\n{{}}\n{record()}")
        found, damaged = list_backups(cluster)  # type: ignore[arg-type]
        assert [backup.name for backup in found] == ["20261123-215500-blue", "20261122-215500-blue"]
        assert damaged == []
