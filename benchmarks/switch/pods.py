"""When a namespace's pods were made and when they became ready, heard from the API server as it happens.

Kubernetes' own timestamps have a resolution of one second, which is much where pods need two.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from sandbox.shop.handle import Shop


@dataclass
class Pod:
    """A pod's colour, and when it was made and was ready first; in seconds since the epoch."""

    color: str
    made: float
    ready: float | None = None


@dataclass
class PodTimes:
    """Every pod that was heard of, by UID."""

    pods: dict[str, Pod] = field(default_factory=dict)

    def hear(self, event: dict[str, Any], now: float) -> None:
        """Take in one event of a watch."""
        found = event["object"]
        if found.get("kind") != "Pod":
            return
        pod = self.pods.setdefault(found["metadata"]["uid"], Pod(_color(found), now))
        if pod.ready is None and _ready(found):
            pod.ready = now

    def needed(self, color: str, since: float, until: float) -> float | None:
        """Seconds from creation to readiness of the slowest of a colour's pods made in a span of time.

        None where one of them never was ready, or there are none.
        """
        pods = [pod for pod in self.pods.values() if pod.color == color and since <= pod.made < until]
        taken = [pod.ready - pod.made for pod in pods if pod.ready is not None]
        return max(taken) if taken and len(taken) == len(pods) else None


@contextlib.contextmanager
def watching(shop: Shop) -> Iterator[PodTimes]:
    """Listens while the block runs; what is there at the start counts as made then."""
    times = PodTimes()
    command = ["kubectl", "-n", shop.namespace, "get", "pods", "--watch", "--output-watch-events", "-o", "json"]
    process = shop.cluster.popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout is not None
    listener = threading.Thread(target=_listen, args=(process.stdout, times))
    listener.start()
    try:
        yield times
    finally:
        process.terminate()
        process.wait(timeout=10)
        listener.join(timeout=10)
        process.stdout.close()


def _listen(lines: Iterable[str], times: PodTimes) -> None:
    """kubectl writes one event a line."""
    for line in lines:
        times.hear(json.loads(line), time.time())


def _color(pod: dict[str, Any]) -> str:
    variables = pod["spec"]["containers"][0].get("env", [])
    return next((str(each.get("value", "")) for each in variables if each["name"] == "DEPLOYMENT_COLOR"), "")


def _ready(pod: dict[str, Any]) -> bool:
    conditions = pod.get("status", {}).get("conditions", [])
    return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)
