"""The drain script of older releases, which pods keep until they are replaced for another reason.

Another script would change their template, and with it they would restart. When no stack has such pods any more, this
module goes, and `by_line` with it.
"""

from collections.abc import Iterable, Mapping
from typing import Any

_CONNECTED = """\
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
_MARK = "busy() {"
"""What no other script has."""


def connected(ports: Iterable[int]) -> str:
    """The shell's function `connected`, for connections to these ports."""
    return _CONNECTED.format(ports="|".join(f"'01 '*:{port:04X}" for port in ports))


def looks_by_line(template: Mapping[str, Any] | None) -> bool:
    """Whether a Deployment's pods have this script; `template`: of its pods, None where there is no Deployment."""
    containers = template["spec"]["containers"] if template else []
    handlers = [one.get("lifecycle", {}).get("preStop", {}).get("exec", {}) for one in containers]
    return any(_MARK in " ".join(one.get("command", [])) for one in handlers)
