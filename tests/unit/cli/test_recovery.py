"""A recovery removes Pulumi's lock of a run that is dead, and of no other."""

import contextlib
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from cadrart_infra.cli import recovery
from cadrart_infra.cli.stack_lock import LockOfLiveRun, StackLock, locks_in, refusal

HERE = socket.gethostname()
SAID = f"""error: the stack is currently locked by 2 lock(s). Either wait for the other process(es) to end or delete it.
  file:///state/1.json?metadata=skip: created by anna@{HERE} (pid 4194305) at 2026-11-29T13:00:00Z
  s3://state/2.json: created by ben@runner (pid 7) at 2026-11-29T13:00:01+01:00"""
DEAD, ELSEWHERE = locks_in(SAID)


@pytest.fixture
def live(tmp_path: Path) -> Iterator[StackLock]:
    """The lock of a process that goes on."""
    pulumi = tmp_path / "pulumi"
    pulumi.symlink_to("/bin/sleep")
    with subprocess.Popen([pulumi, "60"]) as process:
        yield StackLock("anna", HERE, process.pid, "2026-11-29T13:00:00Z")
        process.kill()


def recovered(monkeypatch: pytest.MonkeyPatch, *looks: list[StackLock]) -> list[str]:
    """What is done, where the stack has these locks whenever somebody looks, the last ones for good."""
    done = list[str]()

    def locks() -> list[StackLock]:
        done.append("look")
        return looks[min(done.count("look"), len(looks)) - 1]

    engine = SimpleNamespace(locks=locks, cancel=lambda: done.append("cancel"))
    monkeypatch.setattr(recovery, "exclusive_access", lambda *_: contextlib.nullcontext())
    monkeypatch.setattr(recovery, "_PAUSE", 0)
    monkeypatch.setattr(recovery, "_FROM_LOCK_TO_LEASE", 0.05)
    page = SimpleNamespace(line=lambda _: None)
    workspace: Any = SimpleNamespace(kubectl=lambda: None, stack="prod", page=page, engine=lambda: engine)
    assert recovery.recover(workspace) == 0
    return done


def test_pulumi_says_whose_locks_there_are() -> None:
    assert (DEAD.who, DEAD.pid, DEAD.is_of_this_machine, DEAD.lives) == ("anna", 4194305, True, False)
    assert (ELSEWHERE.host, ELSEWHERE.is_of_this_machine) == ("runner", False)
    assert locks_in("error: a stack named prod already exists") == []


def test_a_refusal_tells_whose_locks_there_are_and_the_way_on(live: StackLock) -> None:
    told = refusal(f"{SAID}\n  file:///state/3.json: created by anna@{HERE} (pid {live.pid}) at 2026-11-29T13:00:00Z")
    assert told.splitlines() == [
        "Pulumi's lock on this stack is taken:",
        f"  by process 4194305 of anna on {HERE}, which is dead, since 2026-11-29T13:00:00Z",
        "  by process 7 of ben on runner, since 2026-11-29T13:00:01+01:00",
        f"  by process {live.pid} of anna on {HERE}, which lives, since 2026-11-29T13:00:00Z",
        "Wait for the end of a run that lives. After one that was killed: cadrart recover. It looks first, and removes "
        "no lock of a run that lives.",
    ]
    assert refusal("a stack named prod already exists") == "a stack named prod already exists"


def test_the_lock_of_a_run_that_lives_stays(monkeypatch: pytest.MonkeyPatch, live: StackLock) -> None:
    with pytest.raises(LockOfLiveRun, match=f"process {live.pid} of anna on this machine .*kill -INT {live.pid}"):
        recovered(monkeypatch, [live])


def test_the_lock_of_a_dead_run_is_removed_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    assert recovered(monkeypatch, [DEAD]) == ["look", "cancel"]


def test_a_run_of_another_machine_has_time_to_be_refused_the_lease(monkeypatch: pytest.MonkeyPatch) -> None:
    assert recovered(monkeypatch, [ELSEWHERE], []) == ["look", "look", "cancel"]
    assert recovered(monkeypatch, [ELSEWHERE]).count("look") > 2
