"""How the cluster, and a server inside it, is reached: by the `kubectl` that every user of a kubeconfig has."""

import contextlib
import json
import os
import re
import selectors
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from cadrart_infra.user_errors import UserError


class ClusterError(UserError):
    """The cluster could not be asked, or refused; the text tells a user what to do."""


@dataclass(frozen=True)
class Kubectl:
    """kubectl, bound to one context and one namespace.

    `context` is a context of the kubeconfig, empty for its current one. Values of Secrets pass through the
    standard streams only: an argument list is visible to every user of the machine.
    """

    namespace: str
    context: str = ""

    def run(self, *arguments: str, stdin: str = "", timeout: float = 30) -> str:
        """What kubectl prints for these arguments.

        `timeout` (seconds) bounds each request and, with a small margin, the whole command. Raises ClusterError
        with kubectl's own message.
        """
        command = self._command(f"--request-timeout={timeout:g}s", *arguments)
        try:
            done = subprocess.run(
                command, input=stdin, capture_output=True, text=True, timeout=timeout + 5, check=False
            )
        except subprocess.TimeoutExpired:
            raise ClusterError(f"kubectl {arguments[0]} gave no answer within {timeout:g} s.") from None
        if done.returncode:
            raise ClusterError(
                done.stderr.strip() or f"kubectl {arguments[0]} failed with exit code {done.returncode}."
            )
        return done.stdout

    def get(self, kind: str, *arguments: str, timeout: float = 30) -> list[dict[str, Any]]:
        """Objects of a kind in the namespace (`arguments` select, e.g. `--selector=…`)."""
        items: list[dict[str, Any]] = json.loads(self.run("get", kind, "-o", "json", *arguments, timeout=timeout))[
            "items"
        ]
        return items

    def create(self, manifest: dict[str, Any]) -> None:
        """Creates one object; raises ClusterError where it exists already."""
        self.run("create", "-f", "-", stdin=json.dumps(manifest))

    def wait_until_rolled_out(self, deployment: str, timeout: float = 300) -> None:
        """Returns when a Deployment's pods are all new and ready; raises ClusterError after `timeout` seconds.

        The provider's own await is content with a Deployment that has just scaled its old pods down, as it does when
        an existing object with strategy Recreate is taken over.
        """
        self.run("rollout", "status", f"deployment/{deployment}", f"--timeout={timeout:g}s", timeout=timeout + 5)

    def exec_command(self, target: str) -> Sequence[str]:
        """The command that runs a command in a pod of `target`, standard input handed on."""
        return self._command("exec", "--stdin", target, "--")

    @contextlib.contextmanager
    def port_forward(self, target: str, port: int, timeout: float = 20) -> Iterator[int]:
        """A local port (127.0.0.1) that leads to `port` of `target`, e.g. `deployment/db`, while the block runs.

        Raises ClusterError where it does not open within `timeout` seconds.
        """
        arguments = ("port-forward", "--address=127.0.0.1", target, f":{port}")
        with self.serving(*arguments, announces=r"Forwarding from 127\.0\.0\.1:(\d+)", timeout=timeout) as announced:
            yield int(announced[1])

    @contextlib.contextmanager
    def serving(self, *arguments: str, announces: str, timeout: float = 20) -> Iterator[re.Match[str]]:
        """A kubectl that serves while the block runs; begins when it has printed what matches `announces`.

        Raises ClusterError where it does not within `timeout` seconds.
        """
        process = subprocess.Popen(self._command(*arguments), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        try:
            yield _announced(process, announces, " ".join(arguments), timeout)
        finally:
            process.terminate()
            try:
                process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            if process.stdout:
                process.stdout.close()

    @contextlib.contextmanager
    def forward_when_rolled_out(self, deployment: str, port: int) -> Iterator[int]:
        """`port_forward` to a Deployment's pod, once its pods are all new: an ending one would cut the connection."""
        self.wait_until_rolled_out(deployment)
        with self.port_forward(f"deployment/{deployment}", port) as local_port:
            yield local_port

    def _command(self, *arguments: str) -> Sequence[str]:
        kubectl = shutil.which("kubectl")
        if not kubectl:
            raise ClusterError("kubectl is not on the PATH. Install it; the program reaches the cluster with it.")
        context = [f"--context={self.context}"] if self.context else []
        return [kubectl, *context, f"--namespace={self.namespace}", *arguments]


def _announced(process: "subprocess.Popen[bytes]", pattern: str, command: str, timeout: float) -> re.Match[str]:
    """What a kubectl says on its standard output when it is ready to serve."""
    assert process.stdout is not None
    said, deadline = "", time.monotonic() + timeout
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while selector.select(max(0.0, deadline - time.monotonic())):
            chunk = os.read(process.stdout.fileno(), 4096)
            said += chunk.decode(errors="replace")
            if match := re.search(pattern, said):
                return match
            if not chunk:
                break
    raise ClusterError(f"kubectl {command} did not open within {timeout:g} s. {said.strip()}")
