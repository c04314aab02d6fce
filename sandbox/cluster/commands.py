"""Commands that are run on a cluster, whichever it is."""

import json
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

from sandbox.errors import SandboxError


class RunsCommands(ABC):
    """Runs commands in the environment of a cluster, and in its network."""

    @abstractmethod
    def env(self, base: Mapping[str, str] | None = None) -> dict[str, str]:
        """`base` (default: this process's environment) with what kubectl and pulumi need to work on the cluster."""

    @abstractmethod
    def command(self, command: Sequence[str]) -> list[str]:
        """The command line that runs `command` in the cluster's network."""

    def whole_command(self, command: Sequence[str]) -> list[str]:
        """The same with what kubectl needs of `env` in it, for others to start."""
        env = self.env()
        needed = [f"{name}={env[name]}" for name in ("PATH", "KUBECONFIG", "NO_PROXY", "no_proxy") if name in env]
        return self.command(["env", *needed, *command])

    def run(
        self, command: Sequence[str], *, env: Mapping[str, str] | None = None, **options: Any
    ) -> subprocess.CompletedProcess[Any]:
        """`subprocess.run` on the cluster; `env` is added to `self.env()`."""
        options.setdefault("check", False)
        return subprocess.run(self.command(command), env={**self.env(), **(env or {})}, **options)  # noqa: PLW1510

    def read(self, path: str) -> dict[str, Any]:
        """The API server's answer to a GET of `path`; raises SandboxError where it is no success."""
        done = self.run(["kubectl", "get", "--raw", path], capture_output=True, text=True)
        if done.returncode:
            raise SandboxError(f"{path} could not be read: {done.stderr.strip()}")
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    def popen(
        self, command: Sequence[str], *, env: Mapping[str, str] | None = None, **options: Any
    ) -> subprocess.Popen[Any]:
        """`subprocess.Popen` on the cluster; the process is the command itself, signals reach it."""
        return subprocess.Popen(self.command(command), env={**self.env(), **(env or {})}, **options)
