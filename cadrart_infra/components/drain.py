"""How a pod that has to end goes on serving the connections that it has."""

from collections.abc import Iterable
from dataclasses import dataclass

import pulumi_kubernetes as k8s

SETTLE = 5
"""Seconds in which every node's proxy and the ingress learn that the pod is out of its Services."""
GRACE = 30
"""Seconds that the pod's own process gets to end after that."""

_EVERY = 2
"""Seconds between two looks at the pod's connections."""

# Only what every shell has, and `sleep`. The kernel lists the pod's connections, with addresses and ports in
# hexadecimal and state 01 for one that is established. A look stops at the first that counts. A probe's short
# connection is taken for a client's, at the price of one more look. A shell reads the list in pieces, between which
# other connections come and go, so that an entry can be passed over: two looks must find nobody.
_WAIT_UNTIL_IDLE = """\
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
sleep {settle}
left={left}
while [ "$left" -gt 0 ] && {{ connected || connected; }}; do
  sleep {every}
  left=$((left - {every}))
done
"""


@dataclass(frozen=True)
class DrainArgs:
    """How long an ending pod goes on, at most (seconds), and whether it ends earlier when nobody is connected to it."""

    timeout: int
    when_idle: bool


def grace_period(drain: DrainArgs) -> int:
    """Seconds until the kubelet kills an ending pod."""
    return drain.timeout + GRACE


def keep_serving(drain: DrainArgs, ports: Iterable[int]) -> k8s.core.v1.LifecycleArgs:
    """The pod's process is asked to end only when its connections to `ports` have ended, or their time is over."""
    if not drain.when_idle:
        sleep = k8s.core.v1.SleepActionArgs(seconds=drain.timeout)
        return k8s.core.v1.LifecycleArgs(pre_stop=k8s.core.v1.LifecycleHandlerArgs(sleep=sleep))
    command = ["sh", "-c", waiting_script(drain.timeout, ports)]
    return k8s.core.v1.LifecycleArgs(
        pre_stop=k8s.core.v1.LifecycleHandlerArgs(exec_=k8s.core.v1.ExecActionArgs(command=command))
    )


def waiting_script(timeout: int, ports: Iterable[int]) -> str:
    """POSIX shell: returns when no connection to `ports` is established any more, at the latest after `timeout` s."""
    established = "|".join(f"'01 '*:{port:04X}" for port in ports)
    settle = min(SETTLE, timeout)
    return _WAIT_UNTIL_IDLE.format(ports=established, settle=settle, left=timeout - settle, every=_EVERY)
