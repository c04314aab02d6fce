"""Pulls an update's new images once in a Job, before anything is changed.

Of a version that was mistyped one would otherwise hear when staging's database has been copied already, and after
`rollout.timeout` seconds, in this update and in each one after it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from cadrart_infra import naming
from cadrart_infra.cluster.brief_jobs import (
    brief_container,
    brief_job,
    is_scheduled,
    pod_of_brief_job,
    why_not_scheduled,
)
from cadrart_infra.cluster.errors import ClusterError
from cadrart_infra.cluster.kinds import Object
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.cluster.pods import NOT_PULLED
from cadrart_infra.image_pull import server_pull_policy, workload_pull_policy
from cadrart_infra.plan import Kind, UpdatePlan
from cadrart_infra.terminal import Say
from cadrart_infra.user_errors import UserError

_NOT_YET = {"", "ContainerCreating", "PodInitializing"}
_ENDED = "ended"
_FOR_GOOD = ("not found", "unauthorized", "denied", "forbidden", "invalid")
"""In what a node says of an image that the next try does not get either."""
_RETRIED_SECONDS = 15  # a node tries again after ten
_START_SECONDS = 10
_PAUSE_SECONDS = 0.3


class ImageNotPulled(UserError):
    """An image that the update brings cannot be had; nothing was changed."""


@dataclass(frozen=True)
class NewImage:
    """An image that nothing in the shop runs now: `setting` names it, `user` is what its container runs as."""

    setting: str
    image: str
    policy: str
    user: int


def require_pullable(plan: UpdatePlan, kubectl: Kubectl, say: Say) -> None:
    """Raises ImageNotPulled where a node cannot get an image that the update brings.

    Where no pod can try it (no room, a quota, a missing right), that is said, and the update goes on.
    """
    images = list(_new_images(plan))
    if not images:
        return
    named = " and ".join(naming.release_of(one.image) for one in images)
    say(f"{named}: pulled once, before anything is changed")
    try:
        with pod_of_brief_job(kubectl, _job(plan, images)) as look:
            untried = _wait(images, look, plan.settings.rollout.timeout)
    except ClusterError as error:
        untried = str(error)
    if untried:
        say(f"whether {named} can be pulled could not be tried before the update: {untried}")


def _new_images(plan: UpdatePlan) -> Iterator[NewImage]:
    """At a first install all, the server's too; after it releases alone: what was deleted is not to wait for this."""
    settings, known = plan.settings, {one.image for one in plan.live.pulled.values()}
    is_first = plan.kind is Kind.FIRST_INSTALL and not known
    if is_first:
        database = settings.database
        yield NewImage("database.image", database.image, server_pull_policy(database.image, None), database.run_as or 0)
    for color, changes in plan.releases.unlike.items():
        for workload, change in changes.items():
            if change.after not in known and (change.before or is_first):
                known.add(change.after)
                policy = workload_pull_policy(change.after, settings.pull.policy, None)
                yield NewImage(f"images.{color}.{workload}", change.after, policy, settings.run_as.of(workload) or 0)


def _job(plan: UpdatePlan, images: Sequence[NewImage]) -> Object:
    """Each image in a container of its own."""
    containers = [
        brief_container(_container(number), one.image, one.policy, one.user) for number, one in enumerate(images)
    ]
    secret = plan.settings.pull.secret
    pull = {"imagePullSecrets": [{"name": secret}]} if secret else {}
    return brief_job(naming.PULL_CHECK, containers, plan.settings.rollout.timeout, pull)


def _container(number: int) -> str:
    return f"image-{number}"


def _wait(images: Sequence[NewImage], look: Callable[[], Object | None], limit: float) -> str:
    """Empty when all of them are there, otherwise why that could not be tried; raises ImageNotPulled."""
    since: dict[NewImage, float] = {}
    for now in _seconds(limit):
        pod = look()
        if not is_scheduled(pod):
            if now > _START_SECONDS:
                return why_not_scheduled(pod)
            continue
        waiting = {one: _waiting(pod, _container(number)) for number, one in enumerate(images)}
        if all(reason not in _NOT_YET | NOT_PULLED for reason, _ in waiting.values()):
            return ""
        since = {one: since.get(one, now) for one, (reason, _) in waiting.items() if reason in NOT_PULLED}
        lost = {one: waiting[one] for one in since if _is_for_good(waiting[one]) or now - since[one] > _RETRIED_SECONDS}
        if lost:
            raise ImageNotPulled(_text(lost))
    return f"it took longer than {limit:.0f} s"


def _seconds(limit: float) -> Iterator[float]:
    """The seconds that have passed, again and again until they are more than `limit`."""
    begun = time.monotonic()
    while (passed := time.monotonic() - begun) <= limit:
        yield passed
        time.sleep(_PAUSE_SECONDS)


def _waiting(pod: Object, container: str) -> tuple[str, str]:
    """What a container waits for, reason and message; `_ENDED` where it waits for nothing any more."""
    statuses = pod.get("status", {}).get("containerStatuses", [])
    states = (one.get("state", {}) for one in statuses if one["name"] == container)
    waiting: Mapping[str, str] | None = next(states, {"waiting": {}}).get("waiting")
    return (_ENDED, "") if waiting is None else (waiting.get("reason", ""), waiting.get("message", ""))


def _is_for_good(waiting: tuple[str, str]) -> bool:
    return any(word in waiting[1].lower() for word in _FOR_GOOD)


def _text(lost: Mapping[NewImage, tuple[str, str]]) -> str:
    lines = [f"  {one.setting}: {one.image}: {_cause(*why)}" for one, why in lost.items()]
    return (
        "An image that this update brings cannot be pulled; nothing was changed.\n"
        + "\n".join(lines)
        + "\n  Set it to a version that there is (pulumi config set --path "
        + f"{next(iter(lost)).setting} IMAGE), or let the cluster reach it (pull.secret), and run pulumi up again."
    )


def _cause(reason: str, message: str) -> str:
    """Why the last try failed, without that a node now waits with the next one."""
    return message.rpartition("ErrImagePull: ")[2] or reason
