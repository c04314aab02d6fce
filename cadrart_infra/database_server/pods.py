"""Whether the server's pod answers queries, and its logs and statuses if not."""

import re
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from cadrart_infra import naming
from cadrart_infra.cluster import secrets as passwords
from cadrart_infra.cluster.container_ends import how_it_ended, last_end
from cadrart_infra.cluster.errors import ClusterError
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.cluster.pods import NEVER_PULLED, NOT_CONFIGURED, Pod, is_ready, why_unscheduled
from cadrart_infra.database_server.connection import root_of
from cadrart_infra.mysql.errors import AccessDenied, DatabaseError
from cadrart_infra.mysql.root_client import RootClient

_LOG_LINES = 12
_FAILED_STARTS = 3
"""After so many starts that end, a further one is no more likely to go well, and every second is an outage."""
_HOPELESS = NEVER_PULLED | {"ImagePullBackOff", NOT_CONFIGURED}
_COMES_AGAIN = "failed to sync "
"""What a busy node says of a ConfigMap or Secret that it has not read yet; it tries again, with the same reason."""
_SHORTEST_SECRET = 4
_NO_LOG = "unable to retrieve container logs"
"""What the node answers, as if it were the log, for a container that it has removed already."""


def answers_queries(kubectl: Kubectl, pod: Pod) -> bool:
    """Whether the server of a ready pod answers a query. A server that refuses root's password answers as well."""
    try:
        return is_ready(pod) and _root_in(kubectl, pod).run("SELECT 1") == [["1"]]
    except AccessDenied:
        return True
    except (DatabaseError, ClusterError):
        return False


def _root_in(kubectl: Kubectl, pod: Pod) -> RootClient:
    return root_of(kubectl, pod=f"pod/{pod['metadata']['name']}")


def is_hopeless(pod: Pod) -> bool:
    """Whether waiting for the pod makes no sense: its image cannot be had, or it ended several times."""
    for status in _statuses(pod):
        waiting = status["state"].get("waiting", {})
        if waiting.get("reason") in _HOPELESS and not waiting.get("message", "").startswith(_COMES_AGAIN):
            return True
        if status.get("restartCount", 0) + bool(status["state"].get("terminated")) >= _FAILED_STARTS:
            return True
    return False


def why_not_serving(kubectl: Kubectl, pods: Sequence[Pod], refused: str = "") -> list[str]:
    """Why these pods do not serve, and the last lines of their logs, with Secrets masked.

    `refused`: why the cluster makes none, in its own words.
    """
    try:
        hidden = passwords.values(kubectl, naming.APP_SECRET).values()
    except ClusterError:
        return ["its Secret could not be read, so its log is not shown"]
    lines = [line for pod in pods for line in (*_state(pod), *_log(kubectl, pod))]
    if refused:
        lines.append(f"the cluster refuses to make a pod for it: {refused}")
    return [without_secrets(line, hidden) for line in lines] or ["the cluster made no pod for it"]


def without_secrets(line: str, secrets: Collection[str]) -> str:
    """The line with every one of these values replaced."""
    values = [re.escape(value) for value in secrets if len(value) >= _SHORTEST_SECRET]
    return re.sub("|".join(sorted(values, key=len, reverse=True)), "[secret]", line) if values else line


def _statuses(pod: Pod) -> list[dict[str, Any]]:
    statuses: list[dict[str, Any]] = pod.get("status", {}).get("containerStatuses", [])
    return statuses


def _state(pod: Pod) -> Iterator[str]:
    name = pod["metadata"]["name"]
    if why := why_unscheduled(pod):
        yield f"{name}: {why}"
    for status in _statuses(pod):
        waiting = status["state"].get("waiting", {})
        if ended := last_end(status):
            starts = status.get("restartCount", 0) + 1
            yield f"{name}: {how_it_ended(pod, status['name'], ended)}, {starts} starts"
        elif waiting:
            yield " ".join(f"{name}: {waiting.get('reason')}: {waiting.get('message', '')}".split())


def _log(kubectl: Kubectl, pod: Pod) -> Iterator[str]:
    """The end of the log of the container that ended last, or of the one that runs."""
    name = pod["metadata"]["name"]
    for previous in (("--previous",), ()):
        try:
            log = kubectl.run("logs", name, f"--tail={_LOG_LINES}", *previous)
        except ClusterError:
            continue
        if log.strip() and not log.startswith(_NO_LOG):
            yield from (f"  {line}" for line in log.splitlines())
            return
