"""This program, as a user runs it: `pulumi config set activeColor …` and `pulumi up`, or one command for each job."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from benchmarks.switch.namespaces import own_namespace
from benchmarks.switch.trial import (
    PREVIEW,
    ROLLBACK_COLD,
    ROLLBACK_WARM,
    SETTLE,
    STATUS,
    SWITCH,
    Step,
    median,
    say,
)
from cadrart_infra.model import Color
from cadrart_infra.settings import Settings
from sandbox.cluster.cluster import Cluster
from sandbox.errors import SandboxError
from sandbox.shop import prerequisites
from sandbox.shop.handle import Shop
from sandbox.shop.stack import compile_program, copy_program

BY_PULUMI, BY_COMMAND = "this program by pulumi up", "this program by cadrart"
NAMESPACE = "cadrart-bench"
_AT_ONCE = 0.5


@contextlib.contextmanager
def installed(cluster: Cluster, folder: Path) -> Iterator[Shop]:
    """The shop, installed by `pulumi up` from a copy of the program in `folder`, with blue in production."""
    checkout = compile_program(copy_program(folder / "cadrart-infra"))
    with own_namespace(cluster, NAMESPACE, checkout) as shop:
        shop.stack.init(prerequisites.settings(NAMESPACE))
        try:
            shop.up()
            yield shop
        finally:
            shop.pulumi("stack", "rm", "--yes", "--force", check=False)


Way = Callable[[str, Color, float], Step]
"""Makes production a colour: by the kind of step, the colour, and the seconds in which nothing is done afterwards."""


def steps(shop: Shop, count: int, way: Way) -> Iterator[Step]:
    """`count` switches from blue and back, a cold rollback, and a warm one where the program has such a setting."""
    color = Color.BLUE
    for _ in range(count):
        color = color.other
        yield way(SWITCH, color, SETTLE)
    yield way(SWITCH, color.other, _AT_ONCE)
    yield way(ROLLBACK_COLD, color, SETTLE)
    if key := standby_key():
        shop.stack.config_set(key, "warm")
        yield way(f"{SWITCH}, {key} warm", color.other, _AT_ONCE)
        yield way(ROLLBACK_WARM, color, SETTLE)


def by_pulumi(shop: Shop) -> Way:
    """Timed from the start of `pulumi up`."""
    return lambda kind, color, settle: Step(
        kind, color, shop.up, settle, prepare=lambda: shop.stack.config_set("activeColor", color)
    )


def by_command(shop: Shop) -> Way:
    """`cadrart switch` and `cadrart rollback`, which set the colour themselves."""

    def step(kind: str, color: Color, settle: float) -> Step:
        job = ["switch", color] if kind.startswith(SWITCH) else ["rollback"]
        return Step(kind, color, partial(_cadrart, shop, *job), settle)

    return step


def start_again(shop: Shop) -> None:
    """Blue in production and green in staging, as before the steps."""
    if key := standby_key():
        shop.stack.config_set(key, "cold")
    shop.stack.config_set("activeColor", Color.BLUE)
    shop.up()
    time.sleep(SETTLE)


def looks_by_pulumi(shop: Shop) -> Mapping[str, float]:
    """Seconds that a preview with nothing to change takes."""
    return {PREVIEW: _typical(PREVIEW, lambda: shop.pulumi("preview"))}


def looks_by_command(shop: Shop) -> Mapping[str, float]:
    """The same, and how long the command takes that says who serves what."""
    return {one: _typical(one, partial(_cadrart, shop, one)) for one in (PREVIEW, STATUS)}


def _typical(name: str, look: Callable[[], object]) -> float:
    taken = []
    for _ in range(5):
        started = time.time()
        look()
        taken.append(time.time() - started)
    say(f"{name}: {min(taken):.1f} to {max(taken):.1f} s")
    return median(taken)


def _cadrart(shop: Shop, *arguments: str) -> None:
    """One command, in the checkout of the stack; its logs lie beside that. Raises SandboxError where it fails."""
    command = [sys.executable, "-m", "cadrart_infra", *arguments, "--yes", "--stack", shop.stack.name]
    logs = {"XDG_STATE_HOME": str(shop.stack.folder.parent / "logs")}
    done = shop.cluster.run(
        command, cwd=shop.stack.folder, env=logs, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    if done.returncode:
        raise SandboxError(f"cadrart {' '.join(arguments)} failed with exit code {done.returncode}\n{done.stdout}")


def standby_key() -> str | None:
    """The setting that keeps the colour before ready to go back to, as `pulumi config set` names it, or None."""
    if "standby" in Settings.model_fields:
        return "standby"
    for name, section in Settings.model_fields.items():
        kind: Any = section.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel) and "standby" in kind.model_fields:
            return f"{section.alias or name}.standby"
    return None


def plain_rollout(shop: Shop) -> float:
    """Seconds that `kubectl rollout restart` and `status` take for a colour's two Deployments; the median.

    It restarts the colour that serves staging, which has the same pods.
    """
    color = Color(shop.stack.outputs()["activeColor"]).other
    deployments = [f"deployment/{workload}-{color}" for workload in ("frontend", "backend")]
    taken = []
    for _ in range(3):
        started = time.time()
        shop.kubectl("rollout", "restart", *deployments)
        for deployment in deployments:
            shop.kubectl("rollout", "status", deployment, "--timeout=120s")
        taken.append(time.time() - started)
        say(f"plain rollout of the same Deployments: {taken[-1]:.1f} s")
        time.sleep(1)
    return median(taken)
