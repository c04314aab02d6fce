"""Jobs that do nothing, of which only the pod is looked at: whether a node takes it, whether its images can be had."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeGuard

from cadrart_infra import naming
from cadrart_infra.cluster.conditions import condition_holds
from cadrart_infra.cluster.errors import ClusterError
from cadrart_infra.cluster.job_manifests import confined_container, confined_pod, run_once
from cadrart_infra.cluster.job_runner import JOB_LABEL
from cadrart_infra.cluster.kinds import POD, Object
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.cluster.pods import why_unscheduled

_FORGOTTEN_AFTER = 60
"""Seconds: nobody asks for one that an interrupted update left, and to whoever watches for failed Jobs it is one."""
_LITTLE: Mapping[str, str] = {"cpu": "10m", "memory": "16Mi"}


def brief_container(
    name: str, image: str, pull_policy: str, user: int, requests: Mapping[str, str] = _LITTLE
) -> Object:
    """One that does nothing: of an image without `true` it does not start, once it is pulled."""
    return {
        "name": name,
        "image": image,
        "imagePullPolicy": pull_policy,
        "command": ["true"],
        "resources": {
            "requests": dict(requests),
            "limits": {"cpu": "100m", "memory": "32Mi"},
        },
        "securityContext": confined_container(user),
    }


def brief_job(kind: str, containers: Sequence[Object], time_limit: int, pod: Object | None = None) -> Object:
    """A Job of these containers, within `time_limit` seconds. `kind`: its label, and how its name begins.

    `pod`: what its pod has besides.
    """
    name = f"{kind}-{secrets.token_hex(3)}"
    labels = {naming.SERVICE_LABEL: kind, JOB_LABEL: name}
    whole = {**confined_pod(0), **(pod or {}), "containers": list(containers)}
    return run_once(name, labels, whole, time_limit, _FORGOTTEN_AFTER)


@contextlib.contextmanager
def pod_of_brief_job(kubectl: Kubectl, job: Object) -> Iterator[Callable[[], Object | None]]:
    """The Job while the block runs, and what looks at its pod; what the end of this program leaves goes by itself.

    Raises ClusterError where the cluster refuses the Job.
    """
    name = job["metadata"]["name"]

    def look() -> Object | None:
        return next(iter(kubectl.objects(POD, selector=f"{JOB_LABEL}={name}")), None)

    kubectl.create(job)
    try:
        yield look
    finally:
        with contextlib.suppress(ClusterError):
            kubectl.run("delete", "job", name, "--ignore-not-found", "--wait=false")


def is_scheduled(pod: Object | None) -> TypeGuard[Object]:
    """Whether the Job has a pod, and a node has taken it."""
    return pod is not None and condition_holds(pod, "PodScheduled")


def why_not_scheduled(pod: Object | None) -> str:
    """Why a node has not taken it so far."""
    return "the cluster makes no pod for it" if pod is None else why_unscheduled(pod) or "no node takes its pod"
