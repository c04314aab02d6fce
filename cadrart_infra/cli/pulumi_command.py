"""Adapts Pulumi's Automation API: logs the output to a file, passes signals on, and skips slow extra queries."""

import contextlib
import os
import re
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

import pulumi.automation as auto
from pulumi.automation.errors import create_command_error
from semver import VersionInfo

from cadrart_infra import interruption
from cadrart_infra.cli.page import Page
from cadrart_infra.interruption import handled_by

_ENDING = "Ending after what has begun. Once more to end at once, which can leave Pulumi's lock behind."
_REQUIRED = re.compile(r'^requiredPulumiVersion: ">=([\d.]+)"$', re.MULTILINE)


class NamedStack(auto.Stack):
    """A stack that passes --stack to each command, and skips queries of the base class that nobody needs.

    Each question is a process. Whether there is such a stack, whatever runs on it says itself; the one that the user
    has selected stays selected.
    """

    def __init__(self, name: str, workspace: auto.Workspace) -> None:  # not the base class's, which selects the stack
        self.name, self.workspace = name, workspace

    def outputs(self) -> auto.OutputMap:
        """Always empty; for outputs use `cadrart status` or `pulumi stack output`."""
        return {}

    def info(self, show_secrets: bool = True) -> auto.UpdateSummary:
        """A summary that says `succeeded`: the base class asks only after a successful update."""
        return auto.UpdateSummary("update", datetime.now(UTC), "", {}, {}, "succeeded")

    def rename_to_itself(self) -> None:
        """Asks for what Pulumi always refuses, and changes nothing: whoever holds the lock is named before that."""
        self._run_pulumi_cmd_sync(["stack", "rename", self.name.rpartition("/")[2]])


class LoggedPulumi(auto.PulumiCommand):
    """Runs updates and previews with their output in a log file, and passes signals on to them.

    `version`: the oldest Pulumi that the program allows. Pulumi itself checks it, before it does anything.
    """

    def __init__(self, log: Path, version: VersionInfo) -> None:  # not the base class's, which runs `pulumi version`
        self.command, self.version, self._log = "pulumi", version, log
        self.changes: Mapping[str, str] = {}
        """Settings that an update writes before it begins."""
        self.previews_updates = False
        self._process: subprocess.Popen[bytes] | None = None

    def run(
        self,
        args: list[str],
        cwd: str,
        additional_env: Mapping[str, str],
        on_output: Callable[[str], Any] | None = None,
        on_error: Callable[[str], Any] | None = None,
    ) -> auto.CommandResult:
        """As the base class, with the output in the log."""
        if args[0] not in ("up", "preview"):
            return super().run(args, cwd, additional_env, on_output, on_error)
        if self.previews_updates:
            args = [argument for argument in args if argument != "--skip-preview"]
        if args[0] == "up" and self.changes:
            args = [*args, *(f"--config={key}={value}" for key, value in self.changes.items())]
        with self._log.open("ab") as log:
            begins = log.tell()
            code = self._carry_out(args, cwd, additional_env, log)
        result = auto.CommandResult(stdout="", stderr=self._last_lines(begins), code=code)
        if code:
            raise create_command_error(result)
        return result

    def _carry_out(self, args: Sequence[str], cwd: str, additional_env: Mapping[str, str], log: BinaryIO) -> int:
        """Runs the engine to its end, with its output in the log; its exit code."""
        self._process = subprocess.Popen(
            [self.command, "--non-interactive", *args],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=cwd,
            env={**os.environ, **additional_env, "PULUMI_AUTOMATION_API": "true"},
            process_group=0,  # a terminal's Ctrl-C reaches it through this process alone, so once
        )
        code = self._process.wait()
        self._process = None
        return code

    def _last_lines(self, begins: int) -> str:
        """The end of the output; where Pulumi ends with an error of its own, that alone."""
        with self._log.open("rb") as log:
            log.seek(begins)
            end = log.read().decode(errors="replace")[-2000:]
        _, own, error = end.rpartition("\nerror: ")
        return error if own else end

    @contextlib.contextmanager
    def interruptible(self, page: Page) -> Iterator[None]:
        """While the block runs, SIGINT, SIGTERM and SIGHUP stop the engine in order, and every later check fails."""

        def interrupted(_number: int, _frame: Any) -> None:
            interruption.request()
            if self._process:
                self._process.send_signal(signal.SIGINT)
            # By another thread: the interrupted one may be in the middle of a write to the page.
            threading.Thread(target=page.line, args=(_ENDING,)).start()

        with handled_by(interrupted):
            yield


def required_version(folder: Path) -> VersionInfo:
    """The oldest Pulumi that the program's folder allows (`requiredPulumiVersion`)."""
    found = _REQUIRED.search((folder / "Pulumi.yaml").read_text("utf-8"))
    assert found, "Pulumi.yaml says which Pulumi it is tested with"
    return VersionInfo.parse(found[1])
