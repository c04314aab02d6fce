"""Traffic through the shop's proxies while something happens, and what came of it."""

import contextlib
import json
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sandbox.cluster.cluster import Cluster
from sandbox.cluster.own_cluster import OwnCluster
from sandbox.errors import SandboxError
from sandbox.shop import answers
from sandbox.shop import images as shop_images

_ENVIRONMENTS = {"prod": ("PROD", "atelier-cadrart"), "test": ("STG", "atelier-cadrart-stg")}


@dataclass
class Traffic:
    """The load's summary by proxy; complete when the `with` block has ended (see the probe's `summary.go`)."""

    reference: str
    """Start of the reference that every row written by the load carries."""
    targets: dict[str, dict[str, Any]] = field(default_factory=dict)

    def failures(self, proxy: str) -> dict[str, Any]:
        """Everything behind a proxy that is not as it should be; empty when all is well."""
        target = self.targets[proxy]
        socket = target["websocket"]
        counts = {
            **{name: target[name] for name in ("failed", "wrong_database", "wrong_environment")},
            **{f"websocket {name}": socket[name] for name in ("dials_failed", "lost")},
        }
        return {**{name: count for name, count in counts.items() if count}, **target["errors"]}


@contextlib.contextmanager
def traffic(
    cluster: Cluster | OwnCluster,
    namespace: str,
    *,
    rate: float = 50,
    at_most: float = 900,
    reference: str = "load",
    records: Path | None = None,
) -> Iterator[Traffic]:
    """Sends `rate` requests a second to each proxy, reads and writes, until the block ends.

    Fresh and kept-alive connections by halves, and one websocket to each backend. `records`: a file for one JSON line
    a request. Raises SandboxError where the load ended before the block, after `at_most` seconds or by itself: what
    came later met no request.
    """
    result = Traffic(reference)
    with tempfile.TemporaryDirectory() as folder:
        targets, summary = Path(folder, "targets.json"), Path(folder, "summary.json")
        targets.write_text(json.dumps(list(_targets(cluster, namespace))))
        command = [str(shop_images.probe_binary()), "-targets", str(targets), "-summary", str(summary)]
        command += ["-rate", f"{rate:g}", "-duration", f"{at_most:g}s", "-reference", reference]
        command += ["-records", str(records)] if records else []
        process = cluster.popen(command, stdout=subprocess.DEVNULL)
        try:
            yield result
            if process.poll() is not None:
                raise SandboxError(
                    f"The load ended before what it was to accompany; it is sent for {at_most:g} s at most."
                )
        finally:
            process.terminate()
            process.wait(timeout=30)
        result.targets = json.loads(summary.read_text())["targets"]


def _targets(cluster: Cluster | OwnCluster, namespace: str) -> Iterator[dict[str, str]]:
    address = answers.addresses(cluster, namespace)
    for proxy, (port, _) in answers.PROXIES.items():
        kind, environment, _ = proxy.split("-")
        name, database = _ENVIRONMENTS[environment]
        target = {"name": proxy, "url": f"http://{address[proxy]}:{port}", "kind": kind, "environment": name}
        if kind == "backend":
            target |= {"database": database, "websocket": f"ws://{address[proxy]}:8001/ws"}
        yield target
