"""The commands and their arguments."""

import argparse
import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from cadrart_infra import rights
from cadrart_infra.backup import __main__ as backups
from cadrart_infra.backup.making import Wanted
from cadrart_infra.backup.operations import make_recorded_backup
from cadrart_infra.cli import jobs
from cadrart_infra.cli.deployment import approved, deploy
from cadrart_infra.cli.drift_report import report_drift
from cadrart_infra.cli.engine import EngineError
from cadrart_infra.cli.git import commit
from cadrart_infra.cli.known_secrets import known_secrets
from cadrart_infra.cli.masking import as_commands, as_yaml, missing
from cadrart_infra.cli.new_stack.command import new_stack
from cadrart_infra.cli.new_stack.questions import add_options
from cadrart_infra.cli.page import Page
from cadrart_infra.cli.place import all_stacks, place
from cadrart_infra.cli.previews import publish_failure, publish_preview, run_preview
from cadrart_infra.cli.recovery import recover
from cadrart_infra.cli.reviews import add_options as add_review_options
from cadrart_infra.cli.reviews import review
from cadrart_infra.cli.stack_file import StackFile
from cadrart_infra.cli.turn import alone, turn
from cadrart_infra.cli.unlock import unlock
from cadrart_infra.cli.updates import INTERRUPTED, Desk, carry_out
from cadrart_infra.github.summary import add_to_summary
from cadrart_infra.github.text import clean, fenced
from cadrart_infra.live import Live, read_live
from cadrart_infra.model import Color
from cadrart_infra.observed import require_answer
from cadrart_infra.settings import Settings
from cadrart_infra.status.status import read_status
from cadrart_infra.status.text import text
from cadrart_infra.user_errors import UserError, last_actions

FOLDER = Path(__file__).resolve().parents[2]
"""The program's own folder, wherever the command is run."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; 0: done, 1: refused or failed, 2: no such command, 130: interrupted."""
    options = _parser().parse_args(arguments)
    page = Page(sys.stdout, live=sys.stdout.isatty())
    try:
        status = _COMMANDS[options.command](options, page)
    except UserError as error:
        page.line(f"error: {error.explained()}")
        status = 1
    except KeyboardInterrupt:
        page.line("\ninterrupted; nothing was changed")
        status = INTERRUPTED
    if page.text and options.command != "preview":
        add_to_summary(fenced(clean(page.text, known_secrets(None))))
    if status == INTERRUPTED:
        last_actions()
        sys.stdout.flush()
        os._exit(status)  # a check that nothing waits for any more would be waited for
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="cadrart", description="The shop's daily jobs.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    release = commands.add_parser("release", help="a new version to staging")
    release.add_argument("workload", help="frontend or backend")
    release.add_argument("version", help="e.g. 1.5.0, or an image's whole name")
    release.add_argument("--same-image", action="store_true", help="refuse an image's whole name")
    switch = commands.add_parser("switch", help="switch production's traffic to the colour that is staging")
    switch.add_argument("color", nargs="?", choices=[color.value for color in Color], help="the new one")
    switch.add_argument(
        "--from", dest="leaves", choices=[color.value for color in Color], default="", help="refuse else"
    )
    commands.add_parser("rollback", help="switch production's traffic back")
    sync = commands.add_parser("sync", help="a fresh copy of production's database for staging")
    sync.add_argument("--previous", action="store_true", help="the copy that staging held before")
    commands.add_parser("backup", help="a verified backup of production's database")
    restore = commands.add_parser("restore", help="a backup beside production, or in its place")
    restore.add_argument("name", nargs="?", default="", help="as listed, or `latest`; without it: the list")
    restore.add_argument("--replace-production", action="store_true", help="put it in production's place")
    restore.add_argument("--database", default="", help="refuse unless this is the name of production's database")
    preview = commands.add_parser("preview", help="what an update would do")
    preview.add_argument("--policies", action="store_true", help="judge it by policy/ as well")
    preview.add_argument("--comment", action="store_true", help="in a workflow: also as the pull request's comment")
    commands.add_parser("deploy", help="in a workflow: what was merged, as its preview showed it")
    commands.add_parser("drift", help="in a workflow: an issue while the cluster is not as Git says; changes nothing")
    status = commands.add_parser("status", help="who serves what, and what was done; needs no Pulumi")
    status.add_argument("--json", action="store_true", help="the same as a document for programs")
    status.add_argument("--namespace", default="", help="of the shop, instead of a stack (default: cadrart)")
    status.add_argument("--context", default="", help="of the kubeconfig, instead of a stack's")
    masking = commands.add_parser("masking", help="the columns that masking has no rule for, ready to paste")
    masking.add_argument("--commands", action="store_true", help="as `pulumi config set` instead of settings")
    add_review_options(commands.add_parser("review", help="a shop for a pull request, on a masked copy of production"))
    commands.add_parser("recover", help="after an update that was killed: remove its locks, unless it lives")
    commands.add_parser("unlock", help="free the Lease of an update that is dead")
    _add_shared_options(commands.choices)
    _add_new_stack(commands.add_parser("new-stack", help="the settings of a further stack, asked for and checked"))
    return parser


def _add_shared_options(commands: Mapping[str, argparse.ArgumentParser]) -> None:
    """The options that several commands have."""
    for command in commands.values():
        command.add_argument("--stack", default="", help="default: PULUMI_STACK, or the selected one")
        command.add_argument("--yes", action="store_true", help="do not ask, for scripts")
    for name in ("release", "switch", "rollback", "sync"):
        commands[name].add_argument("--commit", action="store_true", help="commit and push the settings")
    for name in ("release", "switch"):
        commands[name].add_argument("--policies", action="store_true", help="refuse what policy/ refuses")
    for name in ("release", "switch", "rollback", "sync", "backup", "restore", "deploy", "review"):
        commands[name].add_argument(
            "--wait", type=int, default=0, metavar="SECONDS", help="for whoever changes the shop now"
        )


def _add_new_stack(command: argparse.ArgumentParser) -> None:
    command.add_argument("name", help="of the stack; its settings are in Pulumi.NAME.yaml")
    command.add_argument("--namespace", default="", help="of its shop (default: cadrart-NAME)")
    command.add_argument("--context", default="", help="of the kubeconfig (default: its current one)")
    command.add_argument("--yes", action="store_true", help="ask nothing: options, and what is offered")
    add_options(command)


def _release(options: argparse.Namespace, page: Page) -> int:
    if options.same_image and "/" in options.version:
        raise jobs.JobError(f"{options.version} is another image, not a version; nothing was changed.")
    return _in_turn(options, page, lambda now, live: jobs.release(now, live, options.workload, options.version))


def _switch(options: argparse.Namespace, page: Page) -> int:
    return _in_turn(options, page, lambda now, live: jobs.switch(now, live, options.color or "", options.leaves))


def _rollback(options: argparse.Namespace, page: Page) -> int:
    return _in_turn(options, page, jobs.rollback)


def _sync(options: argparse.Namespace, page: Page) -> int:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return _in_turn(options, page, lambda settings, live: jobs.sync(settings, live, now, previous=options.previous))


def _in_turn(options: argparse.Namespace, page: Page, job: Callable[[Settings, Live], jobs.Job]) -> int:
    """Does a job; one that is committed has the shop for itself, from before the settings are read until the push."""
    desk = _desk(options, page)
    if not options.commit:
        return _carry_out(desk, job, options)
    with turn(desk, options.command, options.wait):
        return _carry_out(_desk(options, page), job, options)  # the settings as they are when its turn has come


def _deploy(options: argparse.Namespace, page: Page) -> int:
    with turn(_desk(options, page), options.command, options.wait):
        desk = _desk(options, page)
        return deploy(desk, read_live(desk.kubectl()), approved(FOLDER, desk.stack))


def _carry_out(desk: Desk, wanted: Callable[[Settings, Live], jobs.Job], options: argparse.Namespace) -> int:
    live = read_live(desk.kubectl())
    job = wanted(desk.settings, live)
    status = carry_out(desk, job, live, yes=options.yes, policies=getattr(options, "policies", False))
    if options.commit:
        changes = ", ".join(f"{key} = {value}" for key, value in job.changes.items())
        commit(desk.file.path, f"{options.command}: {changes}")
    return status


def _backup(options: argparse.Namespace, page: Page) -> int:
    desk = _desk(options, page)
    settings = desk.settings
    color, wanted = read_live(desk.kubectl()).production or settings.active_color, settings.backup
    rights.require(desk.kubectl())
    page.begin("backup", "backup of production")
    holding = alone(desk.kubectl(), "a backup of production", options.wait, page.line)
    with holding, page.ticking():
        backup = make_recorded_backup(
            desk.kubectl(),
            Wanted(settings.database.production, color.value, wanted.keep, wanted.time_limit, wanted.verify),
            lambda line: page.say("backup", line),
        )
        page.end("backup")
    page.line(f"{backup.name}\nThe way back: cadrart restore {backup.name}")
    return 0


def _restore(options: argparse.Namespace, page: Page) -> int:
    desk = _desk(options, page)
    settings = desk.settings
    where = ["--namespace", settings.namespace, "--context", settings.kubernetes.context]
    if not options.name:
        return backups.main(["list", *where])
    flags = [
        *(["--replace-production"] if options.replace_production else []),
        *(["--yes"] if options.yes else []),
    ]
    if options.database and options.database != settings.database.production:
        raise jobs.JobError(
            f"{options.database} is not the name of production's database in stack {desk.stack}; nothing was changed."
        )
    with alone(desk.kubectl(), f"a restore of backup {options.name}", options.wait, page.line):
        return backups.main(["restore", options.name, *flags, *where])


def _preview(options: argparse.Namespace, page: Page) -> int:
    try:
        desk = _desk(options, page)
        preview = run_preview(desk, read_live(desk.kubectl()), policies=options.policies)
    except UserError as error:
        if not options.comment:
            raise
        page.line(f"error: {error}")
        publish_failure(options.stack, error)
        return 1
    if options.comment:
        publish_preview(desk, preview)
    return 0 if preview.outcome.ok else 1


def _drift(options: argparse.Namespace, page: Page) -> int:
    desk = _desk(options, page)
    return report_drift(desk, run_preview(desk, read_live(desk.kubectl()), policies=True))


def _status(options: argparse.Namespace, page: Page) -> int:
    kubectl = place(options, FOLDER, _selected_stack)
    require_answer(kubectl)
    status = read_status(kubectl)
    page.line(json.dumps(status, indent=2, ensure_ascii=False) if options.json else text(status))
    return 0


def _new_stack(options: argparse.Namespace, page: Page) -> int:
    return new_stack(options, page, FOLDER)


def _masking(options: argparse.Namespace, page: Page) -> int:
    desk = _desk(options, page)
    found, now = missing(desk), desk.settings.sync.masking
    if not found:
        page.line("Every column has a rule or is kept; masking lacks nothing.")
    else:
        page.line(as_commands(found, now, desk.stack) if options.commands else as_yaml(found, now))
    return 0


def _review(options: argparse.Namespace, page: Page) -> int:
    stacks = all_stacks(FOLDER) if options.action == "expire" and not options.stack else [options.stack]
    return max(review(_desk(argparse.Namespace(**{**vars(options), "stack": one}), page), options) for one in stacks)


def _recover(options: argparse.Namespace, page: Page) -> int:
    return recover(_desk(options, page))


def _unlock(options: argparse.Namespace, page: Page) -> int:
    return unlock(_desk(options, page).kubectl(), page.line, sure=options.yes)


def _desk(options: argparse.Namespace, page: Page) -> Desk:
    """What the command works with; raises Unreachable where the cluster does not answer."""
    stack = options.stack or os.environ.get("PULUMI_STACK", "") or _selected_stack()
    desk = Desk(FOLDER, stack, StackFile(FOLDER, stack), page, _log(stack, options.command))
    require_answer(desk.kubectl())
    return desk


def _selected_stack() -> str:
    command = ["pulumi", "--non-interactive", "stack", "--show-name"]
    with contextlib.suppress(FileNotFoundError):
        done = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return done.stdout.strip()
    raise EngineError("No stack is selected; nothing was changed. Name one: --stack NAME, or: pulumi stack select NAME")


def _log(stack: str, command: str) -> Path:
    """A new file for what Pulumi prints, readable by this user alone."""
    folder = _state_folder()
    path = folder / f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{stack}-{command}-{os.getpid()}.log"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600)
    except OSError as error:
        raise jobs.JobError(
            f"There is no place for what Pulumi prints: {folder} cannot be written ({error.strerror}); nothing was "
            "changed. Free it, or name another one: XDG_STATE_HOME=/some/folder"
        ) from None
    return path


def _state_folder() -> Path:
    base = os.environ.get("XDG_STATE_HOME")
    try:
        return (Path(base) if base else Path.home() / ".local" / "state") / "cadrart-infra"
    except RuntimeError:  # a container's user often has none
        raise jobs.JobError(
            "There is no place for what Pulumi prints: neither HOME nor the system names your home; nothing was "
            "changed. Name a place: XDG_STATE_HOME=/some/folder"
        ) from None


_COMMANDS: Mapping[str, Callable[[argparse.Namespace, Page], int]] = {
    "release": _release,
    "switch": _switch,
    "rollback": _rollback,
    "sync": _sync,
    "backup": _backup,
    "restore": _restore,
    "preview": _preview,
    "deploy": _deploy,
    "drift": _drift,
    "status": _status,
    "new-stack": _new_stack,
    "masking": _masking,
    "review": _review,
    "recover": _recover,
    "unlock": _unlock,
}
