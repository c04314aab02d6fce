"""The engine process that started this program: what identifies the run, and whether it is still alive."""

import contextlib
import os
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

import psutil

from cadrart_infra.cluster.actor import run_of
from cadrart_infra.engine.stack import OPTION, ask_for_selected_stack, named_in

_NAME = "pulumi"
SWITCHES = "[defhjQry]*"
"""Short flags of `pulumi` that another one may stand right behind (a pattern): they take no value that does."""
_FILE_FLAG = re.compile(r"--config-file(?:=|$)(?P<value>.*)")
_STACK_FLAG = re.compile(rf"(?:--stack(?:=|$)|-{SWITCHES}s=?)(?P<value>.*)")


@dataclass(frozen=True)
class Engine:
    """One run of Pulumi, by the process of its engine; all processes that it starts find the same one."""

    pid: int

    @property
    def run(self) -> str:
        """The run, as this process knows it: another one that it starts, or that starts it, has another name for it."""
        return run_of(self.pid)

    @property
    def lives(self) -> bool:
        """Whether the engine's process is still alive."""
        try:
            return psutil.Process(self.pid).status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False

    @property
    def is_pulumi(self) -> bool:
        """Whether it is Pulumi's own process; otherwise it is this one, whose options are no flags of Pulumi's."""
        with contextlib.suppress(psutil.Error):
            return psutil.Process(self.pid).name() == _NAME
        return False

    @property
    def arguments(self) -> list[str]:
        """Its command line; empty if unknown."""
        try:
            return psutil.Process(self.pid).cmdline()[1:]
        except psutil.Error:
            return []

    @property
    def typed(self) -> str:
        """The command that people know it by: Pulumi's own, or the one of this process."""
        return f"{_NAME} up" if self.is_pulumi else " ".join(["cadrart", *sys.argv[1:2]])

    @property
    def program(self) -> str:
        """The `pulumi` that it runs; the first one on the PATH where it was started by this process."""
        if self.is_pulumi:
            with contextlib.suppress(psutil.Error):
                return psutil.Process(self.pid).exe()
        return _NAME

    def stack(self, environment: Mapping[str, str] = os.environ) -> str:
        """The name of its stack: the one given by a flag, or the selected one.

        Empty where that cannot be known. The engine does not pass it to a dynamic resource.
        """
        given = _flag_value(_STACK_FLAG, self.arguments) or named_in(environment)
        return (given or ask_for_selected_stack(self.program)).rpartition("/")[2]

    def settings_file(self, environment: Mapping[str, str] = os.environ) -> Path | None:
        """The settings file given by --config-file; None for the stack's own."""
        given = _flag_value(_FILE_FLAG, self.arguments) or environment.get(f"{OPTION}CONFIG_FILE", "")
        try:
            return Path(psutil.Process(self.pid).cwd()) / given if given else None
        except psutil.Error:
            return None


def _flag_value(flag: re.Pattern[str], arguments: Sequence[str]) -> str:
    """The last value of a flag in a `pulumi` command line; a short flag may have it attached."""
    value = ""
    for argument, following in zip_longest(arguments, arguments[1:], fillvalue=""):
        if found := flag.fullmatch(argument):
            value = found["value"] or following
    return value


def engine() -> Engine:
    """The nearest process above this one that is `pulumi`; this process where the engine was started by it."""
    mine = psutil.Process()
    above = next((one for one in mine.parents() if _name(one) == _NAME), mine)
    return Engine(above.pid)


def _name(process: psutil.Process) -> str:
    """Empty for one that has ended meanwhile."""
    try:
        return process.name()
    except psutil.Error:
        return ""
