"""What an update that was killed in its backup leaves: a preview reports it, the next update removes it."""

from datetime import UTC, datetime
from typing import Any

from cadrart_infra.backup import killed_backup
from cadrart_infra.cluster.errors import ApiError
from cadrart_infra.cluster.kinds import JOB, LEASE, Kind
from cadrart_infra.update.killed_updates import announce_killed_backup
from tests.unit.cluster_objects import FixedKubectl

HELD = "2026-01-01T09:59:50.000000Z"
RAN_OUT = "2026-01-01T09:58:00.000000Z"


class Cluster(FixedKubectl):
    """One with or without the Job, and with a Lease that was renewed then; it is ten o'clock there."""

    def __init__(self, *, job: bool = True, renewed: str = "", may_look: bool = True) -> None:
        super().__init__([], {"": [""]})
        self._job, self._renewed, self._may_look = job, renewed, may_look

    def now(self, _timeout: float = 5) -> datetime:
        return datetime(2026, 1, 1, 10, tzinfo=UTC)

    def find(self, kind: Kind, _name: str, _timeout: float = 30) -> dict[str, Any] | None:
        if not self._may_look:
            raise ApiError(403, "jobs.batch is forbidden")
        if kind is LEASE and self._renewed:
            return {"metadata": {}, "spec": {"holderIdentity": "another", "renewTime": self._renewed}}
        return {"kind": "Job", "metadata": {"name": "cadrart-backup"}} if kind is JOB and self._job else None


def announced(copy: str = "", **cluster: Any) -> str:
    return announce_killed_backup(Cluster(**cluster), copy)  # type: ignore[arg-type]


def test_a_preview_names_it_when_nobody_is_at_it_any_more() -> None:
    assert announced().startswith("backup: the one of an update that was killed will be removed")
    assert announced(renewed=RAN_OUT) == announced()
    assert announced(renewed=HELD) == ""
    assert announced(job=False) == ""
    assert announced("shop-stg_backup", job=False) == announced()
    assert announced("shop-stg_backup", job=False, renewed=HELD) == ""


def test_a_preview_by_whoever_may_not_look_at_jobs_says_nothing() -> None:
    assert announced(may_look=False) == ""


def test_an_update_removes_the_job_and_says_what_stays_where_the_server_does_not_answer() -> None:
    there: Any = Cluster()
    said = killed_backup.remove(there, "")
    assert there.commands[0][:3] == ("delete", "job", "cadrart-backup")
    assert "killed is removed" in said
    assert "stays until the next update or backup: the database server is not ready" in said


def test_an_update_removes_a_copy_whose_job_is_gone() -> None:
    alone: Any = Cluster(job=False)
    assert "stays until the next update or backup" in killed_backup.remove(alone, "shop-stg_backup")


def test_an_update_that_finds_none_asks_the_server_nothing() -> None:
    nothing: Any = Cluster(job=False)
    assert killed_backup.remove(nothing, "") == ""
    assert nothing.commands == []
