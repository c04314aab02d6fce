"""The gate: what a colour has to show before any of production's proxies turns to it."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from cadrart_infra import naming
from cadrart_infra.colors import Color, Environment
from cadrart_infra.connection import Kubectl
from cadrart_infra.naming import Workload
from cadrart_infra.promotion.health import health_problem
from cadrart_infra.promotion.pods import is_ready
from cadrart_infra.promotion.shell_check import shell_problems
from cadrart_infra.user_errors import UserError


class GateRefused(UserError):
    """The colour is not fit for production; no proxy was written."""


@dataclass(frozen=True)
class ExpectedWorkload:
    """What a Deployment's pods have to look like."""

    image: str
    replicas: int


@dataclass(frozen=True)
class GateSpec:
    """What is expected of the colour that is to be production.

    `successes` healthy answers in a row from every pod, within `timeout` seconds.
    """

    color: Color
    database: str
    workloads: Mapping[Workload, ExpectedWorkload]
    successes: int
    timeout: float
    needs_shell: bool = False
    """Whether the pods have to have `sh` and `sleep`, with which they wait for their connections to end."""


class Gate:
    """One verdict for everything that waits for it.

    Both production proxies and `environment-config` ask the same gate: were each to judge for itself, one could flip
    while the other is refused, and the colours would be mixed.
    """

    def __init__(self, spec: GateSpec, kubectl: Kubectl) -> None:
        self._spec, self._kubectl = spec, kubectl
        self._verdict: asyncio.Future[str] | None = None

    def hooks(self) -> pulumi.ResourceHookBinding:
        """Hooks that let an object be written only if the gate passes."""
        hook = pulumi.ResourceHook("promotion-gate", self.require)
        return pulumi.ResourceHookBinding(before_create=[hook], before_update=[hook])

    async def require(self, _args: pulumi.ResourceHookArgs) -> None:
        """Raises GateRefused unless the colour is fit; judges once, whoever asks first."""
        if self._verdict is None:
            self._verdict = asyncio.ensure_future(asyncio.to_thread(self._judge))
            pulumi.log.info(await self._verdict)
        await self._verdict

    def _judge(self) -> str:
        """Words for a colour that passed."""
        spec, deadline, in_a_row = self._spec, time.monotonic() + self._spec.timeout, 0
        while True:
            problems = self._problems()
            in_a_row = 0 if problems else in_a_row + 1
            if in_a_row == spec.successes:
                self._require_shell()
                pods = sum(expected.replicas for expected in spec.workloads.values())
                return f"gate passed: {pods} pods of {spec.color} answered {spec.successes} times in a row"
            if time.monotonic() > deadline:
                raise GateRefused(self._refusal(problems or [f"only {in_a_row} of {spec.successes} answers in time"]))
            time.sleep(1 if problems else 0.2)

    def _problems(self) -> list[str]:
        pods, problems = self._pods(), []
        for workload, expected in self._spec.workloads.items():
            mine = [pod for pod in pods if _belongs(pod, workload, self._spec.color)]
            problems += unready(naming.workload_name(workload, self._spec.color), mine, expected)
            probes = (self._probe(workload, pod["metadata"]["name"]) for pod in mine if is_ready(pod))
            problems += [problem for problem in probes if problem]
        return problems

    def _require_shell(self) -> None:
        """Asked once: no waiting gives an image a shell."""
        pods = [pod["metadata"]["name"] for pod in self._pods() if is_ready(pod)] if self._spec.needs_shell else []
        if problems := shell_problems(self._kubectl, pods):
            raise GateRefused(self._refusal(problems))

    def _pods(self) -> list[dict[str, Any]]:
        selector = f"{naming.COLOR_LABEL}={self._spec.color},{naming.ENVIRONMENT_LABEL}={Environment.PROD}"
        return self._kubectl.get("pods", f"--selector={selector}")

    def _probe(self, workload: Workload, pod: str) -> str | None:
        return health_problem(self._kubectl, workload, pod, self._spec.database)

    def _refusal(self, problems: list[str]) -> str:
        color = self._spec.color
        lines = "\n".join(f"  {problem}" for problem in problems)
        return (
            f"{color} is not fit for production; every proxy stays as it was.\n{lines}\n"
            f"  Look at it with: kubectl -n {self._kubectl.namespace} get pods -l {naming.COLOR_LABEL}={color}\n"
            f"  Mend {color} and run pulumi up again, or go back: "
            f"pulumi config set activeColor {color.other} && pulumi up"
        )


def _belongs(pod: Mapping[str, Any], workload: Workload, color: Color) -> bool:
    return bool(pod["metadata"]["labels"].get(naming.SERVICE_LABEL) == naming.workload_name(workload, color))


def unready(name: str, pods: list[dict[str, Any]], expected: ExpectedWorkload) -> list[str]:
    """What is wrong with a Deployment's pods in words: too few that are ready, or one that runs another image."""
    images = [pod["spec"]["containers"][0]["image"] for pod in pods if is_ready(pod)]
    others = sorted({image for image in images if image != expected.image})
    problems = [f"{name}: a pod that serves production runs {image}, not {expected.image}" for image in others]
    if images.count(expected.image) < expected.replicas:
        problems.append(
            f"{name}: {images.count(expected.image)} of {expected.replicas} pods with image {expected.image} are ready"
        )
    return problems
