"""Draining: a terminating pod goes on serving its open connections."""

from collections.abc import Iterable
from dataclasses import dataclass

from cadrart_infra.components import drain_by_line
from cadrart_infra.components.kubernetes_object import Manifest

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
    """The longest drain (seconds), and whether it ends earlier when no connection is left.

    `by_line`: whether it looks for connections as the pods of older releases do (see `drain_by_line`).
    """

    timeout: int
    when_idle: bool
    by_line: bool = False


def grace_period(drain: DrainArgs) -> int:
    """Seconds until the kubelet kills an ending pod."""
    return drain.timeout + GRACE


def keep_serving(drain: DrainArgs, ports: Iterable[int]) -> Manifest:
    """A preStop hook that waits until the connections to `ports` have ended, or the time is up."""
    if not drain.when_idle:
        return {"preStop": {"sleep": {"seconds": drain.timeout}}}
    return {"preStop": {"exec": {"command": ["sh", "-c", waiting_script(drain, ports)]}}}


def waiting_script(drain: DrainArgs, ports: Iterable[int]) -> str:
    """POSIX shell that waits until no connection to `ports` is established, or its timeout is over."""
    settle = min(SETTLE, drain.timeout)
    waiting = _WAIT_UNTIL_IDLE.format(settle=settle, left=drain.timeout - settle, every=_EVERY)
    return (drain_by_line.connected(ports) if drain.by_line else _connected(ports)) + waiting


def _connected(ports: Iterable[int]) -> str:
    established = (f"*':{port:04X} '{address}:????' 01 '*" for port in ports for address in _ADDRESSES)
    return _CONNECTED.format(ports="|".join(established))
