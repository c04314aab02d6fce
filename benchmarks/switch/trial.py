"""One way to switch, tried: a series of switches under traffic, and what came of each."""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.switch import pods, records
from benchmarks.switch.records import PRODUCTION, STAGING, Request
from sandbox.errors import SandboxError
from sandbox.shop.handle import Shop
from sandbox.shop.traffic import Traffic, traffic

AT_MOST = 1800.0
"""Seconds after which the traffic of a trial would end by itself."""
SETTLE = 4.0
"""Between two switches: testers see the other colour, and its old pods begin to end."""

SWITCH, ROLLBACK_COLD, ROLLBACK_WARM = "switch", "rollback, cold", "rollback, warm"

PREVIEW, STATUS = "preview", "status"
"""What people do who only look."""


@dataclass(frozen=True)
class Step:
    """One change of colour: what it is called, the colour that becomes production, the command that is timed.

    `settle` is how long nothing is done afterwards, in seconds; `prepare` is what the user does before the command.
    """

    kind: str
    color: str
    run: Callable[[], object]
    settle: float = SETTLE
    prepare: Callable[[], object] = lambda: None


@dataclass(frozen=True)
class Taken:
    """A step that was taken; times in seconds, `to_production` and `whole` from the start of the command.

    `pods` is what the new production pods themselves needed to become ready, None where no pod was made.
    """

    kind: str
    color: str
    started: float
    whole: float
    to_production: float
    pods: float | None
    mixed: float
    staging_gap: float

    @property
    def ratio(self) -> float | None:
        """Time to production over what the pods themselves need."""
        return self.to_production / self.pods if self.pods else None

    @property
    def over(self) -> float | None:
        """Time to production that the pods themselves do not need."""
        return self.to_production - self.pods if self.pods else None


@dataclass
class Trial:
    """Everything that was measured of one way to switch."""

    name: str
    steps: list[Taken]
    requests: int
    failed: int
    wrong_production: int
    """Answers of production's proxies that named another database or environment."""
    wrong_staging: int | None
    """The same of the test proxies; None where there is no second database."""
    stray_rows: int | None
    lost_rows: int
    """Rows that production's proxy took and that are not in its database."""
    longest_gap: float
    """Between two good answers of a production proxy, in seconds."""
    errors: dict[str, int] = field(default_factory=dict)
    window: list[Request] = field(default_factory=list)
    """The requests around `pictured`."""
    pictured: Taken | None = None
    looks: Mapping[str, float] = field(default_factory=dict)
    """Seconds that it takes to look, by what is looked at; nobody asks the shop meanwhile."""

    def of(self, kind: str) -> list[Taken]:
        """The steps of a kind."""
        return [step for step in self.steps if step.kind == kind]


def run(name: str, shop: Shop, steps: Iterable[Step], *, rate: float, second_database: bool = True) -> Trial:
    """Take the steps under `rate` requests a second to each proxy and measure what comes of them."""
    _wait_until_answered(shop)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "records.jsonl")
        reference = f"bench-{shop.namespace}-{int(time.time())}"
        marks: list[tuple[Step, float, float]] = []
        with (
            pods.watching(shop) as times,
            traffic(
                shop.cluster, shop.namespace, rate=rate, at_most=AT_MOST, reference=reference, records=path
            ) as load,
        ):
            time.sleep(SETTLE)
            for step in steps:
                marks.append(_take(name, step))
                time.sleep(step.settle)
            time.sleep(SETTLE)
        requests = records.read(path)
    taken = list(_measure(marks, requests, times))
    trial = _sum_up(name, shop, load, taken, second_database)
    trial.pictured = typical(trial.of(SWITCH))
    begun = trial.pictured.started
    trial.window = records.between(requests, begun - 3, begun + trial.pictured.whole + SETTLE)
    return trial


def typical(steps: list[Taken]) -> Taken:
    """The step with the median time to production."""
    return sorted(steps, key=lambda step: step.to_production)[len(steps) // 2]


def median(values: Iterable[float]) -> float:
    """The median, NaN where there is nothing."""
    present = list(values)
    return statistics.median(present) if present else float("nan")


def _wait_until_answered(shop: Shop) -> None:
    """The node learns of the pods behind a Service a moment after they are ready; that is no failure of a switch."""
    for _ in range(60):
        answers = shop.who_serves()
        if not any("error" in answer for answer in answers.values()):
            return
        time.sleep(0.5)
    raise SandboxError(f"the shop in {shop.namespace} does not answer, so nothing was measured: {answers}")


def _take(name: str, step: Step) -> tuple[Step, float, float]:
    step.prepare()
    started = time.time()
    step.run()
    ended = time.time()
    say(f"{name}: {step.kind} to {step.color}: {ended - started:.1f} s")
    return step, started, ended


def _measure(marks: list[tuple[Step, float, float]], requests: list[Request], times: pods.PodTimes) -> Iterator[Taken]:
    ends = [started for _, started, _ in marks[1:]] + [float("inf")]
    for (step, started, ended), until in zip(marks, ends, strict=True):
        mine = records.between(requests, started, until)
        arrived = records.on_new_color(mine, step.color)
        if arrived is None:
            raise SandboxError(f"production never answered from {step.color} after the {step.kind}")
        _report_failures(step, mine, started)
        last = min(until, ended + SETTLE)
        yield Taken(
            kind=step.kind,
            color=step.color,
            started=started,
            whole=ended - started,
            to_production=arrived - started,
            pods=times.needed(step.color, started, arrived),
            mixed=records.mixed(mine, step.color),
            staging_gap=max(records.longest_gap(mine, proxy, started, last) for proxy in STAGING),
        )


def _report_failures(step: Step, requests: list[Request], started: float) -> None:
    """When and on which connections production failed: because an old pod ended, or because a new one started."""
    failed = [request for request in requests if request.proxy in PRODUCTION and request.error]
    for mode in sorted({request.mode for request in failed}):
        at = [request.start - started for request in failed if request.mode == mode]
        say(
            f"  {step.kind} to {step.color}: {len(at)} × {mode} failed, {min(at):.1f} to {max(at):.1f} s from its start"
        )


def _sum_up(name: str, shop: Shop, load: Traffic, taken: list[Taken], second_database: bool) -> Trial:
    production = [load.targets[proxy] for proxy in PRODUCTION]
    problems = [load.failures(proxy) for proxy in PRODUCTION]
    stray, lost = _rows(shop, load, second_database)
    return Trial(
        name=name,
        steps=taken,
        requests=sum(target["requests"] for target in production),
        failed=sum(_failed(found) for found in problems),
        wrong_production=sum(_wrong(target) for target in production),
        wrong_staging=sum(_wrong(load.targets[proxy]) for proxy in STAGING) if second_database else None,
        stray_rows=stray,
        lost_rows=lost,
        longest_gap=max(target["longest_gap_ms"] for target in production) / 1000,
        errors=_errors(target["errors"] for target in production),
    )


def _failed(failures: Mapping[str, int]) -> int:
    """Requests without a good answer, and websockets that broke without a word or could not be opened."""
    return sum(failures.get(kind, 0) for kind in ("failed", "websocket dials_failed", "websocket lost"))


def _errors(found: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """Errors with their number, those of the backend by the reason that it gives."""
    total: Counter[str] = Counter()
    for errors in found:
        for error, count in errors.items():
            status, given, reason = error.partition('"reason":')
            total[f"{status[:10]}: {reason.strip('}')}" if given else error] += count
    return dict(total)


def _wrong(target: Mapping[str, int]) -> int:
    return target["wrong_database"] + target["wrong_environment"]


def _rows(shop: Shop, load: Traffic, second_database: bool) -> tuple[int | None, int]:
    """Rows on the wrong database, and rows of production that are on none; both counted in the databases."""
    entered, staged = (f"{load.reference}-{proxy}-" for proxy in ("backend-prod-proxy", "backend-test-proxy"))
    kept = shop.rows_with("atelier-cadrart", entered)
    lost = max(0, load.targets["backend-prod-proxy"]["writes_good"] - kept)
    if not second_database:
        return None, lost
    return shop.rows_with("atelier-cadrart-stg", entered) + shop.rows_with("atelier-cadrart", staged), lost


def say(line: str) -> None:
    """Reports the progress to whoever waits."""
    print(f"[{time.strftime('%H:%M:%S')}] {line}", file=sys.stderr, flush=True)
