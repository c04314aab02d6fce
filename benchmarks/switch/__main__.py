"""`python -m benchmarks.switch`: switches by this program and by others under the same traffic, in one run.

Writes the table to docs/benchmarks.md and the picture to docs/switch.svg; takes about 18 minutes.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks import document
from benchmarks.switch import argo, former_script, program, report, trial
from benchmarks.switch.machine import machine
from benchmarks.switch.picture import Panel, svg
from benchmarks.switch.report import Run
from benchmarks.switch.trial import Trial, say
from sandbox.cluster.cluster import Cluster
from sandbox.errors import SandboxError
from sandbox.paths import REPOSITORY
from sandbox.shop.handle import Shop

_TABLE, _PICTURE = REPOSITORY / "docs" / "benchmarks.md", REPOSITORY / "docs" / "switch.svg"


def main() -> int:
    """Runs everything, writes the documents, and removes the cluster."""
    options = _options()
    cluster = Cluster(options.cluster)
    try:
        cluster.up()
        found = _everything(cluster, options)
    except SandboxError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    finally:
        if os.environ.get("CADRART_KEEP_CLUSTER") != "yes":
            cluster.down()
    table = report.markdown(found)
    print(table)
    if options.write:
        document.write(_TABLE, "make bench-switch", table)
        _PICTURE.write_text(picture(found.trials, found.rate))
        say(f"written: {_TABLE.relative_to(REPOSITORY)}, {_PICTURE.relative_to(REPOSITORY)}")
    return 0


def picture(trials: Sequence[Trial], rate: float) -> str:
    """The typical switch of this program, and of the former script on the same axis."""
    shown = [each for each in trials if each.name in (program.BY_PULUMI, former_script.NAME)]
    panels = [panel for each in shown for panel in _panels(each)]
    last = max(each.pictured.whole for each in shown if each.pictured) + 4
    return svg(f"A switch under {rate:g} requests a second to each backend proxy", panels, -2, min(last, 40), rate)


def _panels(found: Trial) -> list[Panel]:
    step = found.pictured
    if step is None:
        return []
    marks = [(0.0, "start"), (step.to_production, "production turned"), (step.whole, "finished")]
    return [
        Panel(
            f"{found.name}: {environment} ({proxy})",
            [request for request in found.window if request.proxy == proxy],
            step.started,
            marks,
        )
        for environment, proxy in (("production", "backend-prod-proxy"), ("staging", "backend-test-proxy"))
    ]


def _everything(cluster: Cluster, options: argparse.Namespace) -> Run:
    place = machine()
    missing: dict[str, str] = {}
    binaries = _peer(cluster, options, missing)
    with tempfile.TemporaryDirectory() as folder, program.installed(cluster, Path(folder)) as shop:
        trials = _of_this_program(shop, options)
        plain = program.plain_rollout(shop)
        pods, settings = argo.templates(shop), argo.config_maps(shop)
    with _or_missing(missing, former_script.NAME), former_script.installed(cluster) as shop:
        trials.append(
            trial.run(former_script.NAME, shop, former_script.steps(shop, options.peer_switches), rate=options.rate)
        )
    if binaries:
        with _or_missing(missing, argo.NAME), argo.installed(cluster, binaries, pods, settings) as shop:
            steps = argo.steps(shop, pods, options.peer_switches)
            trials.append(trial.run(argo.NAME, shop, steps, rate=options.rate, second_database=False))
    return Run(trials, missing, plain, options.rate, f"{place}; load {_load()} at the end")


def _of_this_program(shop: Shop, options: argparse.Namespace) -> list[Trial]:
    """By `pulumi up` and by the commands, on one stack."""
    ways = {program.BY_PULUMI: program.by_pulumi(shop), program.BY_COMMAND: program.by_command(shop)}
    looks = {program.BY_PULUMI: program.looks_by_pulumi, program.BY_COMMAND: program.looks_by_command}
    trials = []
    for name, way in ways.items():
        found = trial.run(name, shop, program.steps(shop, options.switches, way), rate=options.rate)
        program.start_again(shop)
        found.looks = looks[name](shop)
        trials.append(found)
    return trials


@contextlib.contextmanager
def _or_missing(missing: dict[str, str], name: str) -> Iterator[None]:
    """Another way that fails is reported; what was measured before it stays."""
    try:
        yield
    except (SandboxError, AssertionError, subprocess.SubprocessError) as error:
        missing[name] = f"it failed: {str(error).strip().splitlines()[-1]}"
        say(f"{name}: {error}")


def _peer(cluster: Cluster, options: argparse.Namespace, missing: dict[str, str]) -> Path | None:
    if not options.peer:
        missing[argo.NAME] = "left out by --no-peer"
        return None
    try:
        return argo.build(cluster)
    except SandboxError as error:
        missing[argo.NAME] = f"it did not build: {str(error).splitlines()[0]}"
        return None


def _load() -> str:
    return f"{os.getloadavg()[1]:.1f}"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.switch", description=__doc__)
    parser.add_argument("--switches", type=_positive, default=12, help="by each way of this program (default: 12)")
    parser.add_argument("--peer-switches", type=_positive, help="of each of the others (default: as many)")
    parser.add_argument("--rate", type=float, default=100, help="requests a second to each proxy (default: 100)")
    parser.add_argument("--cluster", default="bench", help="name of the throw-away cluster (default: bench)")
    parser.add_argument("--no-peer", dest="peer", action="store_false", help="without Argo Rollouts")
    parser.add_argument("--no-write", dest="write", action="store_false", help="print the table, write no document")
    options = parser.parse_args()
    options.peer_switches = options.peer_switches or options.switches
    return options


def _positive(text: str) -> int:
    if (number := int(text)) < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number


if __name__ == "__main__":
    sys.exit(main())
