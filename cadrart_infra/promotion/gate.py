"""The gate: what a colour has to show before any of production's proxies leads to it."""

import contextlib
import textwrap
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass, field

from cadrart_infra import naming, workloads
from cadrart_infra.cluster.errors import ClusterError
from cadrart_infra.cluster.kinds import POD, REPLICA_SET, Object, name_of
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.cluster.pods import Pod, image_digests, image_of, is_ready, short_digest
from cadrart_infra.drift.declared_objects import Edits
from cadrart_infra.health import health_problem, pod_url, schema_problem
from cadrart_infra.model import Color, Environment, Workload, WorkloadSpec
from cadrart_infra.mysql.root_client import RootClient
from cadrart_infra.promotion.connections import connection_problems
from cadrart_infra.promotion.expected_pods import ExpectedWorkload, pod_problems, pods_of
from cadrart_infra.promotion.production_probe import Problems
from cadrart_infra.promotion.rollout_status import existing_deployments, rollout_problems
from cadrart_infra.promotion.shell_check import shell_problems
from cadrart_infra.promotion.time_budget import TimeBudget
from cadrart_infra.user_errors import UserError

_HELD_SECONDS = 10.0
"""Seconds after which what of production is gone, and was not made again, is waited for no longer."""
_PAUSE, _PAUSE_AFTER_PROBLEMS = 0.1, 1.0
"""Seconds between two rounds."""
_PUSHED_AGAIN = (
    "The tag was pushed again. Release it to staging under a tag of its own, or allow what staging has not run: "
    "pulumi config set --path promotion.allowUntested true"
)


class _Unseen(str):
    """A problem that is not the colour's: the cluster did not answer."""

    __slots__ = ()


class GateRefused(UserError):
    """The colour is not fit for production; no proxy was written."""


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


@dataclass(frozen=True)
class FormerProduction:
    """The problems of production while the former colour serves it: bad answers, and objects that are `gone`."""

    answers: Problems
    gone: Problems = list


class Gate:
    """Checks whether a colour is fit for production.

    `server` reaches the database server as root, to ask it who is connected to what;
    `not_ready` reports on a Deployment, by name, whose pods do not get ready; nothing where they do after all. `edits`:
    what somebody changed of Deployments since the update wrote them.
    """

    def __init__(
        self,
        spec: GateSpec,
        kubectl: Kubectl,
        server: Callable[[], RootClient],
        budget: TimeBudget,
        not_ready: Callable[[str], str],
        production: FormerProduction,
        edits: Edits,
    ) -> None:
        self._spec, self._kubectl, self._server, self._budget = spec, kubectl, server, budget
        self._not_ready, self._production, self._edits = not_ready, production, edits

    def check(self) -> str:
        """A line for the log where the colour passed; raises GateRefused for one that does not in time."""
        try:
            self._wait_for_rollout()
            with ThreadPoolExecutor() as pool:
                return self._check_pods(pool)
        except ClusterError as error:
            raise GateRefused(self._refusal([_unseen(error)])) from None

    def _wait_for_rollout(self) -> None:
        wait = max(1.0, min(self._spec.rollout, self._budget.left()))
        if reports := rollout_problems(self._kubectl, self._deployments(), wait, self._not_ready):
            raise GateRefused("\n".join(reports))

    def _check_pods(self, pool: Executor) -> str:
        """Checks in rounds until enough in a row are good; slower questions run in parallel."""
        spec, in_a_row, lasting = self._spec, 0, list[Future[list[str]]]()
        limit = _Limit(min(spec.timeout, self._budget.left()), self._production.gone)
        while True:
            seen = self._round(pool)
            in_a_row = 0 if seen.problems else in_a_row + 1
            if in_a_row == 1:
                self._require_tested(seen.ready)
                lasting = self._ask_what_lasts(pool, seen)
            problems = seen.problems
            if problems:
                self._require_deployments()
            if in_a_row == spec.successes:
                problems = _answers(lasting)
                if not problems and self._budget.left() > 0:
                    return self._passed()
                in_a_row = 0
            if limit.is_over(problems):
                problems = problems or _answers(lasting) or [f"{in_a_row} of {spec.successes} good answers in time"]
                raise GateRefused(self._refusal(problems))
            time.sleep(_PAUSE_AFTER_PROBLEMS if problems else _PAUSE)

    def _passed(self) -> str:
        spec = self._spec
        pods = sum(expected.replicas for expected in spec.workloads.values())
        return f"gate passed: {pods} pods of {spec.color} answered {spec.successes} times in a row"

    def _require_deployments(self) -> None:
        """Refuses at once if a Deployment was deleted or changed, since waiting would not help."""
        with contextlib.suppress(ClusterError):
            found = existing_deployments(self._kubectl, self._deployments())
            if gone := [name for name in self._deployments() if name not in found]:
                raise GateRefused("\n".join(map(self._not_ready, gone)))
            self._require_unedited(found.values())

    def _require_as_declared(self) -> list[str]:
        self._require_unedited(existing_deployments(self._kubectl, self._deployments()).values())
        return []

    def _require_unedited(self, deployments: Iterable[Object]) -> None:
        """Refuses at once if somebody edited the pods, since waiting would not help."""
        if edits := self._edits(deployments):
            found = f"{self._spec.color} is not as this update declared it"
            raise GateRefused(self._refusal(edits, (found, "Run pulumi up again, which puts that right")))

    def _deployments(self) -> list[str]:
        return [naming.workload_name(workload, self._spec.color) for workload in self._spec.workloads]

    def _round(self, pool: Executor) -> "_Round":
        """Checks the pods and their health once."""
        spec = self._spec
        selector = f"{naming.COLOR_LABEL}={spec.color},{naming.ENVIRONMENT_LABEL}={Environment.PROD}"
        try:
            found = self._kubectl.objects(POD, selector=selector)
            makers = self._kubectl.objects(REPLICA_SET, selector=selector) if self._are_renamed(found) else []
        except ClusterError as error:
            return _Round([_unseen(error)])
        pods = {workload.name: pods_of(found, workload, spec.color) for workload in workloads.SHOP}
        problems = [
            problem
            for workload, expected in spec.workloads.items()
            for problem in pod_problems(naming.workload_name(workload, spec.color), pods[workload], expected, makers)
        ]
        ready = [(one, pod) for one in workloads.SHOP for pod in pods[one.name] if is_ready(pod)]
        production = pool.submit(self._production_problems)
        health = list(pool.map(lambda one: self._health(*one), ready))
        problems += [problem for problem, _ in health if problem]
        problems += production.result()
        named = {name_of(pod) for (_, pod), (_, names_database) in zip(ready, health, strict=True) if names_database}
        return _Round(problems, ready, named)

    def _are_renamed(self, pods: Sequence[Pod]) -> bool:
        """Whether a pod names another image than is expected of any."""
        expected = {one.image for one in self._spec.workloads.values()}
        return any(image_of(pod) not in expected for pod in pods)

    def _health(self, workload: WorkloadSpec, pod: Pod) -> tuple[str, bool]:
        url = pod_url(self._kubectl.namespace, workload, name_of(pod), workload.health_path)
        return health_problem(self._kubectl.ask, workload, name_of(pod), url, self._spec.database)

    def _production_problems(self) -> list[str]:
        """Problems of production meanwhile: the new release has migrated, and the old pods still serve."""
        if gone := self._production.gone():
            return gone
        color = self._spec.color
        problems = [
            f"production, served by {color.other} still, is not well since {color}'s pods started: {problem}"
            for problem in self._production.answers()
        ]
        if problems:
            problems.append(
                f"If a migration of {color}'s release took away what {color.other}'s release needs, deliver it as two "
                "releases, one that adds and, later, one that removes (docs/switching.md)"
            )
        return problems

    def _require_tested(self, ready: Sequence[tuple[WorkloadSpec, Pod]]) -> None:
        """Refuses at once if a tag was pushed again, so that its image is not what staging has run."""
        problems = []
        for workload, expected in self._spec.workloads.items():
            found = image_digests(pod for spec, pod in ready if spec.name == workload)
            if expected.tested_as and (others := found - expected.tested_as):
                name = naming.workload_name(workload, self._spec.color)
                tested = _listed(expected.tested_as)
                problems.append(f"{name}: {expected.image} is {_listed(others)} now, and staging has run {tested}")
        if problems:
            raise GateRefused(self._refusal([*problems, _PUSHED_AGAIN]))

    def _ask_what_lasts(self, pool: Executor, seen: "_Round") -> list[Future[list[str]]]:
        """Starts to ask what cannot change in a pod's life, or while it serves nobody: its database, its image.

        A Deployment that somebody changes after this is found at the end of the update.
        """
        connected = {
            name_of(pod): str(pod["status"].get("podIP")) for workload, pod in seen.ready if workload.uses_database
        }
        asked = [
            pool.submit(self._connections, connected, seen.named),
            pool.submit(self._schema, seen.ready),
            pool.submit(self._require_as_declared),
        ]
        if self._spec.needs_shell:
            asked.append(pool.submit(self._shell, [name_of(pod) for _, pod in seen.ready]))
        return asked

    def _connections(self, pods: Mapping[str, str], named: Collection[str]) -> list[str]:
        return connection_problems(self._server(), pods, self._spec.database, known_by_other_means=named)

    def _schema(self, pods: Sequence[tuple[WorkloadSpec, Pod]]) -> list[str]:
        ask, namespace = self._kubectl.ask, self._kubectl.namespace
        asked = (schema_problem(ask, namespace, spec, name_of(pod)) for spec, pod in pods if spec.schema_path)
        return list(filter(None, asked))

    def _shell(self, pods: Sequence[str]) -> list[str]:
        if problems := shell_problems(self._kubectl, pods):
            raise GateRefused(self._refusal(problems))  # no waiting gives an image a shell
        return []

    def _refusal(self, problems: list[str], conclusion: tuple[str, str] | None = None) -> str:
        said, remedy = conclusion or self._conclusion(problems)
        if self._budget.left() <= 0:
            problems = [
                *problems,
                f"the switch took longer than promotion.timeBudget allows ({self._budget.seconds:g} s)",
            ]
        lines = textwrap.indent("\n".join(problems), "  ")
        back = f"pulumi config set activeColor {self._spec.color.other} && pulumi up"
        return f"{said}; every proxy stays as it was.\n{lines}\n  {remedy}, or go back: {back}"

    def _conclusion(self, problems: list[str]) -> tuple[str, str]:
        """What the problems mean for the colour, and what to do."""
        color = self._spec.color
        if all(isinstance(problem, _Unseen) for problem in problems):
            seen = f"Whether {color} is fit for production could not be seen"
            return seen, "Run pulumi up again when the cluster answers (kubectl get --raw /readyz)"
        if set(problems) <= set(self._production.gone()):
            return f"Production cannot be switched to {color} as things are", "Run pulumi up again after that"
        return f"{color} is not fit for production", (
            f"Look at it with: kubectl -n {self._kubectl.namespace} get pods -l {naming.COLOR_LABEL}={color}\n"
            f"  Fix {color} and run pulumi up again"
        )


class _Limit:
    """How long the gate goes on asking, in seconds: shorter while something of production is `gone` and stays so."""

    def __init__(self, seconds: float, gone: Problems) -> None:
        self._gone = gone
        self._last_whole = time.monotonic()
        self._deadline = self._last_whole + seconds

    def is_over(self, problems: Sequence[str]) -> bool:
        """Whether a round with these problems was the last; asked once after each round."""
        now = time.monotonic()
        if not (problems and self._gone()):
            self._last_whole = now
        return now > min(self._deadline, self._last_whole + _HELD_SECONDS)


@dataclass(frozen=True)
class _Round:
    """The results of one round."""

    problems: list[str]
    ready: list[tuple[WorkloadSpec, Pod]] = field(default_factory=list)
    named: Collection[str] = ()
    """Names of the pods whose health named their database."""


def _answers(asked: Sequence[Future[list[str]]]) -> list[str]:
    try:
        return [problem for one in asked for problem in one.result()]
    except (ClusterError, OSError) as error:
        return [_unseen(error)]


def _unseen(error: Exception) -> _Unseen:
    return _Unseen(f"the cluster does not answer: {error}")


def _listed(found: Collection[str]) -> str:
    return " and ".join(map(short_digest, sorted(found)))
