"""One updater at a time: a Lease of the namespace says who changes the shop, whatever Pulumi's backend locks.

It is taken by whoever writes, renewed while they work, free again when they end, and may be taken over when it has not
been renewed for its duration. All times are the API server's own, so that nobody's clock matters.
"""

import contextlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus

from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

from cadrart_infra.cluster.actor import actor
from cadrart_infra.cluster.errors import ApiError, ClusterError, missing_namespace, terminating_namespace
from cadrart_infra.cluster.kinds import LEASE, Object, annotations_of
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.naming import MADE_BY_PROGRAM, UPDATE_LEASE
from cadrart_infra.relative_time import ago
from cadrart_infra.terminal import Say

DURATION = 45
"""Seconds after its last renewal at which a Lease is free."""
RENEWAL = 10
"""Seconds between two renewals."""
FREE_IT = "python -m cadrart_infra unlock"
_WHO, _DOING = "ateliercadrart.com/held-by", "ateliercadrart.com/held-for"
_ENDING = "because it is being terminated"
"""Of a namespace, in the API server's refusal, which has the status of a missing right."""
_TRIES = 5
_BETWEEN_TRIES = 2.0
"""Seconds between two tries to get it, for who waits."""


class Held(ClusterError):
    """Somebody else changes the shop now; nothing was written."""


@dataclass(frozen=True)
class Holder:
    """Who holds the Lease.

    `run`: which run of theirs, unique while it lasts; `doing`: what for; `renewed`: when they last showed that they
    are alive.
    """

    run: str
    who: str
    doing: str
    since: datetime
    renewed: datetime

    def expired(self, now: datetime) -> bool:
        """Whether the Lease may be taken over."""
        return now > self.renewed + timedelta(seconds=DURATION)

    def described(self, now: datetime) -> str:
        """Who, what for and since when, as part of a sentence."""
        return (
            f"{self.who} holds it for {self.doing}, since {self.since:%Y-%m-%d %H:%M:%S} UTC ({ago(self.since, now)})"
        )


class HeldLease:
    """The Lease while this process holds it: renewed in the background until it is released.

    `lost` is called when somebody took it away meanwhile. `works`: whether what it is held for still does; where that
    was killed and this process was not, the Lease runs out.
    """

    def __init__(self, kubectl: Kubectl, holder: Holder, lost: Say, works: Callable[[], bool]) -> None:
        self._kubectl, self._holder, self._lost, self._works = kubectl, holder, lost, works
        self._ended = threading.Event()
        self._renewing = threading.Thread(target=self._renew, name="update-lease", daemon=True)
        self._renewing.start()

    def release(self) -> None:
        """Frees the Lease for the next; one that is somebody else's by now is left alone. Safe to repeat."""
        if self._ended.is_set():
            return
        self._ended.set()
        with contextlib.suppress(ClusterError):  # it runs out by itself
            _free(self._kubectl, self._holder.run)

    def keep(self) -> None:
        """Ends the renewing alone: the Lease then runs out by itself."""
        self._ended.set()

    def _renew(self) -> None:
        while not self._ended.wait(RENEWAL) and self._works():
            with contextlib.suppress(ClusterError):  # the next round may reach it, long before its time is up
                self._renew_once()

    def _renew_once(self) -> None:
        found = self._kubectl.find(LEASE, UPDATE_LEASE)
        holder = holder_of(found) if found else None
        if found is None or holder is None or holder.run != self._holder.run:
            self._ended.set()
            self._lost(_taken_away(holder))
            return
        spec = {**found["spec"], "renewTime": _micro_time(self._kubectl.now())}
        self._kubectl.replace(LEASE, {**found, "spec": spec})


def take(
    kubectl: Kubectl, run: str, doing: str, lost: Say, works: Callable[[], bool] = lambda: True
) -> HeldLease | None:
    """Takes the Lease for `run`; raises Held at once if somebody else holds it.

    None where this run holds it already, and releases it where it took it. `works`: see HeldLease. Raises ClusterError
    where the API server refuses it.
    """
    try:
        return _take(kubectl, run, doing, lost, works)
    except ApiError as error:
        if error.status not in (HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY):
            raise
        raise ClusterError(_refused(error, kubectl.namespace)) from None


def _refused(error: ApiError, namespace: str) -> str:
    """Why the API server lets nobody of this account hold the Lease, and what to do about it."""
    if _ENDING in str(error):
        return terminating_namespace(namespace)
    if error.status == HTTPStatus.NOT_FOUND:
        return f"Nothing was changed. {missing_namespace(namespace)}"
    return (
        f"You may not hold the Lease {UPDATE_LEASE} in namespace {namespace}; nothing was changed: {error}\n"
        "  Correct what refuses it in the namespace (a quota, a policy, a webhook); where it says that you cannot, "
        "your Role needs get, create, update and delete for leases of coordination.k8s.io."
    )


def _take(kubectl: Kubectl, run: str, doing: str, lost: Say, works: Callable[[], bool]) -> HeldLease | None:
    for _ in range(_TRIES):
        found, now = kubectl.find(LEASE, UPDATE_LEASE), kubectl.now()
        holder = holder_of(found) if found else None
        if holder and not holder.expired(now):
            if holder.run == run:
                return None
            raise Held(_refusal(holder, now, kubectl.namespace))
        mine = Holder(run, actor(), doing, now, now)
        try:
            if found:
                kubectl.replace(LEASE, {**found, **_lease(mine, kubectl.namespace, found)})
            else:
                kubectl.post(LEASE, _lease(mine, kubectl.namespace))
        except ApiError as error:
            if error.status != HTTPStatus.CONFLICT:
                raise
        else:
            return HeldLease(kubectl, mine, lost, works)
    raise ClusterError(
        f"The Lease {UPDATE_LEASE} changes hands too fast to be taken. Nothing was changed. Run it again."
    )


@contextlib.contextmanager
def held(kubectl: Kubectl, run: str, doing: str, lost: Say, wait: float = 0) -> Iterator[None]:
    """Holds the Lease while the block runs; raises Held if somebody else still holds it after `wait` seconds.

    `lost` is also called with whom it waits for.
    """
    lease = _waiting(kubectl, wait, lost)(take, kubectl, run, doing, lost)
    try:
        yield
    finally:
        if lease:
            lease.release()


def _waiting(kubectl: Kubectl, wait: float, say: Say) -> Retrying:
    """Calls again for `wait` seconds what raises Held, and says once whom it waits for."""
    reported = False

    def report_holder(_: RetryCallState) -> None:
        nonlocal reported
        holder = None if reported else who_holds(kubectl)
        if holder:
            say(f"Waiting: {holder.described(kubectl.now())}.")
            reported = True

    return Retrying(
        retry=retry_if_exception_type(Held),
        stop=stop_after_delay(wait),
        wait=wait_fixed(_BETWEEN_TRIES),
        before_sleep=report_holder,
        reraise=True,
    )


def give_up(kubectl: Kubectl, run: str) -> None:
    """Frees the Lease if `run` still holds it; for people only. It does not end the holder's work, but warns it."""
    _free(kubectl, run)


def who_holds(kubectl: Kubectl) -> Holder | None:
    """The holder of the Lease; None if nobody holds it, or it has run out."""
    found = kubectl.find(LEASE, UPDATE_LEASE)
    holder = holder_of(found) if found else None
    return None if holder is None or holder.expired(kubectl.now()) else holder


def require_free(kubectl: Kubectl, wait: float = 0, say: Say = print) -> None:
    """Raises Held if somebody still holds the Lease after `wait` seconds.

    For callers that are about to read what the holder changes. `say`: called with whom it waits for.
    """
    _waiting(kubectl, wait, say)(_require_free, kubectl)


def _require_free(kubectl: Kubectl) -> None:
    if holder := who_holds(kubectl):
        raise Held(_refusal(holder, kubectl.now(), kubectl.namespace))


def holder_of(lease: Object) -> Holder | None:
    """Who a Lease names; None where it names nobody."""
    spec, annotations = lease.get("spec") or {}, annotations_of(lease)
    run = spec.get("holderIdentity")
    if not run or not spec.get("renewTime"):
        return None
    renewed = datetime.fromisoformat(spec["renewTime"])
    since = datetime.fromisoformat(spec.get("acquireTime") or spec["renewTime"])
    return Holder(run, annotations.get(_WHO, run), annotations.get(_DOING, "an update"), since, renewed)


def _lease(holder: Holder, namespace: str, old: Object | None = None) -> Object:
    """The object; the version of the `old` one with it, so that only one of two can take over."""
    version = {"resourceVersion": old["metadata"]["resourceVersion"]} if old else {}
    return {
        "apiVersion": "coordination.k8s.io/v1",
        "kind": "Lease",
        "metadata": {
            "name": UPDATE_LEASE,
            "namespace": namespace,
            "labels": MADE_BY_PROGRAM,
            "annotations": {_WHO: holder.who, _DOING: holder.doing},
            **version,
        },
        "spec": {
            "holderIdentity": holder.run,
            "leaseDurationSeconds": DURATION,
            "acquireTime": _micro_time(holder.since),
            "renewTime": _micro_time(holder.renewed),
        },
    }


def _free(kubectl: Kubectl, run: str) -> None:
    """Deletes the Lease if that run holds it; a renewal meanwhile is no reason not to."""
    for _ in range(_TRIES):
        found = kubectl.find(LEASE, UPDATE_LEASE)
        holder = holder_of(found) if found else None
        if found is None or holder is None or holder.run != run:
            return
        try:
            kubectl.delete(LEASE, UPDATE_LEASE, found["metadata"]["resourceVersion"])
        except ApiError as error:
            if error.status not in (HTTPStatus.CONFLICT, HTTPStatus.NOT_FOUND):
                raise


def _refusal(holder: Holder, now: datetime, namespace: str) -> str:
    left = max(0, round((holder.renewed - now).total_seconds() + DURATION))
    return (
        f"Somebody else changes this shop; nothing was changed. Of the Lease {UPDATE_LEASE} in namespace {namespace}: "
        f"{holder.described(now)}.\n"
        f"  Wait for its end and run this again. It was renewed {ago(holder.renewed, now)} and is free {left} s from "
        "now unless it is renewed, as it is while that run lives.\n"
        f"  To free it by hand, when you are sure that nothing of that run goes on: {FREE_IT}"
    )


def _taken_away(holder: Holder | None) -> str:
    by = f"{holder.who} holds it now, for {holder.doing}" if holder else "somebody freed it"
    return f"The Lease {UPDATE_LEASE} is not this run's any more: {by}. Another update may run beside this one."


def _micro_time(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
