"""`pulumi up` or `destroy`, followed step by step, so that something can be done to it, or around it, at a step."""

import contextlib
import json
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from sandbox.shop.handle import Shop
from tests.cluster.assertions import assert_shown

_PHASES = {"resourcePreEvent": "starts", "resOutputsEvent": "ends"}
_MOST_SECONDS = 120


class Step(NamedTuple):
    """One write of an update, at its start or its end; the resource by its name."""

    resource: str
    phase: str

    def __str__(self) -> str:
        return f"{self.resource} {self.phase}"


class FollowedUpdate:
    """A running `pulumi up`, or another `job` of it; the engine writes its events to a file, step by step."""

    def __init__(self, shop: Shop, folder: Path, job: str) -> None:
        self._events, self._printed = folder / "events", folder / "printed"
        self._steps: list[Step] = []
        self._read = 0
        command = ["pulumi", "--non-interactive", job, "--yes", "--skip-preview", f"--event-log={self._events}"]
        with self._printed.open("w") as printed:
            self._process = shop.cluster.popen(
                [*command, "--stack", shop.stack.name],
                cwd=shop.stack.folder,
                env={"PULUMI_DEBUG_COMMANDS": "true"},  # without it there is no --event-log
                stdin=subprocess.DEVNULL,
                stdout=printed,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def steps(self) -> list[Step]:
        """The steps so far, in their order; each event is read once."""
        if self._events.exists():
            with self._events.open("rb") as events:
                events.seek(self._read)
                for line in events:
                    if not line.endswith(b"\n"):
                        break
                    self._read += len(line)
                    if step := _step(json.loads(line)):
                        self._steps.append(step)
        return self._steps

    def wait_for(self, step: Step) -> None:
        """Returns at the step; fails when the update ends, or two minutes pass, without it."""
        deadline = time.monotonic() + _MOST_SECONDS
        while step not in self.steps():
            ended = self._process.poll() is not None and step not in self.steps()
            assert not ended, f"the update ended without `{step}`:\n{self._printed.read_text()}"
            assert time.monotonic() < deadline, f"no `{step}` in {_MOST_SECONDS} s:\n{self._printed.read_text()}"
            time.sleep(0.01)

    def wait_for_text(self, text: str) -> None:
        """Returns when the update has printed it; fails when it ends, or two minutes pass, without."""
        deadline = time.monotonic() + _MOST_SECONDS
        while text not in self._printed.read_text():
            ended = self.ended() and text not in self._printed.read_text()
            assert not ended, f"the update ended without `{text}`:\n{self._printed.read_text()}"
            assert time.monotonic() < deadline, f"no `{text}` in {_MOST_SECONDS} s:\n{self._printed.read_text()}"
            time.sleep(0.1)

    def ended(self) -> bool:
        """Whether it has ended."""
        return self._process.poll() is not None

    def send(self, number: signal.Signals) -> None:
        """A signal to the whole process group, as a terminal sends it for Ctrl-C."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, number)

    def wait(self, at_most: float = 180) -> "subprocess.CompletedProcess[str]":
        """The end of the update, with what it printed."""
        code = self._process.wait(at_most)
        return subprocess.CompletedProcess(self._process.args, code, self._printed.read_text())

    def end(self) -> None:
        """Ends what is left of it; the engine's plugins outlive an engine that was killed for some minutes."""
        for pid in _processes_of_session(self._process.pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._process.wait()


@contextlib.contextmanager
def followed_update(shop: Shop, job: str = "up") -> Iterator[FollowedUpdate]:
    """Starts `pulumi up`, or another `job`; nothing of it is left when the block has ended."""
    with tempfile.TemporaryDirectory() as folder:
        update = FollowedUpdate(shop, Path(folder), job)
        try:
            yield update
        finally:
            update.end()


def _step(event: dict[str, dict[str, dict[str, str]]]) -> Step | None:
    """The step that an event reports; None for other events and for resources that stay as they are."""
    for kind, phase in _PHASES.items():
        metadata = event.get(kind, {}).get("metadata")
        if metadata and metadata["op"] != "same":
            return Step(metadata["urn"].rpartition("::")[2], phase)
    return None


def _processes_of_session(leader: int) -> Iterator[int]:
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            if int(stat.read_text().rpartition(")")[2].split()[3]) == leader:
                yield int(stat.parent.name)


def unlock(shop: Shop) -> None:
    """An engine that was killed left its lock and its Lease: the next update says so and how to remove it."""
    refused = shop.up(check=False)
    assert refused.returncode != 0
    assert_shown(refused.stdout, "the stack is currently locked by 1 lock(s)", "`pulumi cancel`")
    shop.pulumi("cancel", "--yes")
    held = shop.program("unlock", "--yes")
    assert_shown(held.stdout, f"pulumi up of stack {shop.stack.name}", "The Lease is free")
