"""Runs one Job to its end: its log shown line by line, its errors explained, nothing of it left behind."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from cadrart_infra.cluster.conditions import condition_holds
from cadrart_infra.cluster.container_ends import why_killed
from cadrart_infra.cluster.errors import ClusterError
from cadrart_infra.cluster.job_log import JobLog
from cadrart_infra.cluster.job_problems import UNKNOWN, Failed, Meaning, NotStarted, TimeLimit, meaning_if_killed
from cadrart_infra.cluster.job_state import (
    container_statuses,
    failed_container,
    failed_for,
    started_containers,
    waits_for,
    why_waiting,
)
from cadrart_infra.cluster.kinds import EVENT, JOB, POD, Object, of_kind
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.cluster.pods import NEVER_PULLED, NOT_CONFIGURED, is_ending, why_unscheduled
from cadrart_infra.cluster.waiting import look_until
from cadrart_infra.terminal import Say

JOB_LABEL = "ateliercadrart.com/job"
"""On a Job and on its pod: the Job's name."""

_START_SECONDS = 300
_AWAY_SECONDS = 60
_SILENT_SECONDS = 10
_STUCK_SECONDS = 30  # a node that is busy reports these for a moment as well
_REFUSED = re.compile(
    r'Error from server(?: \((?:Forbidden|Invalid|BadRequest)\))?: (?:error when creating "STDIN": )?'
)
"""How kubectl begins where the API server has judged a new object; not where it only gave no answer in time."""
_STUCK_REASONS = NEVER_PULLED | {NOT_CONFIGURED, "CreateContainerError"}


@dataclass(frozen=True)
class JobToRun:
    """A Job with one pod, both with JOB_LABEL, and a time limit (`activeDeadlineSeconds`).

    The pod has one container, and may have init containers that run before it: its steps.
    """

    manifest: Object
    setting: str = ""
    """The setting with which a user can raise the time limit; empty where none does."""
    meanings: Mapping[int, Meaning] = field(default_factory=dict)
    """Of the steps' exit codes."""
    may_be_cut_off: bool = True
    """Whether it can be ended and begun again at any time; one that cannot goes on where the cluster does not answer.
    """
    beside: Sequence[str] = ()
    """Containers that run beside the steps and need not end; the end of their logs is reported where the Job fails."""
    meanings_of: Mapping[str, Meaning] = field(default_factory=dict)
    """What an error of a container means whose exit codes are not the program's own, by the container's name."""
    memory_settings: Mapping[str, str] = field(default_factory=dict)
    """The setting with which a user can raise a container's limit of memory, by the container's name."""

    @property
    def name(self) -> str:
        """The Job's name."""
        return str(self.manifest["metadata"]["name"])

    def found(self, manifest: Object) -> JobToRun:
        """The same for a Job of this name that is in the cluster already."""
        return replace(self, manifest=manifest)

    @property
    def time_limit(self) -> int:
        """Seconds."""
        return int(self.manifest["spec"]["activeDeadlineSeconds"])


def remove_job(kubectl: Kubectl, name: str) -> None:
    """Remove the Job if it is there, and wait until its pod has ended."""
    arguments = ("--ignore-not-found", "--cascade=foreground", "--wait", "--timeout=90s")
    kubectl.run("delete", "job", name, *arguments, timeout=100)


def remove_leftover_job(kubectl: Kubectl, name: str) -> bool:
    """Whether there was a Job of this name; it is removed as `remove_job` does."""
    found = kubectl.find(JOB, name) is not None
    if found:
        remove_job(kubectl, name)
    return found


def unfinished_job(kubectl: Kubectl, name: str) -> Object | None:
    """The Job of this name that runs or is about to; None if none can do anything any more."""
    found = kubectl.find(JOB, name)
    if found is None or "deletionTimestamp" in found["metadata"]:
        return None
    return None if condition_holds(found, "Complete") or condition_holds(found, "Failed") else found


class JobRunner:
    """One Job in the cluster. `say` gets each line of its log."""

    def __init__(self, kubectl: Kubectl, job: JobToRun, say: Say) -> None:
        self._kubectl, self._job, self._say = kubectl, job, say
        self._log = JobLog(kubectl, job.beside, say)
        self._waited_for = ""
        self._stuck_since: float | None = None
        self._waits_since = 0.0
        self._has_warned = False

    def run(self) -> list[str]:
        """The log's lines; raises NotStarted, TimeLimit or Failed with the last of them.

        A Job of this name that a killed run left behind is removed first, whether it still runs or not.
        """
        self._remove()
        return self._to_its_end(begin=True)

    def follow(self) -> list[str]:
        """The log's lines of the Job that is in the cluster already; raises as `run` does."""
        return self._to_its_end(begin=False)

    def _to_its_end(self, *, begin: bool) -> list[str]:
        leave = False
        try:
            if begin:
                self._create()
            self._wait()
            return self._log.lines
        except ClusterError:
            leave = not self._job.may_be_cut_off
            raise
        finally:
            if not leave:
                with contextlib.suppress(ClusterError):  # it goes by itself a day later, or with the next run
                    self._remove()

    def _create(self) -> None:
        try:
            self._kubectl.create(self._job.manifest)
        except ClusterError as error:
            said = str(error)
            if not (refused := _REFUSED.match(said)):
                raise
            raise NotStarted(
                f"The cluster refused the Job {self._job.name}: {said[refused.end() :].rstrip('.')}",
                "Correct what refuses it in the namespace (a quota, a policy, a webhook), and run it again.",
            ) from None

    def _remove(self) -> None:
        remove_job(self._kubectl, self._job.name)

    def _wait(self) -> None:
        started = self._waits_since = time.monotonic()
        while True:
            job, pod = self._look_again()
            was_read = not pod or not started_containers(pod) or self._log.read(pod)
            failure, took = failed_container(pod) if pod else None, time.monotonic() - started
            if pod and not failure and self._has_ended(pod):
                if not was_read:
                    self._read_to_the_end(pod)
                return
            if self._is_over_its_time(job, pod, took):
                raise self._too_long(pod)
            if pod and failure:
                raise self._failure(pod, *failure)
            if pod and self._is_running(pod):
                self._waits_since, self._stuck_since = time.monotonic(), None
            else:
                self._require_start(job, pod)
            time.sleep(0.5)

    def _read_to_the_end(self, pod: Mapping[str, Any]) -> None:
        """Raises ClusterError where the log stays unread: it is the Job's result, as a list of backups is."""
        if not look_until(bool, lambda: self._log.read(pod), _AWAY_SECONDS, 1):
            raise ClusterError(f"The Job {self._job.name} has ended, but its log could not be read.")

    def _has_ended(self, pod: Mapping[str, Any]) -> bool:
        steps = self._steps(pod)
        return bool(steps) and all("terminated" in step.get("state", {}) for step in steps)

    def _is_running(self, pod: Mapping[str, Any]) -> bool:
        return any("running" in step.get("state", {}) for step in self._steps(pod))

    def _steps(self, pod: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        return [one for one in container_statuses(pod) if one["name"] not in self._job.beside]

    def _failure(self, pod: Mapping[str, Any], container: str, ended: Mapping[str, Any]) -> Failed:
        code, job = int(ended["exitCode"]), self._job
        meaning = job.meanings_of.get(container) or job.meanings.get(code, UNKNOWN)
        if why := why_killed(pod, container, ended):
            meaning = meaning_if_killed(meaning, why, job.memory_settings.get(container, ""))
        return Failed(code, [*self._log.end(), *self._log.end_beside(pod)], meaning)

    def _is_over_its_time(self, job: Mapping[str, Any], pod: Mapping[str, Any] | None, took: float) -> bool:
        """Also of a program that was killed for it, before the Job says why its pod was deleted."""
        deleted = pod is not None and is_ending(pod)
        return failed_for(job, "DeadlineExceeded") or took > self._job.time_limit + (0 if deleted else 30)

    def _look_again(self) -> tuple[Mapping[str, Any], Mapping[str, Any] | None]:
        """A Job that must not be cut off is asked after for a while where the cluster does not answer."""
        deadline = time.monotonic() + _AWAY_SECONDS
        while True:
            try:
                return self._look()
            except ClusterError:
                if self._job.may_be_cut_off or time.monotonic() > deadline:
                    raise
            time.sleep(1)

    def _look(self) -> tuple[Mapping[str, Any], Mapping[str, Any] | None]:
        found = self._kubectl.objects(JOB, POD, selector=f"{JOB_LABEL}={self._job.name}")
        pods = [self._without_others(pod) for pod in of_kind(POD, found)]
        jobs = of_kind(JOB, found)
        if not jobs:
            raise NotStarted(f"The Job {self._job.name} was removed while it ran", "Run it again.", self._log.end())
        if pods and not self._is_running(pods[0]):
            self._waited_for = why_waiting(pods[0]) or self._waited_for
        return jobs[0], pods[0] if pods else None

    def _without_others(self, pod: Mapping[str, Any]) -> Mapping[str, Any]:
        """The pod with the state of the Job's own steps alone: a container that a webhook adds may never end."""
        spec, status = self._job.manifest["spec"]["template"]["spec"], pod.get("status", {})
        own = {one["name"] for one in (*spec.get("initContainers", []), *spec["containers"])}
        lists = ("initContainerStatuses", "containerStatuses")
        mine = {key: [one for one in status[key] if one["name"] in own] for key in lists if key in status}
        return {**pod, "status": {**status, **mine}}

    def _too_long(self, pod: Mapping[str, Any] | None) -> TimeLimit | NotStarted:
        if not self._log.lines and not (pod and started_containers(pod)):
            return self._not_started()
        return TimeLimit(
            f"The Job {self._job.name} did not end within {self._job.time_limit} s",
            self._remedy_of_the_limit(),
            [*self._log.end(), *(self._log.end_beside(pod) if pod else [])],
        )

    def _remedy_of_the_limit(self) -> str:
        if self._job.setting:
            return f"Raise the time limit ({self._job.setting}), or find out what makes the database slow."
        return "No setting raises this time limit. Find out what makes the database or its node slow, and run it again."

    def _require_start(self, job: Mapping[str, Any], pod: Mapping[str, Any] | None) -> None:
        """Raises NotStarted where waiting on for the next step makes no sense."""
        now = time.monotonic()
        if now - self._waits_since > _SILENT_SECONDS:
            self._warn_why(pod)
        if pod is None or waits_for(pod).get("reason") not in _STUCK_REASONS:
            self._stuck_since = None
        elif self._stuck_since is None:
            self._stuck_since = now
        stuck = self._stuck_since is not None and now - self._stuck_since > _STUCK_SECONDS
        if stuck or failed_for(job, "") or now - self._waits_since > min(_START_SECONDS, self._job.time_limit):
            raise self._not_started()

    def _warn_why(self, pod: Mapping[str, Any] | None) -> None:
        """A quota, or a node, may have room again when other pods have ended, so that the Job is waited for."""
        if self._has_warned:
            return
        if pod is None and (why := self._warning()):
            self._say(f"the Job {self._job.name} has no pod yet: {why}")
        elif pod and (why := why_unscheduled(pod) or waits_for(pod).get("message", "")):
            self._say(f"the pod of the Job {self._job.name} does not start yet: {' '.join(why.split())}")
        else:
            return
        self._has_warned = True

    def _not_started(self) -> NotStarted:
        why = self._waited_for or self._warning() or "the cluster gives no reason"
        return NotStarted(
            f"The pod of the Job {self._job.name} was never started: {why.rstrip('.')}",
            "Correct that, or make room on the node.",
        )

    def _warning(self) -> str:
        """What the cluster says of a Job that has no pod, because of a quota for instance."""
        with contextlib.suppress(ClusterError):
            about = f"involvedObject.kind=Job,involvedObject.name={self._job.name},type=Warning"
            events = self._kubectl.objects(EVENT, fields=about)
            if events:
                return str(events[-1].get("message", ""))
        return ""
