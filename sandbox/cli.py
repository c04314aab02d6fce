"""The commands of `python3 -m sandbox`."""

import argparse
import os
import shlex
import signal
import sys
from collections.abc import Sequence
from types import FrameType

from sandbox.cluster import daemon_commands, own_cluster
from sandbox.cluster.cluster import DEFAULT_NAME, Cluster, connect, require_root
from sandbox.cluster.own_cluster import OwnCluster
from sandbox.errors import SandboxError
from sandbox.progress import Progress
from sandbox.shop import images
from sandbox.toolchain import programs as toolchain

_EXPORTED = ("PATH", "KUBECONFIG", "NO_PROXY", "no_proxy")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status; an error is one clear text and status 1."""
    options = _parser().parse_args(arguments)
    progress = Progress()
    signal.signal(signal.SIGTERM, _end_in_order)
    try:
        if line := own_cluster.ignored_kubeconfig():
            progress.line(line)
        return _carry_out(options, progress)
    except SandboxError as error:
        progress.line(f"error: {error}")
        return 1
    except KeyboardInterrupt:
        progress.line("interrupted")
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python3 -m sandbox", description="A throw-away real Kubernetes cluster.")
    commands = parser.add_subparsers(dest="action", required=True, metavar="COMMAND")
    commands.add_parser("toolchain", help="install packages and build programs that are missing")
    commands.add_parser("images", help="build the shop's stand-in images that are missing, and print their archives")
    for action, text in (
        ("up", "bring the cluster up"),
        ("down", "remove the cluster and everything of it"),
        ("status", "say what runs"),
        ("env", "print the environment for kubectl and pulumi as shell exports"),
    ):
        _with_name(commands.add_parser(action, help=text))
    run = _with_name(commands.add_parser("exec", help="run a command inside the cluster's network"))
    run.add_argument("command_line", nargs="+", metavar="-- COMMAND")
    load = _with_name(commands.add_parser("load", help="import image archives into the node"))
    load.add_argument("archives", nargs="+", metavar="ARCHIVE")
    restart = _with_name(commands.add_parser("restart", help="restart one daemon of the cluster"))
    restart.add_argument("component", help=", ".join(daemon_commands.ALL))
    return parser


def _with_name(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    parser.add_argument("--name", default=DEFAULT_NAME, help=f"which cluster (default: {DEFAULT_NAME})")
    return parser


def _carry_out(options: argparse.Namespace, progress: Progress) -> int:
    if options.action == "toolchain":
        toolchain.ensure(progress, cluster=not own_cluster.chosen())
        progress.line(" ✓ the toolchain is complete")
        return 0
    if options.action == "images":
        for path in (*images.archives(), images.probe_binary()):
            print(path)
        return 0
    cluster = connect(options.name, progress)
    if isinstance(cluster, Cluster):
        require_root(options.action)
    match options.action:
        case "up":
            cluster.up()
        case "down":
            cluster.down()
        case "status":
            return _status(cluster)
        case "env":
            _print_environment(cluster)
        case "exec":
            _become(cluster, options.command_line)
        case "load":
            for archive in options.archives:
                with progress.step(f"{archive} loaded"):
                    cluster.load(archive)
        case "restart":
            with progress.step(f"{options.component} restarted"):
                cluster.restart(options.component)
    return 0


def _status(cluster: Cluster | OwnCluster) -> int:
    """Exit status 0 when the cluster is up, 3 when it is not, as init scripts have it."""
    up = cluster.is_up()
    print(f"cluster {cluster.name!r}: {'up' if up else 'not up'}", flush=True)
    if isinstance(cluster, Cluster) and cluster.paths.slot.exists():
        print(f"  server     {cluster.addresses.server}")
        print(f"  namespace  {cluster.namespace}")
        print(f"  kubeconfig {cluster.paths.kubeconfig}")
        print(f"  logs       {cluster.paths.logs}")
        for name in daemon_commands.ALL:
            daemon = cluster.state_of(name)
            print(f"  {name:<24} {f'running, pid {daemon.pid}' if daemon else 'not running'}")
    return 0 if up else 3


def _print_environment(cluster: Cluster | OwnCluster) -> None:
    for name, value in sorted(cluster.env().items()):
        if name in _EXPORTED or name.startswith("PULUMI_"):
            print(f"export {name}={shlex.quote(value)}")


def _become(cluster: Cluster | OwnCluster, command_line: Sequence[str]) -> None:
    """Become the command: its exit status, its signals and its terminal are then its own."""
    if isinstance(cluster, Cluster) and not cluster.paths.ready.exists():
        raise SandboxError(f"The cluster {cluster.name!r} is not up, so the command was not run. Run `up` first.")
    command = cluster.command(command_line)
    environment = cluster.env()
    try:
        os.execvpe(command[0], command, environment)
    except OSError as error:
        raise SandboxError(f"{command[0]} cannot be run: {error.strerror}") from error


def _end_in_order(number: int, frame: FrameType | None) -> None:
    """A polite request to end cleans up as Ctrl-C does."""
    raise KeyboardInterrupt
