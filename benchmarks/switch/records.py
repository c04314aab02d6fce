"""What the load generator wrote down of every request, and what follows from it about a switch."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

PRODUCTION = ("frontend-prod-proxy", "backend-prod-proxy")
STAGING = ("frontend-test-proxy", "backend-test-proxy")
FRESH, WEBSOCKET = "fresh", "websocket"


@dataclass(frozen=True)
class Request:
    """One HTTP request; `start` and `end` are seconds since the epoch, `error` is empty for a good answer."""

    proxy: str
    mode: str
    start: float
    end: float
    color: str = ""
    database: str = ""
    error: str = ""
    wrong: str = ""


def read(path: Path) -> list[Request]:
    """The requests of a records file in the order of their start, without events of websockets."""
    with path.open() as lines:
        return sorted(_requests(lines), key=lambda request: request.start)


def _requests(lines: Iterable[str]) -> Iterator[Request]:
    for line in lines:
        found = json.loads(line)
        if found["mode"] == WEBSOCKET:
            continue
        start = datetime.fromisoformat(found["start"]).timestamp()
        yield Request(
            proxy=found["target"],
            mode=found["mode"],
            start=start,
            end=start + found["latency_ms"] / 1000,
            color=found.get("color", ""),
            database=found.get("database", ""),
            error=found.get("error", ""),
            wrong=found.get("wrong", ""),
        )


def between(requests: Iterable[Request], since: float, until: float) -> list[Request]:
    """Requests that were sent in a span of time."""
    return [request for request in requests if since <= request.start < until]


def on_new_color(requests: Iterable[Request], color: str) -> float | None:
    """When both production proxies had answered a fresh connection from `color`; None if one never did.

    Kept-alive connections are left out: they stay with the pod that they once reached.
    """
    first: dict[str, float] = {}
    for request in _fresh_production(requests):
        if request.color == color:
            first[request.proxy] = min(request.end, first.get(request.proxy, request.end))
    return max(first.values()) if set(first) == set(PRODUCTION) else None


def mixed(requests: Iterable[Request], color: str) -> float:
    """Seconds in which fresh connections to production met both colours, frontend and backend together."""
    answers = list(_fresh_production(requests))
    new = [request.start for request in answers if request.color == color]
    old = [request.start for request in answers if request.color != color]
    return max(0.0, max(old) - min(new)) if new and old else 0.0


def longest_gap(requests: Iterable[Request], proxy: str, since: float, until: float) -> float:
    """The longest time between two good answers of a proxy in a span of time, its edges included."""
    ends = sorted(request.end for request in requests if request.proxy == proxy and not request.error)
    moments = [since, *(end for end in ends if since < end < until), until]
    return max(later - earlier for earlier, later in itertools.pairwise(moments))


def _fresh_production(requests: Iterable[Request]) -> Iterator[Request]:
    return (
        request
        for request in requests
        if request.proxy in PRODUCTION and request.mode == FRESH and not request.error and request.color
    )
