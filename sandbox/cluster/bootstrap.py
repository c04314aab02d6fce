"""The way from nothing to a ready cluster, step by step, and what each step waits for."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from sandbox.cluster import cgroups, configuration, credentials, daemon_commands, daemons, manifests, network
from sandbox.cluster.slots import AddressPlan
from sandbox.errors import SandboxError
from sandbox.paths import REPOSITORY, ClusterPaths
from sandbox.progress import Progress, tail
from sandbox.toolchain import image_archive
from sandbox.toolchain import programs as tools
from sandbox.toolchain.packages import find_program

_READY_SECONDS = 120.0
_CAP_SYS_RESOURCE = 24
_PROBE = (sys.executable, "-m", "sandbox.cluster.probe")
_STACKED = ("overlay", "aufs")


class Runner(Protocol):
    """Runs a command inside the cluster's namespace, as `subprocess.run` does."""

    def __call__(self, command: list[str], **options: Any) -> subprocess.CompletedProcess[Any]: ...


class Bootstrap:
    """Brings up the cluster of `paths` at `addresses`."""

    def __init__(
        self,
        paths: ClusterPaths,
        addresses: AddressPlan,
        run: Runner,
        load: Callable[[Path], None],
        progress: Progress,
    ) -> None:
        self._paths = paths
        self._addresses = addresses
        self._run = run
        self._load = load
        self._progress = progress
        self._launched: list[str] = []

    def everything(self) -> None:
        """All steps in order. The home folder and the slot are there already."""
        with self._progress.step(f"network namespace and keys ({self._addresses.server})"):
            self._prepare()
        with self._progress.step("etcd and containerd"):
            for component in (daemon_commands.ETCD, daemon_commands.CONTAINERD):
                self._launch(component)
            for component in (daemon_commands.ETCD, daemon_commands.CONTAINERD):
                self._wait(component)
        with self._progress.step("API server"):
            self._launch(daemon_commands.API_SERVER)
            self._import_images()
            self._wait(daemon_commands.API_SERVER)
        with self._progress.step("controllers, scheduler, proxy, kubelet"):
            self._apply_manifests()
            for component in daemon_commands.CLIENTS:
                self._launch(component)
        with self._progress.step("node ready"):
            self._wait_until(self._node_ready, daemon_commands.KUBELET)
        with self._progress.step("CoreDNS answers through its Service, network policies are enforced"):
            self._launch(daemon_commands.NETWORK_POLICIES)
            self._wait_until(self._names_resolve, daemon_commands.KUBE_PROXY)
            network.forget_connections_never_made(self._paths.namespace)
            self._wait(daemon_commands.NETWORK_POLICIES)

    def start(self, component: str) -> None:
        """Start one component of a cluster that is up, and wait until it answers."""
        self._launch(component)
        self._wait(component)

    def _launch(self, component: str) -> None:
        daemons.start(self._paths, component, daemon_commands.command(component, self._paths, self._addresses))
        self._launched.append(component)

    def _prepare(self) -> None:
        tools.lay_out(self._paths.binaries, self._paths.pulumi_home)
        self._paths.pulumi_state.mkdir()
        network.create(self._paths.namespace, self._addresses)
        cgroups.create(self._paths.identity)
        credentials.make(self._paths, self._addresses)
        configuration.write(self._paths, self._addresses, inspect_host(self._paths.home))
        for number in range(manifests.VOLUMES):
            folder = self._paths.volumes / f"{number:02d}"
            folder.mkdir(parents=True)
            folder.chmod(0o777)

    def _import_images(self) -> None:
        """The two images that every cluster needs, made here from one program each."""
        pause, coredns = find_program("catatonit"), self._paths.binaries / "coredns"
        if pause is None:
            raise SandboxError("catatonit is missing. Run: python3 -m sandbox toolchain")
        with tempfile.TemporaryDirectory(dir=self._paths.home) as scratch:
            archive = Path(scratch) / "image.tar"
            for image, program, command in (
                (configuration.PAUSE_IMAGE, pause, ["/catatonit", "-P"]),
                (configuration.COREDNS_IMAGE, coredns, ["/coredns"]),
            ):
                image_archive.write_program(archive, image, program, command)
                self._load(archive)

    def _apply_manifests(self) -> None:
        folders = sorted(self._paths.volumes.iterdir())
        text = manifests.everything(folders, self._paths.identity, self._addresses)
        command = ["kubectl", "create", "--validate=false", "-f", "-"]
        result = self._run(command, input=text, capture_output=True, text=True)
        if result.returncode != 0:
            raise SandboxError(f"The cluster refuses its first objects:\n{tail(result.stderr)}")

    def _wait(self, component: str) -> None:
        """Wait until a component says that it is well."""
        self._wait_until(lambda: self._well(component), component)

    def _well(self, component: str) -> bool:
        if component == daemon_commands.CONTAINERD:
            address = str(self._paths.containerd_socket)
            question = [str(self._paths.binaries / "ctr"), "--address", address, "version"]
        elif component == daemon_commands.API_SERVER:
            question = ["kubectl", "get", "--raw", "/readyz"]
        else:
            question = [*_PROBE, "health", daemon_commands.HEALTH[component]]
        return self._run(question, cwd=REPOSITORY, capture_output=True).returncode == 0

    def _wait_until(self, condition: Callable[[], bool], component: str) -> None:
        deadline = time.monotonic() + _READY_SECONDS
        while not condition():
            for name in self._launched:
                if not daemons.find(self._paths, name):
                    raise SandboxError(f"{name} has ended. {daemons.log_tail(self._paths, name)}")
            if time.monotonic() > deadline:
                raise SandboxError(
                    f"{component} is not ready after {_READY_SECONDS:.0f} s. {daemons.log_tail(self._paths, component)}"
                )
            time.sleep(0.2)

    def _node_ready(self) -> bool:
        """The node takes pods, and the first of them find their ServiceAccount."""
        path = "jsonpath={.status.conditions[?(@.type=='Ready')].status}"
        command = ["kubectl", "get", "node", self._paths.identity, "-o", path]
        result = self._run(command, capture_output=True, text=True)
        if result.stdout != "True":
            return False
        account = ["kubectl", "get", "serviceaccount", "default", "--namespace", "default"]
        return self._run(account, capture_output=True).returncode == 0

    def _names_resolve(self) -> bool:
        """CoreDNS answers under its Service's address: pods run, and kube-proxy has written its rules."""
        name = "kubernetes.default.svc.cluster.local"
        command = [*_PROBE, "name", self._addresses.dns_service, name]
        result = self._run(command, cwd=REPOSITORY, capture_output=True, text=True)
        return bool(result.stdout.strip() == self._addresses.api_service)


def inspect_host(home: Path) -> configuration.Host:
    """What containerd and kubelet need to know of this machine."""
    network_plugin = find_program("ptp")
    if network_plugin is None:
        raise SandboxError("The container network plugins are missing. Run: python3 -m sandbox toolchain")
    status = dict(line.split(":\t", 1) for line in Path("/proc/self/status").read_text().splitlines() if ":\t" in line)
    allowed = int(status["CapEff"], 16) >> _CAP_SYS_RESOURCE & 1
    return configuration.Host(
        cni_folder=network_plugin.parent,
        snapshotter="native" if filesystem_of(home) in _STACKED else "overlayfs",
        restrict_oom_score=not allowed,
    )


def filesystem_of(folder: Path) -> str:
    """The kind of file system that holds `folder`, such as `ext4` or `overlay`."""
    best, kind = Path("/"), ""
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        own, rest = line.split(" - ", 1)
        mount_point = Path(own.split()[4])
        if folder.is_relative_to(mount_point) and len(mount_point.parts) >= len(best.parts):
            best, kind = mount_point, rest.split()[0]
    return kind
