"""Removes what a cluster's daemons leave outside their own folder, and then the folder."""

import os
import re
import shutil
import socket
import subprocess
from pathlib import Path

from sandbox.errors import SandboxError
from sandbox.paths import ClusterPaths

_CNI_RESULTS = Path("/var/lib/cni/results")
_LOG_LINKS = Path("/var/log/containers")
_DEVICE_PLUGINS = Path("/var/lib/kubelet/device-plugins")
_SHIM_SOCKETS = Path("/run/containerd/s")


def remove(paths: ClusterPaths) -> None:
    """Remove everything of a cluster whose processes have ended."""
    _remove_shim_sockets(paths)
    _remove_log_links(paths)
    _remove_network_results(paths)
    _remove_device_socket()
    unmount_below(paths.home)
    if paths.home.exists():
        shutil.rmtree(paths.home)


def _tasks(paths: ClusterPaths) -> Path:
    return paths.containerd / "state/io.containerd.runtime.v2.task/k8s.io"


def _pods(paths: ClusterPaths) -> list[str]:
    folder = paths.containerd / "root/io.containerd.grpc.v1.cri/sandboxes"
    return [path.name for path in folder.iterdir()] if folder.is_dir() else []


def unmount_below(folder: Path) -> None:
    """Unmount what is mounted in `folder`, the latest first."""
    for mount_point in reversed(mounts_below(folder)):
        result = subprocess.run(["umount", str(mount_point)], capture_output=True, text=True, check=False)
        if result.returncode != 0:
            result = subprocess.run(["umount", "--lazy", str(mount_point)], capture_output=True, text=True, check=False)
        if result.returncode != 0:
            raise SandboxError(f"{mount_point} cannot be unmounted: {result.stderr.strip()}")


def mounts_below(folder: Path) -> list[Path]:
    """The mount points in `folder`, in the order of mounting."""
    lines = Path("/proc/self/mountinfo").read_text().splitlines()
    mount_points = [Path(_unescape(line.split()[4])) for line in lines]
    return [mount_point for mount_point in mount_points if mount_point.is_relative_to(folder)]


def _unescape(field: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), field)


def _remove_shim_sockets(paths: ClusterPaths) -> None:
    """containerd's shims listen in a folder of their own choice; each notes the address beside its container."""
    for note in _tasks(paths).glob("*/address"):
        listener = Path(note.read_text().strip().removeprefix("unix://"))
        if listener.parent == _SHIM_SOCKETS:
            listener.unlink(missing_ok=True)
    _remove_if_empty(_SHIM_SOCKETS)
    _remove_if_empty(_SHIM_SOCKETS.parent)


def _remove_log_links(paths: ClusterPaths) -> None:
    """kubelet links every container's log into a folder of the machine."""
    if _LOG_LINKS.is_dir():
        for link in _LOG_LINKS.iterdir():
            if link.is_symlink() and link.readlink().is_relative_to(paths.home):
                link.unlink()
    _remove_if_empty(_LOG_LINKS)


def _remove_network_results(paths: ClusterPaths) -> None:
    """The network plugins note what they gave to each pod; pods are known by containerd's folders for them."""
    for pod in _pods(paths):
        for result in _CNI_RESULTS.glob(f"*-{pod}-*"):
            result.unlink()
    _remove_if_empty(_CNI_RESULTS)
    _remove_if_empty(_CNI_RESULTS.parent)


def _remove_device_socket() -> None:
    """kubelet's socket for device plugins has a fixed place; with the last kubelet of the machine it is stale."""
    kubelet = _DEVICE_PLUGINS / "kubelet.sock"
    if kubelet.exists() and not _listens(kubelet):
        kubelet.unlink()
    _remove_if_empty(_DEVICE_PLUGINS)
    _remove_if_empty(_DEVICE_PLUGINS.parent)


def _listens(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as link:
        try:
            link.connect(str(path))
        except OSError:
            return False
    return True


def _remove_if_empty(folder: Path) -> None:
    if folder.is_dir() and not os.listdir(folder):
        folder.rmdir()
