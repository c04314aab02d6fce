"""The gate: what a colour has to show before any of production's proxies turns to it."""

import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from cadrart_infra import naming
from cadrart_infra.colors import Color, Environment
from cadrart_infra.connection import ClusterError, Kubectl
from cadrart_infra.database_accounts.root_client import RootClient
from cadrart_infra.naming import Workload
from cadrart_infra.promotion.connections import connection_problems
from cadrart_infra.promotion.guard import TimeBudget
from cadrart_infra.promotion.health import HEALTH_PATHS, health_problem, pod_url, schema_problem
from cadrart_infra.promotion.pods import is_ready
from cadrart_infra.promotion.shell_check import shell_problems
from cadrart_infra.user_errors import UserError

Pod = Mapping[str, Any]


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
    rollout: float = 300
    """Seconds that the Deployments may take to roll out before the gate's own time begins."""
    needs_shell: bool = False
    """Whether the pods have to have `sh` and `sleep`, with which they wait for their connections to end."""


class Gate:
    """Judges whether a colour is fit for production.

    `server` reaches the database server as root, to ask it who is connected to what; `not_rolled_out` has the words
    for a Deployment, by name, whose pods do not get ready.
    """

    def __init__(
        self,
        spec: GateSpec,
        kubectl: Kubectl,
        server: Callable[[], RootClient],
        budget: TimeBudget,
        not_rolled_out: Callable[[str], str],
    ) -> None:
        self._spec, self._kubectl, self._server, self._budget = spec, kubectl, server, budget
        self._not_rolled_out = not_rolled_out
        self._settled = False
        """Whether all is well that cannot change in a pod's life: its database, its image. Asked until it is."""

    def judge(self) -> str:
        """Words for a colour that passed; raises GateRefused for one that does not in time."""
        spec, in_a_row = self._spec, 0
        self._wait_for_rollout()
        deadline = time.monotonic() + min(spec.timeout, self._budget.left())
        while True:
            problems = self._problems()
            in_a_row = 0 if problems else in_a_row + 1
            if in_a_row == spec.successes and self._budget.left() > 0:
                pods = sum(expected.replicas for expected in spec.workloads.values())
                return f"gate passed: {pods} pods of {spec.color} answered {spec.successes} times in a row"
            if time.monotonic() > deadline:
                raise GateRefused(self._refusal(problems or [f"{in_a_row} of {spec.successes} good answers in time"]))
            time.sleep(1 if problems else 0.2)

    def _wait_for_rollout(self) -> None:
        """The provider's await now and then takes the old pods for the new ones, and passes at once."""
        wait = max(1.0, min(self._spec.rollout, self._budget.left()))
        names = [naming.workload_name(workload, self._spec.color) for workload in self._spec.workloads]
        with ThreadPoolExecutor() as pool:
            waiting = {name: pool.submit(self._kubectl.wait_until_rolled_out, name, wait) for name in names}
        if failed := [name for name, one in waiting.items() if one.exception()]:
            raise GateRefused("\n".join(map(self._not_rolled_out, failed)))

    def _problems(self) -> list[str]:
        selector = f"{naming.COLOR_LABEL}={self._spec.color},{naming.ENVIRONMENT_LABEL}={Environment.PROD}"
        try:
            pods = self._kubectl.get("pods", f"--selector={selector}")
            return self._problems_of({workload: _of(pods, workload, self._spec.color) for workload in Workload})
        except (ClusterError, OSError) as error:
            return [f"the cluster does not answer: {error}"]

    def _problems_of(self, pods: Mapping[Workload, list[Pod]]) -> list[str]:
        problems = [
            problem
            for workload, expected in self._spec.workloads.items()
            for problem in unready(naming.workload_name(workload, self._spec.color), pods[workload], expected)
        ]
        ready = [(workload, pod) for workload, mine in pods.items() for pod in mine if is_ready(pod)]
        with ThreadPoolExecutor() as pool:
            health = list(pool.map(lambda one: self._health(*one), ready))
        problems += [problem for problem, _ in health if problem]
        if not problems and not self._settled:
            answers = zip(ready, health, strict=True)
            named = {pod["metadata"]["name"] for (_, pod), (_, names_database) in answers if names_database}
            problems = list(self._lasting_problems(ready, named))
            self._settled = not problems
        return problems

    def _health(self, workload: Workload, pod: Pod) -> tuple[str, bool]:
        name = pod["metadata"]["name"]
        url = pod_url(self._kubectl, workload, name, HEALTH_PATHS[workload])
        return health_problem(self._kubectl, workload, name, url, self._spec.database)

    def _lasting_problems(self, ready: list[tuple[Workload, Pod]], named: set[str]) -> Iterator[str]:
        """What the server says of the pods, and they of their schema; no waiting gives an image a shell."""
        addresses = {
            pod["metadata"]["name"]: str(pod["status"].get("podIP"))
            for workload, pod in ready
            if workload is Workload.BACKEND
        }
        yield from connection_problems(self._server(), addresses, self._spec.database, known_by_other_means=named)
        yield from filter(None, (schema_problem(self._kubectl, pod) for pod in addresses))
        pods = [pod["metadata"]["name"] for _, pod in ready]
        if self._spec.needs_shell and (problems := shell_problems(self._kubectl, pods)):
            raise GateRefused(self._refusal(problems))

    def _refusal(self, problems: list[str]) -> str:
        color = self._spec.color
        if self._budget.left() <= 0:
            problems = [
                *problems,
                f"the switch took longer than promotion.timeBudget allows ({self._budget.seconds:g} s)",
            ]
        lines = "\n".join(f"  {problem}" for problem in problems)
        return (
            f"{color} is not fit for production; every proxy stays as it was.\n{lines}\n"
            f"  Look at it with: kubectl -n {self._kubectl.namespace} get pods -l {naming.COLOR_LABEL}={color}\n"
            f"  Mend {color} and run pulumi up again, or go back: "
            f"pulumi config set activeColor {color.other} && pulumi up"
        )


def _of(pods: list[dict[str, Any]], workload: Workload, color: Color) -> list[Pod]:
    name = naming.workload_name(workload, color)
    return [pod for pod in pods if pod["metadata"]["labels"].get(naming.SERVICE_LABEL) == name]


def unready(name: str, pods: list[Pod], expected: ExpectedWorkload) -> list[str]:
    """What is wrong with a Deployment's pods in words: too few that are ready, or one that runs another image."""
    images = [pod["spec"]["containers"][0]["image"] for pod in pods if is_ready(pod)]
    others = sorted({image for image in images if image != expected.image})
    problems = [f"{name}: a pod that serves production runs {image}, not {expected.image}" for image in others]
    if images.count(expected.image) < expected.replicas:
        problems.append(
            f"{name}: {images.count(expected.image)} of {expected.replicas} pods with image {expected.image} are ready"
        )
    return problems
