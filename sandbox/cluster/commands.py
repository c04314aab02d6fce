"""Commands that are run on a cluster, whichever it is."""

import subprocess
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any


class RunsCommands(ABC):
    """Runs commands in the environment of a cluster, and in its network."""

    @abstractmethod
    def env(self, base: Mapping[str, str] | None = None) -> dict[str, str]:
        """`base` (default: this process's environment) with what kubectl and pulumi need to work on the cluster."""

    @abstractmethod
    def command(self, command: Sequence[str]) -> list[str]:
        """The command line that runs `command` in the cluster's network."""

    def run(
        self, command: Sequence[str], *, env: Mapping[str, str] | None = None, **options: Any
    ) -> subprocess.CompletedProcess[Any]:
        """`subprocess.run` on the cluster; `env` is added to `self.env()`."""
        options.setdefault("check", False)
        return subprocess.run(self.command(command), env={**self.env(), **(env or {})}, **options)  # noqa: PLW1510

    def popen(
        self, command: Sequence[str], *, env: Mapping[str, str] | None = None, **options: Any
    ) -> subprocess.Popen[Any]:
        """`subprocess.Popen` on the cluster; the process is the command itself, signals reach it."""
        return subprocess.Popen(self.command(command), env={**self.env(), **(env or {})}, **options)
