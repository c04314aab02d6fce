"""The history in the cluster: read, and written past the engine by whoever has done something.

It is no part of Pulumi's state: a preview never sees a change in it. That it could not be written is said, and fails
nothing.
"""

import contextlib
import secrets
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, timedelta
from http import HTTPStatus
from typing import Any

from cadrart_infra.cluster.actor import actor
from cadrart_infra.cluster.errors import ApiError, ClusterError
from cadrart_infra.cluster.kinds import CONFIG_MAP, EVENT, Object
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.history.checkout import Checkout, current_checkout
from cadrart_infra.history.entry import Entry, Job, Outcome
from cadrart_infra.history.history import History, Program
from cadrart_infra.model import PROGRAM
from cadrart_infra.naming import HISTORY, MADE_BY_PROGRAM
from cadrart_infra.terminal import Say

_TRIES = 8
_SECONDS = 5
_LONGEST_MESSAGE = 1000
"""Characters; the API server takes 1,024."""


def read_history(kubectl: Kubectl) -> History:
    """What the cluster has; an empty one before the first entry. Raises ClusterError."""
    found = kubectl.find(CONFIG_MAP, HISTORY, _SECONDS)
    return History.parse((found or {}).get("data") or {})


@dataclass(frozen=True)
class Done:
    """What has just ended here; `values` are further ones of the entry (see `Entry`)."""

    job: Job
    outcome: Outcome
    seconds: float
    values: Mapping[str, Any] = field(default_factory=dict)


def record(
    kubectl: Kubectl, done: Done, warn: Say, here: Checkout | None = None, program: Program | None = None
) -> None:
    """Adds an entry to the history, and an Event; a failure is only reported to `warn`.

    `here`: the program, where it is not what is checked out now; `program`: that of an update that ended well.
    """
    try:
        entry = _entry(kubectl, done, here or current_checkout())
        if _append(kubectl, entry, program):
            kubectl.post(EVENT, _event(kubectl.namespace, entry))
    except Exception as error:  # what was done is done, and must not fail for want of its record
        warn(f"The history ({HISTORY} in namespace {kubectl.namespace}) lacks this {done.job}: {error}")


def _entry(kubectl: Kubectl, done: Done, here: Checkout) -> Entry:
    """With the API server's time."""
    began = (kubectl.now(_SECONDS) - timedelta(seconds=done.seconds)).isoformat(timespec="seconds")
    known: dict[str, Any] = {"who": actor(), "commit": here.commit, "dirty": here.dirty, **done.values}
    return Entry(job=done.job, outcome=done.outcome, began=began, seconds=done.seconds, **known)


@dataclass
class Work:
    """The work that an entry is about; whoever does it puts its results into `facts`."""

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
        record(kubectl, Done(job, outcome, time.monotonic() - began, values), warn)


def _append(kubectl: Kubectl, entry: Entry, program: Program | None) -> bool:
    """Writes the entry; reads again and retries if somebody else has written meanwhile.

    False where there is no history yet and nothing was done that could be its first entry: what is refused changes
    nothing, and makes no object in a namespace that may be another one than was meant.
    """
    for _ in range(_TRIES):
        found = kubectl.find(CONFIG_MAP, HISTORY, _SECONDS)
        if found is None and entry.outcome is Outcome.REFUSED:
            return False
        history = History.parse((found or {}).get("data") or {}).with_entry(entry, program)
        try:
            if found is None:
                kubectl.post(CONFIG_MAP, _config_map(kubectl.namespace, history))
            else:
                version = {"resourceVersion": found["metadata"]["resourceVersion"]}
                kubectl.patch(CONFIG_MAP, HISTORY, {"metadata": version, "data": history.data()})
        except ApiError as error:
            if error.status not in (HTTPStatus.CONFLICT, HTTPStatus.NOT_FOUND):
                raise
        else:
            return True
    raise ClusterError("others write it all the time")


def _config_map(namespace: str, history: History) -> Object:
    metadata = {"name": HISTORY, "namespace": namespace, "labels": MADE_BY_PROGRAM}
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
        "metadata": {"name": f"{HISTORY}.{secrets.token_hex(8)}", "namespace": namespace, "labels": MADE_BY_PROGRAM},
        "involvedObject": about,
        "type": "Normal" if done and entry.job is not Job.ROLLBACK else "Warning",
        "reason": words.title().replace(" ", ""),
        "message": entry.sentence()[:_LONGEST_MESSAGE],
        "source": {"component": PROGRAM},
        "firstTimestamp": now,
        "lastTimestamp": now,
        "count": 1,
    }
