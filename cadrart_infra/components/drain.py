"""How a pod that has to end goes on serving the connections that it has."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pulumi_kubernetes as k8s

SETTLE = 5
"""Seconds in which every node's proxy and the ingress learn that the pod is out of its Services."""
GRACE = 30
"""Seconds that the pod's own process gets to end after that."""

_EVERY = 2
"""Seconds between two looks at the pod's connections."""

# The kernel lists the pod's connections, with addresses and ports in hexadecimal and state 01 for one that is
# established. It gives the list in pieces, between which other connections come and go, so that an entry can be passed
# over: two looks must find nobody. A probe's short connection is taken for a client's, at the price of one more look.
# The shell looks at the list as a whole: line by line, some thousand closed connections would cost a busy pod seconds
# of its processor, and bash, which begins to read again at each line, minutes. Without `cat` nobody knows: it waits.
_CONNECTED = """\
connected() {{
  list=$(cat /proc/net/tcp /proc/net/tcp6 2>/dev/null)
  case "$list" in ''|{ports}) return 0 ;; esac
  return 1
}}
"""
_ADDRESSES = ("?" * 8, "?" * 32)
"""Patterns of the other side's address, of either kind."""

_CONNECTED_BY_LINE = """\
busy() {{
  [ -r "$1" ] || return 1
  while read -r _ local _ state _; do
    case "$state $local" in {ports}) return 0 ;; esac
  done <"$1"
  return 1
}}
connected() {{
  busy /proc/net/tcp || busy /proc/net/tcp6
}}
"""
"""What pods of older releases have, and keep until they are replaced for another reason."""

_WAIT_UNTIL_IDLE = """\
sleep {settle}
left={left}
while [ "$left" -gt 0 ] && {{ connected || connected; }}; do
  sleep {every}
  left=$((left - {every}))
done
"""


@dataclass(frozen=True)
class DrainArgs:
    """How long an ending pod goes on, at most (seconds), and whether it ends earlier when nobody is connected to it.

    `by_line`: whether it looks for connections as the pods of older releases do.
    """

    timeout: int
    when_idle: bool
    by_line: bool = False


def grace_period(drain: DrainArgs) -> int:
    """Seconds until the kubelet kills an ending pod."""
    return drain.timeout + GRACE


def keep_serving(drain: DrainArgs, ports: Iterable[int]) -> k8s.core.v1.LifecycleArgs:
    """The pod's process is asked to end only when its connections to `ports` have ended, or their time is over."""
    if not drain.when_idle:
        sleep = k8s.core.v1.SleepActionArgs(seconds=drain.timeout)
        return k8s.core.v1.LifecycleArgs(pre_stop=k8s.core.v1.LifecycleHandlerArgs(sleep=sleep))
    command = ["sh", "-c", waiting_script(drain, ports)]
    return k8s.core.v1.LifecycleArgs(
        pre_stop=k8s.core.v1.LifecycleHandlerArgs(exec_=k8s.core.v1.ExecActionArgs(command=command))
    )


def waiting_script(drain: DrainArgs, ports: Iterable[int]) -> str:
    """POSIX shell: returns when no connection to `ports` is established any more, at the latest after its timeout."""
    settle = min(SETTLE, drain.timeout)
    waiting = _WAIT_UNTIL_IDLE.format(settle=settle, left=drain.timeout - settle, every=_EVERY)
    if drain.by_line:
        return _CONNECTED_BY_LINE.format(ports="|".join(f"'01 '*:{port:04X}" for port in ports)) + waiting
    established = (f"*':{port:04X} '{address}:????' 01 '*" for port in ports for address in _ADDRESSES)
    return _CONNECTED.format(ports="|".join(established)) + waiting


def looks_by_line(template: Mapping[str, Any] | None) -> bool:
    """Whether a Deployment's pods look for connections as those of older releases do; None: there are none."""
    containers = template["spec"]["containers"] if template else []
    handlers = [one.get("lifecycle", {}).get("preStop", {}).get("exec", {}) for one in containers]
    return any(_CONNECTED_BY_LINE.partition("{")[0] in " ".join(one.get("command", [])) for one in handlers)
