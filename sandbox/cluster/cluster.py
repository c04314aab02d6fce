"""The throw-away cluster as Python callers see it: up, run something in it, down."""

import contextlib
import os
import shutil
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from sandbox.cluster import api, cgroups, daemon_commands, daemons, host_settings, leftovers, network, own_cluster
from sandbox.cluster.bootstrap import Bootstrap
from sandbox.cluster.client_environment import client_environment
from sandbox.cluster.commands import RunsCommands
from sandbox.cluster.own_cluster import OwnCluster
from sandbox.cluster.slots import AddressPlan, free_slot
from sandbox.errors import SandboxError
from sandbox.files import write_whole
from sandbox.locks import one_at_a_time
from sandbox.paths import CLUSTERS, ClusterPaths, cache_root
from sandbox.progress import Progress
from sandbox.toolchain import programs as toolchain

DEFAULT_NAME = "default"
_HOST_RECORD = CLUSTERS / "host-settings.json"


class Cluster(RunsCommands):
    """A one-node cluster in a network namespace of its own.

    `name`: lower-case letters, digits and hyphens; clusters with different names run side by side.
    """

    def __init__(self, name: str = DEFAULT_NAME, progress: Progress | None = None) -> None:
        self.paths = ClusterPaths(name)
        self.progress = progress if progress is not None else Progress()

    @property
    def name(self) -> str:
        return self.paths.name

    @property
    def namespace(self) -> Path:
        """The network namespace, as `nsenter --net=` takes it."""
        return self.paths.namespace

    @property
    def addresses(self) -> AddressPlan:
        """The addresses that it has while it is up; raises SandboxError where it is not."""
        if not self.paths.slot.exists():
            raise SandboxError(f"The cluster {self.name!r} is not up. Run: python3 -m sandbox up{self._option()}")
        return AddressPlan(int(self.paths.slot.read_text()))

    def up(self) -> None:
        """Bring the cluster up, toolchain included; does nothing when it is up already.

        What a killed cluster left behind is removed first. When it fails, nothing stays but the logs.
        """
        require_root("up")
        with self._alone():
            if self.is_up():
                self.progress.line(f" ✓ the cluster {self.name!r} is up already")
                return
            toolchain.ensure(self.progress)
            self._remove_leftovers()
            started = time.monotonic()
            try:
                self._start()
            except BaseException:
                self._give_up()
                raise
            seconds = time.monotonic() - started
        self.progress.line(f"The cluster {self.name!r} is up ({seconds:.0f}s). Its shell: {self._shell()}")

    def down(self) -> None:
        """Remove the cluster and everything of it, whole or half."""
        require_root("down")
        with self._alone():
            if not self._traces():
                self.progress.line(f" ✓ there is no cluster {self.name!r}")
                return
            with self.progress.step(f"cluster {self.name!r} removed"):
                self._remove()

    def is_up(self) -> bool:
        """Whether `up` has finished, every daemon runs and the API server says it is ready."""
        if not self.paths.ready.exists() or any(self.state_of(name) is None for name in daemon_commands.ALL):
            return False
        return self.run(["kubectl", "get", "--raw", "/readyz"], capture_output=True).returncode == 0

    def state_of(self, component: str) -> daemons.Daemon | None:
        """The running daemon of a component, or None."""
        return daemons.find(self.paths, component)

    def env(self, base: Mapping[str, str] | None = None) -> dict[str, str]:
        """`base` (default: this process's environment) with what kubectl and pulumi need to work on the cluster."""
        return client_environment(self.paths, os.environ if base is None else base)

    def command(self, command: Sequence[str]) -> list[str]:
        """The command line that runs `command` inside the cluster's network namespace."""
        return network.enter(self.namespace, command)

    def inside(self, call: Callable[[], network.Result]) -> network.Result:
        """What `call` returns, in the cluster's network: for requests, without a process for each."""
        return network.inside(self.namespace, call)

    def read(self, path: str) -> dict[str, Any]:
        """The API server's answer to a GET of `path`, without a process; raises SandboxError where it is no success."""
        kubeconfig = Path(self.env()["KUBECONFIG"])
        return self.inside(lambda: api.read(kubeconfig, path))

    def load(self, archive: str | os.PathLike[str]) -> None:
        """Import the images of a docker-archive or OCI archive into the node."""
        self._on_node(f"The images of {archive} could not be imported", "import", os.fspath(archive))

    def tag(self, image: str, name: str) -> None:
        """Give an image of the node one more name, or a name that another image has, as a push of the tag would."""
        self._on_node(f"{image} could not be named {name}", "tag", "--force", image, name)

    def images(self) -> list[str]:
        """The names of the images on the node."""
        names = self._on_node("The node does not list its images", "list", "-q").splitlines()
        return [name for name in names if not name.startswith("sha256:")]

    def stop(self, component: str, timeout: float = 10.0) -> None:
        """End one daemon (`daemon_commands.ALL` names them) and leave it off; after `timeout` seconds it is killed."""
        daemons.stop(self.paths, _known(component), timeout)

    def start(self, component: str) -> None:
        """Start one daemon that is off, and wait until it answers."""
        name = _known(component)
        if self.state_of(name) is None:
            self._bootstrap().start(name)

    def restart(self, component: str, timeout: float = 10.0) -> None:
        """End one daemon, start it again and wait until it answers; with `timeout` 0 it ends as in a crash."""
        self.stop(component, timeout)
        self.start(component)

    def _alone(self) -> contextlib.AbstractContextManager[None]:
        """Two `up` or `down` at once would take the same slot."""
        return one_at_a_time("cluster", self.progress, "brings a cluster up or down")

    def _bootstrap(self) -> Bootstrap:
        return Bootstrap(self.paths, self.addresses, self.run, self.load, self.progress)

    def _start(self) -> None:
        CLUSTERS.mkdir(parents=True, exist_ok=True)
        host_settings.remember(_HOST_RECORD)
        slot = free_slot(int(path.read_text()) for path in CLUSTERS.glob("*/slot"))
        self.paths.home.mkdir()
        write_whole(self.paths.slot, str(slot))
        self._bootstrap().everything()
        self.paths.ready.touch()

    def _give_up(self) -> None:
        """Keep the logs of a cluster that did not come up, and remove the rest."""
        kept = cache_root() / "log" / f"cluster-{self.name}"
        shutil.rmtree(kept, ignore_errors=True)
        if self.paths.logs.exists():
            shutil.copytree(self.paths.logs, kept)
        self._remove()
        self.progress.line(f"The cluster did not come up and was removed; its logs are in {kept}")

    def _remove_leftovers(self) -> None:
        if self._traces():
            with self.progress.step("what an earlier cluster left behind removed"):
                self._remove()

    def _traces(self) -> bool:
        groups = (hierarchy / self.paths.identity for hierarchy in cgroups.everywhere())
        return any(path.exists() for path in (self.paths.home, self.namespace, *groups))

    def _remove(self) -> None:
        """kubelet goes first: it would start again what the others lose."""
        for component in reversed(daemon_commands.ALL):
            daemon = daemons.find(self.paths, component)
            if daemon is not None:
                os.kill(daemon.pid, signal.SIGKILL)
        cgroups.kill_all(self.paths.identity)
        _end(set(network.processes_in(self.namespace)) - _ancestors())
        leftovers.remove(self.paths)
        network.delete(self.namespace)
        cgroups.remove(self.paths.identity)
        if not any(CLUSTERS.glob("*/slot")):
            host_settings.put_back(_HOST_RECORD)
            with contextlib.suppress(OSError):
                CLUSTERS.rmdir()

    def _on_node(self, failed: str, *arguments: str) -> str:
        """What `ctr images` prints for these arguments; raises SandboxError, which begins with `failed`."""
        ctr, address = str(self.paths.binaries / "ctr"), str(self.paths.containerd_socket)
        command = [ctr, "--address", address, "--namespace", "k8s.io", "images", *arguments]
        result = self.run(command, capture_output=True, text=True)
        if result.returncode != 0:
            raise SandboxError(f"{failed}: {result.stderr.strip()}")
        return str(result.stdout)

    def _option(self) -> str:
        return "" if self.name == DEFAULT_NAME else f" --name {self.name}"

    def _shell(self) -> str:
        return f"python3 -m sandbox exec{self._option()} -- bash"


def _known(component: str) -> str:
    """The full name of a component; `apiserver`, `proxy` and the like are understood."""
    for name in daemon_commands.ALL:
        if component in (name, name.removeprefix("kube-")):
            return name
    raise SandboxError(
        f"There is no component {component!r}. Nothing was changed. There are: {', '.join(daemon_commands.ALL)}"
    )


def connect(name: str = DEFAULT_NAME, progress: Progress | None = None) -> Cluster | OwnCluster:
    """The throw-away cluster `name`, or the user's own where he said that he means it."""
    return OwnCluster(progress) if own_cluster.chosen() else Cluster(name, progress)


def require_root(action: str) -> None:
    """An error for everybody else: namespaces, control groups and mounts are root's."""
    if os.geteuid() != 0:
        raise SandboxError(
            f"`{action}` works in a network namespace, with control groups and mounts; only root can. "
            "Nothing was changed.\n"
            "Run it as root (sudo), or use a cluster of your own: set KUBECONFIG and CADRART_USE_MY_CLUSTER=yes."
        )


def _ancestors() -> set[int]:
    """This process and those that started it; they may themselves run in the cluster's namespace."""
    found, pid = set(), os.getpid()
    while pid > 1:
        found.add(pid)
        stat = Path(f"/proc/{pid}/stat").read_text()
        pid = int(stat.rsplit(")", 1)[1].split()[1])
    return found


def _end(pids: set[int]) -> None:
    """End processes that were started in the namespace and forgotten there, such as a port-forward."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
