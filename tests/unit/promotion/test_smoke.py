"""The runner of the smoke command, with real processes and a stand-in for kubectl."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.unit import proxy_stand_in

ROOT = Path(__file__).parents[3]

# `proxy` answers with files; `port-forward` announces a port and stays, as the real one does.
_KUBECTL = f"""#!/bin/sh
case " $* " in
  *" proxy "*) exec {sys.executable} {proxy_stand_in.__file__} "$(dirname "$0")" "$@" ;;
  *" rollout status "*) [ ! -e "$(dirname "$0")/stuck" ] || {{ echo "error: progress deadline exceeded" >&2; exit 1; }}
  ;;
  *" port-forward "*)
    echo "$$ $*" >>"$(dirname "$0")/forwards"
    echo "Forwarding from 127.0.0.1:4000 -> 1"
    exec sleep 300 ;;
esac
"""


def pod(name: str, created: str = "2026-01-01T00:00:00Z", **metadata: str) -> dict[str, Any]:
    """A ready pod."""
    return {
        "metadata": {"name": name, "creationTimestamp": created, **metadata},
        "status": {"conditions": [{"type": "Ready", "status": "True"}]},
    }


@pytest.fixture
def cluster(tmp_path: Path) -> Path:
    """A folder with a kubectl in it, and a pod of each workload."""
    (tmp_path / "kubectl").write_text(_KUBECTL)
    (tmp_path / "kubectl").chmod(0o755)
    for workload in ("frontend", "backend"):
        pods(tmp_path, workload, pod(f"{workload}-green-1"))
    return tmp_path


def pods(cluster: Path, workload: str, *items: dict[str, Any]) -> None:
    (cluster / f"{workload}.answer.json").write_text(json.dumps({"items": items}))


def start(cluster: Path, command: str, environment: str = "prod", timeout: float = 30) -> "subprocess.Popen[str]":
    variables = {
        **os.environ,
        "PATH": f"{cluster}:{os.environ['PATH']}",
        "COLOR": "green",
        "ENVIRONMENT": environment,
        "NAMESPACE": "cadrart",
        "KUBERNETES_CONTEXT": "",
        "SMOKE_TIMEOUT": f"{timeout:g}",
    }
    runner = [sys.executable, "-m", "cadrart_infra.promotion.smoke", command]
    return subprocess.Popen(runner, cwd=ROOT, env=variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def run(cluster: Path, command: str, environment: str = "prod", timeout: float = 30) -> tuple[int, str, str]:
    with start(cluster, command, environment, timeout) as process:
        out, err = process.communicate(timeout=60)
    return process.returncode, out, err


def alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and that nobody has asked about yet does not."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    return False


def ended(pids: list[int]) -> bool:
    for _ in range(200):
        if not any(map(alive, pids)):
            return True
        time.sleep(0.05)
    return False


def forwards(cluster: Path) -> list[int]:
    return [int(line.split()[0]) for line in (cluster / "forwards").read_text().splitlines()]


def test_a_command_that_passes_is_heard_and_leaves_nothing(cluster: Path) -> None:
    status, out, err = run(cluster, 'echo "$COLOR $ENVIRONMENT $NAMESPACE $PREVIEW_URL $PREVIEW_API_URL"; echo oh >&2')
    assert (status, err) == (0, "oh\n")
    color, environment, namespace, *urls = out.split()
    assert (color, environment, namespace) == ("green", "prod", "cadrart")
    assert all(url.startswith("http://127.0.0.1:4000") for url in urls)
    assert len(forwards(cluster)) == 2
    assert ended(forwards(cluster))


def test_the_newest_ready_pod_is_looked_at(cluster: Path) -> None:
    ending = pod("backend-green-3", "2026-01-03T00:00:00Z", deletionTimestamp="2026-01-04T00:00:00Z")
    pods(cluster, "backend", pod("backend-green-1"), pod("backend-green-2", "2026-01-02T00:00:00Z"), ending)
    assert run(cluster, "true")[0] == 0
    assert "pod/backend-green-2 " in (cluster / "forwards").read_text()


@pytest.mark.parametrize(
    ("command", "status", "reason"),
    [("exit 3", 3, "it ended with exit status 3"), ("kill -TERM $$", 143, "signal 15 ended it")],
)
def test_a_failure_is_reported_with_what_to_do(cluster: Path, command: str, status: int, reason: str) -> None:
    result, _, err = run(cluster, command)
    assert result == status
    assert f"green is not fit for production: {reason}." in err
    assert "were not written" in err
    assert "pulumi config set activeColor blue && pulumi up" in err
    assert "production is not concerned" in run(cluster, command, environment="stg")[2]


def test_a_command_without_end_is_ended_with_what_it_started(cluster: Path) -> None:
    command = "sleep 301 & echo $!; echo $$; wait"
    status, out, err = run(cluster, command, timeout=0.5)
    assert status == 124
    assert "it took longer than gate.smokeTimeout, 0.5 s" in err
    assert ended([*map(int, out.split()), *forwards(cluster)])


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_runner_leaves_nothing(cluster: Path, how: signal.Signals) -> None:
    process = start(cluster, "trap '' TERM; sleep 302 & echo $!; echo $$; while :; do wait; done")
    try:
        assert process.stdout is not None
        started = [int(process.stdout.readline()) for _ in range(2)]
        process.send_signal(how)
        process.communicate(timeout=30)  # whoever reads its output, as Pulumi does, is not kept waiting
    finally:
        process.kill()
    assert process.returncode == -how
    assert ended([*started, *forwards(cluster)])


def test_pods_that_do_not_get_ready_are_not_looked_at(cluster: Path) -> None:
    (cluster / "stuck").touch()
    status, out, err = run(cluster, "echo never")
    assert (status, out) == (1, "")
    assert "green is not fit for production: progress deadline exceeded." in err


def test_no_ready_pod_is_a_sentence(cluster: Path) -> None:
    pods(cluster, "backend")
    status, _, err = run(cluster, "echo never", environment="stg")
    assert status == 1
    assert "no pod of backend-green in staging is ready" in err
    assert "Traceback" not in err


@pytest.fixture(autouse=True)
def _nothing_left(cluster: Path) -> Iterator[None]:
    """Also a test that fails leaves no process."""
    yield
    for pid in forwards(cluster) if (cluster / "forwards").exists() else []:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
