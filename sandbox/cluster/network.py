"""The cluster's network namespace: a bridge with the node's address, and no way out."""

import ctypes
import os
import subprocess
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from sandbox.cluster.slots import AddressPlan
from sandbox.errors import SandboxError
from sandbox.toolchain.packages import find_program

_INTERFACE = "node0"
_CLONE_NEWNET = 0x40000000
Result = TypeVar("Result")


def enter(namespace: Path, command: Sequence[str]) -> list[str]:
    """The command line that runs `command` in the namespace.

    `ip netns exec` would mount /sys again, and kubelet would find no cgroups there.
    """
    nsenter = find_program("nsenter") or "nsenter"
    return [str(nsenter), f"--net={namespace}", "--", *command]


def inside(namespace: Path, call: Callable[[], Result]) -> Result:
    """What `call` returns in the namespace: a thread of its own enters it, which needs no other program.

    Only connections that `call` makes itself are the namespace's; this process's other threads stay where they are.
    """

    def entered() -> Result:
        _enter_with_this_thread(namespace)
        return call()

    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(entered).result()


def _enter_with_this_thread(namespace: Path) -> None:
    with namespace.open() as opened:
        if ctypes.CDLL(None, use_errno=True).setns(opened.fileno(), _CLONE_NEWNET):
            raise SandboxError(f"{namespace} could not be entered: {os.strerror(ctypes.get_errno())}")


def create(namespace: Path, addresses: AddressPlan) -> None:
    """Make the namespace.

    Everything but the cluster is unreachable, for pods too: with a default route into nothing, every program that
    looks for the internet would hang for minutes; without a route, it fails at once.
    """
    _ip("netns", "add", namespace.name)
    for arguments in (
        ("link", "set", "lo", "up"),
        ("link", "add", _INTERFACE, "type", "bridge"),
        ("address", "add", addresses.node_prefix, "dev", _INTERFACE),
        ("link", "set", _INTERFACE, "up"),
        ("route", "add", addresses.services, "dev", _INTERFACE),
        ("route", "add", "unreachable", "default"),
    ):
        _ip("-n", namespace.name, *arguments)
    _set(namespace, "net/ipv4/ip_forward", 1)


def forget_connections_never_made(namespace: Path) -> None:
    """Let the connection table forget after 2 s what had no answer; the kernel's own value is 120 s.

    A connection that begins while kube-proxy has written half of a Service's rules goes nowhere, and the next one from
    the same port goes the same way, as the table says, long after the rules are whole. After a restart of the kubelet
    every Service goes through that instant, and the tests send thousands of requests. Possible from the first rule
    on: before it, the kernel may have no such table.
    """
    _set(namespace, "net/netfilter/nf_conntrack_tcp_timeout_syn_sent", 2)


def delete(namespace: Path) -> None:
    """Remove the namespace's name; it ends with the last process in it."""
    if namespace.exists():
        _ip("netns", "delete", namespace.name)


def processes_in(namespace: Path) -> list[int]:
    """The processes that run in the namespace."""
    if not namespace.exists():
        return []
    wanted = namespace.stat()
    found = []
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            own = (folder / "ns/net").stat()
        except OSError:
            continue
        if (own.st_dev, own.st_ino) == (wanted.st_dev, wanted.st_ino):
            found.append(int(folder.name))
    return found


def _set(namespace: Path, name: str, value: int) -> None:
    _run(enter(namespace, ["sh", "-c", f"echo {value} > /proc/sys/{name}"]))


def _ip(*arguments: str) -> None:
    _run([str(find_program("ip") or "ip"), *arguments])


def _run(command: Sequence[str]) -> None:
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise SandboxError(f"`{' '.join(command)}` failed: {result.stderr.strip()}")
