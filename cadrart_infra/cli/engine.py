"""Pulumi's engine, run on the program that is loaded here: same stack, same state, same providers as `pulumi up`."""

import contextlib
import os
import re
import runpy
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

import pulumi.automation as auto
from pulumi.automation.events import EngineEvent, OpType, StepEventMetadata

from cadrart_infra import interruption
from cadrart_infra.cli.page import Page
from cadrart_infra.cli.stack_file import PROJECT
from cadrart_infra.cli.steps import title
from cadrart_infra.user_errors import UserError

_COLOURS = re.compile(r"<\{%[^%]*%\}>")
_NOT_FOR_PEOPLE = ("using pulumi-", "update failed", "preview failed", "Skipping await logic")
"""What the engine says of itself; it stands in the log."""
_REPEATED = "an unhandled error occurred: "
"""What it begins with where it says a program's error once more."""


_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class EngineError(UserError):
    """Pulumi could not be started on the stack; the text is its own."""


@dataclass
class Outcome:
    """How a run ended. `errors` are the texts that the engine reported."""

    planned: bool = False
    """Whether it was a preview, so that `changed` is what would be done."""
    ok: bool = False
    errors: list[str] = field(default_factory=list)
    changed: dict[str, str] = field(default_factory=dict)
    """What was done to each resource that does not stay as it is (create, update, …), by its kind and name."""
    notes: list[str] = field(default_factory=list)
    """What the program said of the update."""


class Engine:
    """The stack `name` of the program in `folder`; everything that Pulumi prints goes to the file `log`."""

    def __init__(self, folder: Path, name: str, log: Path, page: Page) -> None:
        self._page, self.log = page, log
        # What the program needs is loaded while Pulumi starts, which is asked for the stack before it runs anything.
        threading.Thread(target=import_module, args=("cadrart_infra.shop",), daemon=True).start()
        self._pulumi = _LoggedPulumi(log)
        options = auto.LocalWorkspaceOptions(
            work_dir=str(folder),
            pulumi_command=self._pulumi,
            # The engine starts the host of our dynamic providers with the first `python` that it finds.
            env_vars={"PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])},
        )
        with _in_plain_words():
            self._stack = auto.select_stack(
                name, project_name=PROJECT, program=lambda: _program(folder / "__main__.py"), opts=options
            )

    def set(self, changes: Mapping[str, str]) -> None:
        """Writes settings, by their dotted keys, into the stack's file, as `pulumi config set` does."""
        with _in_plain_words():
            for key, value in changes.items():
                self._stack.set_config(key, auto.ConfigValue(value), path="." in key)

    def cancel(self) -> None:
        """Removes Pulumi's lock on the stack, also that of an update that lives."""
        with _in_plain_words():
            self._stack.cancel()

    def up(self, *, policies: bool = False) -> Outcome:
        """An update, step by step on the page. Ctrl-C and a request to end reach the engine, which ends in order.

        With `policies` it is previewed once more, judged by them: without a preview they would stop it half-way.
        """
        packs = ["policy"] if policies else None
        self._pulumi.previews_updates = policies
        return self._run(
            Outcome(), lambda on_event: self._stack.up(on_event=on_event, color="never", policy_packs=packs)
        )

    def preview(self, *, policies: bool) -> Outcome:
        """What an update would do; with `policies`, judged by them."""
        packs = ["policy"] if policies else None
        return self._run(
            Outcome(planned=True),
            lambda on_event: self._stack.preview(on_event=on_event, color="never", diff=True, policy_packs=packs),
        )

    def _run(self, outcome: Outcome, run: Callable[[Callable[[EngineEvent], None]], Any]) -> Outcome:
        with self._page.ticking(), self._pulumi.interruptible(self._page):
            try:
                run(lambda event: self._take(event, outcome))
                outcome.ok = True
            except (auto.CommandError, RuntimeError) as error:
                if not outcome.errors:
                    outcome.errors.append(str(error).strip())
        return outcome

    def _take(self, event: EngineEvent, outcome: Outcome) -> None:
        if event.resource_pre_event:
            if event.resource_pre_event.planning and not outcome.planned:
                return  # of the preview before an update
            self._begin(event.resource_pre_event.metadata, outcome)
        elif event.res_outputs_event:
            self._page.end(event.res_outputs_event.metadata.urn)
        elif event.res_op_failed_event:
            self._page.end(event.res_op_failed_event.metadata.urn, failed=True)
        elif event.policy_event:
            outcome.errors.append(_plain(event.policy_event.message))
        elif event.diagnostic_event:
            said = event.diagnostic_event
            self._told(said.severity, said.urn or "", _plain(said.message), outcome)

    def _begin(self, step: StepEventMetadata, outcome: Outcome) -> None:
        if step.op is OpType.SAME:
            return
        name = step.urn.rpartition("::")[2]
        what = title(step.type, name)
        if what:
            outcome.changed[f"{step.type.rpartition(':')[2]} {name}"] = step.op.value
        if what and not outcome.planned:
            self._page.begin(step.urn, what)

    def _told(self, severity: str, urn: str, text: str, outcome: Outcome) -> None:
        if not text or severity == "debug" or text.startswith(_NOT_FOR_PEOPLE):
            return
        if severity == "error":
            if text.removeprefix(_REPEATED) not in outcome.errors:
                outcome.errors.append(text)
        else:
            outcome.notes.append(text)
            if not self._page.has(text):  # the command says what an update means before the program does
                self._page.say(urn, text)


class _LoggedPulumi(auto.PulumiCommand):
    """Runs updates and previews with what they print in a file, and lets signals reach them."""

    def __init__(self, log: Path) -> None:
        with _in_plain_words():
            super().__init__()
        self._log = log
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
        """As the base class, but for the log."""
        if args[0] not in ("up", "preview"):
            return super().run(args, cwd, additional_env, on_output, on_error)
        if self.previews_updates:
            args = [argument for argument in args if argument != "--skip-preview"]
        environment = {**os.environ, **additional_env, "PULUMI_AUTOMATION_API": "true"}
        command = [self.command, "--non-interactive", *args]
        with self._log.open("ab") as log:
            begins = log.tell()
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=cwd,
                env=environment,
                process_group=0,  # a terminal's Ctrl-C reaches it through this process alone, so once
            )
            code = self._process.wait()
            self._process = None
        result = auto.CommandResult(stdout="", stderr=self._last_lines(begins), code=code)
        if code:
            raise auto.CommandError(result)
        return result

    def _last_lines(self, begins: int) -> str:
        with self._log.open("rb") as log:
            log.seek(begins)
            return log.read().decode(errors="replace")[-2000:]

    @contextlib.contextmanager
    def interruptible(self, page: Page) -> Iterator[None]:
        """Ctrl-C, a request to end and a closed terminal end the engine in order; no check passes any more."""

        def interrupted(_number: int, _frame: Any) -> None:
            interruption.request()
            if self._process:
                self._process.send_signal(signal.SIGINT)
            page.line("Ending after what has begun. Once more to end at once, which can leave Pulumi's lock behind.")

        before = {number: signal.signal(number, interrupted) for number in _ENDING}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def _program(main: Path) -> None:
    runpy.run_path(str(main), run_name="cadrart_program")


def _plain(text: str) -> str:
    return _COLOURS.sub("", text).strip()


@contextlib.contextmanager
def _in_plain_words() -> Iterator[None]:
    """Pulumi's own words, without a traceback."""
    try:
        yield
    except FileNotFoundError:
        raise EngineError(
            "pulumi is not on the PATH. Nothing was changed. Install it, or add it to the PATH."
        ) from None
    except auto.StackNotFoundError:
        raise EngineError("There is no such stack. Nothing was changed. See them: pulumi stack ls") from None
    except auto.CommandError as error:
        text = str(error).partition("stderr:")[2].strip() or str(error).strip()
        raise EngineError(f"Pulumi could not be run on this stack; nothing was changed. It says: {text}") from None
