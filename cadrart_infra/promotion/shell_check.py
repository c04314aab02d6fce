"""Checks that a pod's image has a shell, which draining connections needs."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from cadrart_infra.cluster.errors import ClusterError
from cadrart_infra.cluster.kubectl import Kubectl


def shell_problems(kubectl: Kubectl, pods: Sequence[str]) -> list[str]:
    """A line for each pod without `sh`: the kubelet would end it at once and cut its clients off."""
    with ThreadPoolExecutor() as pool:
        return [problem for problem in pool.map(lambda pod: _problem(kubectl, pod), pods) if problem]


def _problem(kubectl: Kubectl, pod: str) -> str | None:
    try:
        kubectl.run("exec", pod, "--", "sh", "-c", "sleep 0", timeout=10)
    except ClusterError as error:
        return (
            f"{pod}: it could not run sh and sleep, with which it would wait for its connections to end ({error}). "
            "Use an image that has them, or let every pod wait its full time: "
            "pulumi config set --path drain.whenIdle false"
        )
    return None
