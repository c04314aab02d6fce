"""The commands and their arguments."""

import argparse
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any, NoReturn

from cadrart_infra.history.checkout import current_checkout
from cadrart_infra.model import Color

_WITH_OPTIONS_OF_THEIR_OWN = {
    "new-stack": "cadrart_infra.cli.new_stack.questions",
    "review": "cadrart_infra.cli.reviews",
}

_ASKING = ("release", "switch", "rollback", "sync", "restore", "unlock")
"""Commands that ask before they do something. The others take `--yes` too, which their help leaves out."""

_Add = Callable[[str, str], argparse.ArgumentParser]
"""Adds a command: its name, and what it is."""


def parser(typed: Sequence[str]) -> argparse.ArgumentParser:
    """The argument parser; options from other modules are added only for the command that is typed."""
    parser = argparse.ArgumentParser(prog="cadrart", description="The shop's daily jobs.")
    parser.add_argument("--version", action=_SaysVersion, nargs=0, help="which commit of the program this is")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def add(name: str, what: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, help=what, description=f"{what[0].upper()}{what[1:]}.")

    _add_changes(add)
    _add_backups(add)
    _add_looks(add)
    add("review", "a shop for a pull request, on a masked copy of production")
    add("recover", "after an update that was killed: remove its locks, unless it lives")
    add("unlock", "free the Lease of an update that is dead")
    _add_shared_options(commands.choices)
    _add_new_stack(add("new-stack", "the settings of a further stack, asked for and checked"))
    for name in _WITH_OPTIONS_OF_THEIR_OWN.keys() & typed[:1]:
        import_module(_WITH_OPTIONS_OF_THEIR_OWN[name]).add_options(commands.choices[name])
    return parser


def _add_changes(add: _Add) -> None:
    """Adds the commands that change the shop by its settings."""
    colors = [color.value for color in Color]
    release = add("release", "a new version to staging")
    release.add_argument("workload", help="frontend or backend")
    release.add_argument("version", help="e.g. 1.5.0, or an image's whole name")
    release.add_argument("--same-image", action="store_true", help="refuse an image's whole name, so another image")
    switch = add("switch", "switch production's traffic to the colour that is staging")
    switch.add_argument("color", nargs="?", choices=colors, help="the new one (default: the other one)")
    switch.add_argument(
        "--from", dest="leaves", choices=colors, default="", help="refuse where another one serves production"
    )
    add("rollback", "switch production's traffic back")
    sync = add("sync", "a fresh copy of production's database for staging")
    sync.add_argument("--previous", action="store_true", help="the copy that staging held before")
    add("deploy", "in a workflow: what was merged, as its preview showed it")


def _add_backups(add: _Add) -> None:
    add("backup", "a verified backup of production's database")
    restore = add("restore", "a backup beside production, or in its place")
    restore.add_argument("name", nargs="?", default="", help="as listed, or `latest`; without it: the list")
    restore.add_argument("--replace-production", action="store_true", help="put it in production's place")
    restore.add_argument("--database", default=None, help="refuse unless this is the name of production's database")
    download = add("download", "a copy of a backup, in a folder of this machine")
    download.add_argument("name", help="as `restore` lists it, or `latest`")
    download.add_argument("folder", help="that it is put into")
    upload = add("upload", "such a copy, back to the cluster, to be restored")
    upload.add_argument("file", help="NAME.sql.gz, with NAME.json beside it")


def _add_looks(add: _Add) -> None:
    """Adds the commands that change nothing."""
    preview = add("preview", "what an update would do")
    preview.add_argument("--policies", action="store_true", help="judge it by policy/ as well")
    preview.add_argument("--comment", action="store_true", help="in a workflow: also as the pull request's comment")
    add("drift", "in a workflow: an issue while the cluster is not as Git says; changes nothing")
    status = add("status", "who serves what, and what was done; needs no Pulumi")
    status.add_argument("--json", action="store_true", help="the same as a document for programs")
    status.add_argument("--namespace", default="", help="of the shop, instead of a stack (default: cadrart)")
    status.add_argument("--context", default="", help="of the kubeconfig, instead of a stack's")
    masking = add("masking", "the columns that masking has no rule for, ready to paste")
    masking.add_argument("--commands", action="store_true", help="as `pulumi config set` instead of settings")


def _add_shared_options(commands: Mapping[str, argparse.ArgumentParser]) -> None:
    """Adds the options that several commands share."""
    for name, command in commands.items():
        command.add_argument("--stack", default="", help="default: PULUMI_STACK, or the selected one")
        says = "do not ask, for scripts" if name in _ASKING else argparse.SUPPRESS
        command.add_argument("--yes", action="store_true", help=says)
    for name in ("release", "switch", "rollback", "sync"):
        commands[name].add_argument("--commit", action="store_true", help="commit and push the settings")
    for name in ("release", "switch"):
        commands[name].add_argument("--policies", action="store_true", help="refuse what policy/ refuses")
    for name in ("release", "switch", "rollback", "sync", "backup", "restore", "upload", "deploy", "review"):
        commands[name].add_argument(
            "--wait",
            type=_seconds,
            default=0,
            metavar="SECONDS",
            help="wait for whoever changes the shop now (default: refuse)",
        )


def _seconds(typed: str) -> int:
    """A whole number of them; raises ArgumentTypeError."""
    if not typed.isdecimal():
        raise argparse.ArgumentTypeError(f"{typed!r} is no number of whole seconds")
    return int(typed)


class _SaysVersion(argparse.Action):
    """Prints the commit, as the history and the status name the program, and ends."""

    def __call__(self, parser: argparse.ArgumentParser, *_values: Any) -> NoReturn:
        print(f"cadrart-infra, program {current_checkout().spoken}")
        parser.exit()


def _add_new_stack(command: argparse.ArgumentParser) -> None:
    command.add_argument("name", help="of the stack; its settings are in Pulumi.NAME.yaml")
    command.add_argument("--namespace", default="", help="of its shop (default: cadrart-NAME)")
    command.add_argument("--context", default="", help="of the kubeconfig (default: its current one)")
    command.add_argument("--yes", action="store_true", help="ask nothing: options, and what is offered")
