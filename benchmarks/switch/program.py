"""This program: `pulumi config set activeColor …` and `pulumi up`, as a user does it."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from benchmarks.switch.namespaces import own_namespace
from benchmarks.switch.trial import ROLLBACK_COLD, ROLLBACK_WARM, SETTLE, SWITCH, Step, median, say
from cadrart_infra.model import Color
from cadrart_infra.settings import Settings
from sandbox.cluster.cluster import Cluster
from sandbox.shop import prerequisites
from sandbox.shop.handle import Shop
from sandbox.shop.stack import copy_program

NAME = "this program"
NAMESPACE = "cadrart-bench"
_AT_ONCE = 0.5


@contextlib.contextmanager
def installed(cluster: Cluster, folder: Path) -> Iterator[Shop]:
    """The shop, installed by `pulumi up` from a copy of the program in `folder`, with blue in production."""
    with own_namespace(cluster, NAMESPACE, copy_program(folder / "cadrart-infra")) as shop:
        shop.stack.init(prerequisites.settings(NAMESPACE))
        try:
            shop.up()
            yield shop
        finally:
            shop.pulumi("stack", "rm", "--yes", "--force", check=False)


def steps(shop: Shop, count: int) -> Iterator[Step]:
    """`count` switches from blue and back, a cold rollback, and a warm one where the program has such a setting."""
    color = Color.BLUE
    for _ in range(count):
        color = color.other
        yield _switch(shop, SWITCH, color)
    yield _switch(shop, SWITCH, color.other, settle=_AT_ONCE)
    yield _switch(shop, ROLLBACK_COLD, color)
    if key := standby_key():
        shop.stack.config_set(key, "warm")
        yield _switch(shop, f"{SWITCH}, {key} warm", color.other, settle=_AT_ONCE)
        yield _switch(shop, ROLLBACK_WARM, color)


def standby_key() -> str | None:
    """The setting that keeps the colour before ready to go back to, as `pulumi config set` names it, or None."""
    if "standby" in Settings.model_fields:
        return "standby"
    for name, section in Settings.model_fields.items():
        kind: Any = section.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel) and "standby" in kind.model_fields:
            return f"{section.alias or name}.standby"
    return None


def plain_rollout(shop: Shop, times: int = 3) -> float:
    """Seconds that `kubectl rollout restart` and `status` take for a colour's two Deployments; the median.

    It restarts the colour that serves staging, which has the same pods.
    """
    color = Color(shop.stack.outputs()["activeColor"]).other
    deployments = [f"deployment/{workload}-{color}" for workload in ("frontend", "backend")]
    taken = []
    for _ in range(times):
        started = time.time()
        shop.kubectl("rollout", "restart", *deployments)
        for deployment in deployments:
            shop.kubectl("rollout", "status", deployment, "--timeout=120s")
        taken.append(time.time() - started)
        say(f"plain rollout of the same Deployments: {taken[-1]:.1f} s")
        time.sleep(1)
    return median(taken)


def _switch(shop: Shop, kind: str, color: str, settle: float = SETTLE) -> Step:
    """Timed from the start of `pulumi up`."""
    return Step(kind, color, shop.up, settle, prepare=lambda: shop.stack.config_set("activeColor", color))
