"""The history in the cluster: read, and written past the engine by whoever has done something.

It is no part of Pulumi's state: a preview never sees a change in it. That it could not be written is said, and fails
nothing.
"""

import contextlib
import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

from cadrart_infra.cluster.actor import actor
from cadrart_infra.cluster.errors import ApiError, ClusterError
from cadrart_infra.cluster.kinds import CONFIG_MAP, EVENT
from cadrart_infra.cluster.kubectl import Kubectl, Object
from cadrart_infra.history.checkout import Checkout, checkout
from cadrart_infra.history.entry import Entry, Job, Outcome
from cadrart_infra.history.history import History, Program
from cadrart_infra.naming import HISTORY

Say = Callable[[str], None]
_TRIES = 8
_SECONDS = 5
_LONGEST_MESSAGE = 1000
"""Characters; the API server takes 1,024."""
_LABELS = {"app.kubernetes.io/managed-by": "cadrart-infra"}


def read_history(kubectl: Kubectl) -> History:
    """What the cluster has; an empty one before the first entry. Raises ClusterError."""
    found = kubectl.find(CONFIG_MAP, HISTORY, _SECONDS)
    return History.parse((found or {}).get("data") or {})


def write(kubectl: Kubectl, entry: Entry, warn: Say, program: Program | None = None) -> None:
    """One more entry, and an Event of it; `warn` is told where that fails."""
    try:
        _append(kubectl, entry, program)
        kubectl.post(EVENT, _event(kubectl.namespace, entry))
    except ClusterError as error:
        warn(f"The history ({HISTORY} in namespace {kubectl.namespace}) lacks this {entry.job}: {error}")


def entry_now(kubectl: Kubectl, job: Job, outcome: Outcome, seconds: float = 0, **values: Any) -> Entry:
    """An entry of what has just ended here; the time is the API server's, or this machine's where it does not say."""
    try:
        now = kubectl.now(_SECONDS)
    except ClusterError:
        now = datetime.now(UTC)
    began = (now - timedelta(seconds=seconds)).isoformat(timespec="seconds")
    here: Checkout = values.pop("here", None) or checkout()
    known: dict[str, Any] = {"who": actor(), "commit": here.commit, "dirty": here.dirty}
    return Entry(job=job, outcome=outcome, began=began, seconds=seconds, **known, **values)


@dataclass
class Work:
    """What is being done; whoever does it says in `facts` what came of it."""

    what: str
    facts: dict[str, Any] = field(default_factory=dict)


@contextlib.contextmanager
def recorded(kubectl: Kubectl, job: Job, what: str, warn: Say) -> Iterator[Work]:
    """An entry of the block: done, or failed with the error that leaves it, or cut off."""
    began, work, outcome, detail = time.monotonic(), Work(what), Outcome.CUT_OFF, ""
    try:
        yield work
        outcome = Outcome.DONE
    except Exception as error:
        outcome, detail = Outcome.FAILED, str(error)
        raise
    finally:
        values = {"what": work.what, "detail": detail, "facts": work.facts}
        write(kubectl, entry_now(kubectl, job, outcome, time.monotonic() - began, **values), warn)


def _append(kubectl: Kubectl, entry: Entry, program: Program | None) -> None:
    """Again with what is there by now, where somebody else has written meanwhile."""
    for _ in range(_TRIES):
        found = kubectl.find(CONFIG_MAP, HISTORY, _SECONDS)
        history = History.parse((found or {}).get("data") or {}).with_entry(entry, program)
        try:
            if found is None:
                kubectl.post(CONFIG_MAP, _config_map(kubectl.namespace, history))
            else:
                version = {"resourceVersion": found["metadata"]["resourceVersion"]}
                kubectl.patch(CONFIG_MAP, HISTORY, {"metadata": version, "data": history.data()})
        except ApiError as error:
            if error.status != HTTPStatus.CONFLICT:
                raise
        else:
            return
    raise ClusterError("others write it all the time")


def _config_map(namespace: str, history: History) -> Object:
    metadata = {"name": HISTORY, "namespace": namespace, "labels": _LABELS}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": history.data()}


def _event(namespace: str, entry: Entry) -> Object:
    """For `kubectl get events`, where the cluster keeps it for an hour, as it does all of them."""
    done = entry.outcome is Outcome.DONE
    words = f"{entry.job}{'' if done else f' {entry.outcome}'}"
    now = (entry.moment + timedelta(seconds=entry.seconds)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    about = {"apiVersion": "v1", "kind": "ConfigMap", "name": HISTORY, "namespace": namespace}
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": f"{HISTORY}.{secrets.token_hex(8)}", "namespace": namespace, "labels": _LABELS},
        "involvedObject": about,
        "type": "Normal" if done and entry.job is not Job.ROLLBACK else "Warning",
        "reason": words.title().replace(" ", ""),
        "message": entry.sentence()[:_LONGEST_MESSAGE],
        "source": {"component": "cadrart-infra"},
        "firstTimestamp": now,
        "lastTimestamp": now,
        "count": 1,
    }
