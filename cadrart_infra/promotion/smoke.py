"""Runs the user's own check against the new pods of a colour, before any traffic is switched to them.

`python -m cadrart_infra.promotion.smoke COMMAND`, run in the project's folder by the resource of `components/smoke.py`.
Which pods are meant stands in the environment: COLOR, ENVIRONMENT, NAMESPACE, KUBERNETES_CONTEXT (empty: the current
one) and SMOKE_TIMEOUT in seconds. The command gets these and, in each workload's `preview_variable`, a local address
that leads to a ready pod of it: to the pod itself, because a colour's Service would also lead to pods of that colour
that are still bound to the other environment.

Exit status: the command's own; 128 and the signal's number where a signal ended it; 124 where it took longer than its
time; 1 where it could not be started. What is wrong and what to do stands on standard error.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from cadrart_infra import naming, workloads
from cadrart_infra.cluster.kinds import POD
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.cluster.pods import is_ready, selector_of
from cadrart_infra.model import Color, Environment, Workload
from cadrart_infra.user_errors import UserError

TIMED_OUT = 124
_END_SECONDS = 2.0
"""Seconds that what the command left running gets between the request to end and the kill."""


class SmokeFailed(UserError):
    """The command did not pass; carries its exit status."""

    def __init__(self, text: str, status: int) -> None:
        super().__init__(text)
        self.status = status


@dataclass(frozen=True)
class Target:
    """The pods that are to be looked at, and the seconds that the command may take."""

    color: Color
    environment: Environment
    kubectl: Kubectl
    timeout: float

    @classmethod
    def of(cls, variables: Mapping[str, str]) -> "Target":
        """The target that the resource's environment variables describe."""
        return cls(
            Color(variables["COLOR"]),
            Environment(variables["ENVIRONMENT"]),
            Kubectl(variables["NAMESPACE"], variables.get("KUBERNETES_CONTEXT", "")),
            float(variables["SMOKE_TIMEOUT"]),
        )


def run(command: str, target: Target) -> None:
    """Runs the command through the shell, its output handed through; raises UserError unless it passes."""
    with ThreadPoolExecutor() as pool:
        pods = list(pool.map(lambda workload: _new_pod(target, workload), workloads.names()))
    with contextlib.ExitStack() as forwards:
        addresses = {}
        for spec, pod in zip(workloads.SHOP, pods, strict=True):
            forward = target.kubectl.port_forward(f"pod/{pod}", spec.http.number)
            addresses[spec.preview_variable] = f"http://127.0.0.1:{forwards.enter_context(forward)}"
        status = _status(command, {**os.environ, **addresses, **_not_through_a_proxy()}, target.timeout)
    if status == TIMED_OUT:
        raise SmokeFailed(f"it took longer than gate.smokeTimeout, {target.timeout:g} s, and was ended", status)
    if status:
        how = f"signal {status - 128} ended it" if status > 128 else f"it ended with exit status {status}"
        raise SmokeFailed(how, status)


def _new_pod(target: Target, workload: Workload) -> str:
    """The newest ready pod with the right colour and environment, when all pods of its Deployment are new and ready.

    The provider does not wait for that where a Deployment goes back to a template that it had before.
    """
    target.kubectl.wait_until_rolled_out(naming.workload_name(workload, target.color))
    labels = naming.workload_selector(workload, target.color) | {naming.ENVIRONMENT_LABEL: target.environment.value}
    found = target.kubectl.objects(POD, selector=selector_of(labels))
    pods = [pod["metadata"] for pod in found if is_ready(pod)]
    if not pods:
        name = naming.workload_name(workload, target.color)
        raise UserError(f"no pod of {name} in {target.environment.spoken} is ready")
    return str(max(pods, key=lambda pod: pod["creationTimestamp"])["name"])


def _status(command: str, variables: Mapping[str, str], timeout: float) -> int:
    """Runs the command and returns its exit status; kills it when its time is up."""
    process = subprocess.Popen(["/bin/sh", "-c", command], env=variables, stdin=subprocess.DEVNULL)
    try:
        status = process.wait(timeout)
    except subprocess.TimeoutExpired:
        return TIMED_OUT
    return 128 - status if status < 0 else status


def _not_through_a_proxy() -> dict[str, str]:
    """The environment without an HTTP proxy for loopback addresses, which no proxy could reach."""
    return {name: ",".join(filter(None, [os.environ.get(name, ""), "127.0.0.1"])) for name in ("NO_PROXY", "no_proxy")}


def refusal(reason: str, command: str, target: Target) -> str:
    """What a failure means and what to do next."""
    color, environment = target.color, target.environment
    lines = [f"smoke test: {color} is not fit for {environment.spoken}: {reason}.", f"The command was: {command}"]
    if environment is Environment.PROD:
        lines += [
            "Production's proxies and environment-config were not written.",
            f"Fix {color} (or gate.smokeCommand) and run pulumi up again, or go back: "
            f"pulumi config set activeColor {color.other} && pulumi up",
        ]
    else:
        lines += [
            "Staging's proxies were not written; production is not concerned.",
            f"Fix {color} (or gate.smokeCommand) and run pulumi up again.",
        ]
    return "\n  ".join(lines)


def _end_descendants_with_me() -> None:
    """Ends all child processes when this one ends, even if it is killed.

    A process outside its group waits for the end of a pipe that only this one holds, and then ends the group.
    """
    if os.getpgrp() != os.getpid():
        os.setpgrp()
    group, (ending, _held) = os.getpid(), os.pipe()
    if os.fork():
        os.close(ending)
        return
    try:
        os.setsid()
        os.close(_held)
        nowhere = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nowhere, stream)
        os.read(ending, 1)
        _end(group)
    finally:
        os._exit(0)


def _end(group: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGTERM)
        deadline = time.monotonic() + _END_SECONDS
        while time.monotonic() < deadline:
            os.killpg(group, 0)
            time.sleep(0.02)
        os.killpg(group, signal.SIGKILL)


def main() -> int:
    """Runs the command that the last argument holds; see the module."""
    _end_descendants_with_me()
    command, target = sys.argv[-1], Target.of(os.environ)
    try:
        run(command, target)
    except UserError as error:
        sys.stdout.flush()
        print(refusal(str(error).rstrip("."), command, target), file=sys.stderr, flush=True)
        return error.status if isinstance(error, SmokeFailed) else 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
