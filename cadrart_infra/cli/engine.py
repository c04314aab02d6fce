"""Pulumi's engine, run on the program that is loaded here: same stack, same state, same providers as `pulumi up`."""

import contextlib
import os
import re
import runpy
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

import pulumi
from pulumi import automation as auto
from pulumi.automation.events import EngineEvent, OpType, StepEventMetadata

from cadrart_infra import interruption
from cadrart_infra.cli.page import Page
from cadrart_infra.cli.pulumi_command import LoggedPulumi, NamedStack, required_version
from cadrart_infra.cli.stack_lock import StackLock, locks_in, refusal
from cadrart_infra.cli.step_titles import step_title
from cadrart_infra.user_errors import UserError

_COLOURS = re.compile(r"<\{%[^%]*%\}>")
_NOT_FOR_PEOPLE = ("using pulumi-", "update failed", "preview failed", "Skipping await logic")
"""How messages begin that only belong in the log."""
_SWITCH_INTERVAL = 0.0002
"""Seconds after which a thread lets another one have Python. By default 0.005: so long each answer of the cluster or of
the engine would wait for the thread that loads the program, some hundred times."""
_CONTEXT_CANCELED = "context canceled"
_REPEATED = "an unhandled error occurred: "
"""The prefix with which the engine repeats an error of the program."""


class EngineError(UserError):
    """Pulumi could not be started on the stack; the text is its own."""


@dataclass
class Outcome:
    """How a run ended. `errors` are the texts that the engine reported."""

    planned: bool = False
    """Whether it was a preview, so that `changed` says what would be done."""
    ok: bool = False
    errors: list[str] = field(default_factory=list)
    changed: dict[str, str] = field(default_factory=dict)
    """What was done to each resource that does not stay as it is (create, update, …), by its kind and name."""
    notes: list[str] = field(default_factory=list)
    """The program's own messages about the update."""


class Engine:
    """The stack `name` of the program in `folder`; everything that Pulumi prints goes to the file `log`."""

    def __init__(self, folder: Path, name: str, log: Path, page: Page) -> None:
        self._page, self.log = page, log
        self._begun: Callable[[], None] | None = None
        self._pulumi = LoggedPulumi(log, required_version(folder))
        workspace = auto.LocalWorkspace(
            work_dir=str(folder),
            program=lambda: _program(folder / "__main__.py"),
            pulumi_command=self._pulumi,
            # The engine starts the host of our dynamic providers with the first `python` that it finds.
            env_vars={"PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])},
        )
        self._stack = NamedStack(name, workspace)

    def cancel(self) -> None:
        """Removes Pulumi's lock on the stack, even that of a running update."""
        with self._errors_in_plain_words():
            self._stack.cancel()

    def locks(self) -> list[StackLock]:
        """Who holds Pulumi's lock on the stack; empty where nobody does, or the backend has no such locks."""
        with self._errors_in_plain_words():
            try:
                self._stack.rename_to_itself()
            except auto.CommandError as error:
                return locks_in(_stderr_of(error))
        return []

    def up(
        self,
        changes: Mapping[str, str],
        begun: Callable[[], None] = lambda: None,
        *,
        policies: bool = False,
        plan: Path | None = None,
    ) -> Outcome:
        """Updates the stack and shows its steps. SIGINT and SIGTERM reach the engine, which stops in order.

        `changes` are settings by their dotted keys, which are written into the stack's file first, as
        `pulumi config set` does; `begun` is called when they are. With `policies` it is previewed once more, judged by
        them: without a preview they would stop it half-way. With a `plan` that a preview has kept, the engine refuses
        whatever that did not show.
        """
        packs = ["policy"] if policies else None
        self._set(changes)
        self._pulumi.previews_updates, self._begun = policies, begun
        return self._run(
            Outcome(),
            lambda on_event: self._stack.up(
                on_event=on_event, color="never", policy_packs=packs, plan=str(plan) if plan else None
            ),
        )

    def _set(self, changes: Mapping[str, str]) -> None:
        """Passes top-level settings with the update; writes nested ones first, since `up` would replace the parent."""
        self._pulumi.changes = {key: value for key, value in changes.items() if "." not in key}
        with self._errors_in_plain_words():
            for key in changes.keys() - self._pulumi.changes.keys():
                self._stack.set_config(key, auto.ConfigValue(changes[key]), path=True)

    def preview(self, *, policies: bool, plan: Path | None = None) -> Outcome:
        """Previews an update, checked against `policies`; saves the engine's plan in the file `plan`, if given.

        The plan holds what the program declares, and the stack's secret settings encrypted.
        """
        packs = ["policy"] if policies else None
        return self._run(
            Outcome(planned=True),
            lambda on_event: self._stack.preview(
                on_event=on_event, color="never", diff=True, policy_packs=packs, plan=str(plan) if plan else None
            ),
        )

    def _run(self, outcome: Outcome, run: Callable[[Callable[[EngineEvent], None]], Any]) -> Outcome:
        with self._page.ticking(), self._pulumi.interruptible(self._page), self._errors_in_plain_words():
            try:
                run(lambda event: self._handle_event(event, outcome))
                outcome.ok = True
            except auto.StackNotFoundError:
                raise
            except (auto.CommandError, RuntimeError) as error:
                if not outcome.errors:
                    outcome.errors.append(refusal(_stderr_of(error)))
        return outcome

    @contextlib.contextmanager
    def _errors_in_plain_words(self) -> Iterator[None]:
        """Turns Pulumi's exceptions into EngineError, with Pulumi's own text and no traceback."""
        try:
            yield
        except FileNotFoundError:
            raise EngineError(
                "pulumi is not on the PATH. Nothing was changed. Install it, or add it to the PATH."
            ) from None
        except auto.StackNotFoundError:
            raise EngineError(
                f"Pulumi has no stack {self._stack.name} where it is logged in. Nothing was changed.\n"
                "  Where that is: pulumi whoami --verbose. Its stacks: pulumi stack ls. Elsewhere: pulumi login URL"
            ) from None
        except auto.CommandError as error:
            raise EngineError(
                f"Pulumi could not be run on this stack; nothing was changed. It says: {refusal(_stderr_of(error))}"
            ) from None

    def _handle_event(self, event: EngineEvent, outcome: Outcome) -> None:
        if self._begun:
            self._begun()
            self._begun = None
        if event.resource_pre_event:
            if event.resource_pre_event.planning and not outcome.planned:
                return  # of the preview before an update
            self._begin_step(event.resource_pre_event.metadata, outcome)
        elif event.res_outputs_event:
            self._page.end(event.res_outputs_event.metadata.urn)
        elif event.res_op_failed_event:
            self._page.end(event.res_op_failed_event.metadata.urn, failed=True)
        elif event.policy_event:
            outcome.errors.append(_without_colours(event.policy_event.message))
        elif event.diagnostic_event:
            said = event.diagnostic_event
            self._handle_diagnostic(said.severity, said.urn or "", _without_colours(said.message), outcome)

    def _begin_step(self, step: StepEventMetadata, outcome: Outcome) -> None:
        if step.op is OpType.SAME:
            return
        name = step.urn.rpartition("::")[2]
        what = step_title(step.type, name)
        if what:
            outcome.changed[f"{step.type.rpartition(':')[2]} {name}"] = step.op.value
        if what and not outcome.planned:
            self._page.begin(step.urn, what)

    def _handle_diagnostic(self, severity: str, urn: str, text: str, outcome: Outcome) -> None:
        if not text or severity == "debug" or text.startswith(_NOT_FOR_PEOPLE):
            return
        if severity == "error":
            text = _interrupted(text, urn) if interruption.requested() else text
            if text.removeprefix(_REPEATED) not in outcome.errors:
                outcome.errors.append(text)
        else:
            outcome.notes.append(text)
            if not self._page.has(text):  # the command says what an update means before the program does
                self._page.say(urn, text)


def preload_program() -> None:
    """Imports the program in a thread, while the command waits for the cluster, the user or Pulumi."""
    sys.setswitchinterval(_SWITCH_INTERVAL)
    threading.Thread(target=import_module, args=("cadrart_infra.shop",), daemon=True).start()


def _program(main: Path) -> None:
    # The SDK sends each line for `--debug` to the engine by a call that it waits for, some hundred times.
    pulumi.log.debug = _ignore_debug_line
    runpy.run_path(str(main), run_name="cadrart_program")


def _ignore_debug_line(*_args: Any, **_more: Any) -> None:
    """Replaces `pulumi.log.debug`: no command shows debug lines."""


def _without_colours(text: str) -> str:
    return _COLOURS.sub("", text).strip()


def _interrupted(text: str, urn: str) -> str:
    """The text, or a plain sentence instead of the client's `context canceled`."""
    if _CONTEXT_CANCELED not in text:
        return text
    return f"interrupted before the cluster had confirmed it: {urn.rpartition('::')[2] or 'the last write'}"


def _stderr_of(error: Exception) -> str:
    """The stderr of a failed pulumi command, without what the Automation API adds."""
    code, _, said = (part.strip() for part in str(error).partition("stderr:"))
    if isinstance(error, auto.CommandError) and not said:
        if interruption.requested():
            return "interrupted before Pulumi had begun"
        return f"Pulumi was ended before it said anything ({code.splitlines()[0]})."
    return (said or code).removeprefix("error: ")
