"""The Debian packages the cluster and its images need; what is there already, from wherever, is left alone."""

import contextlib
import os
import shutil
import subprocess
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sandbox.errors import SandboxError
from sandbox.locks import one_at_a_time
from sandbox.progress import Progress, tail

CNI_FOLDERS = (Path("/usr/lib/cni"), Path("/opt/cni/bin"))
_POLICY = Path("/usr/sbin/policy-rc.d")
_NO_SERVICES = "#!/bin/sh\n# Written for the time of one package installation: no service is started.\nexit 101\n"


@dataclass(frozen=True)
class Package:
    """A Debian package, the program that shows that it is there, and the service it brings, if any."""

    name: str
    program: str
    service: str = ""


PACKAGES = (
    Package("etcd-server", "etcd", service="etcd"),
    Package("containerd", "containerd", service="containerd"),
    Package("runc", "runc"),
    Package("containernetworking-plugins", "ptp"),
    Package("iptables", "iptables"),
    Package("ipset", "ipset"),
    Package("iproute2", "ip"),
    Package("util-linux", "nsenter"),
    Package("openssl", "openssl"),
    Package("catatonit", "catatonit"),
    Package("mmdebstrap", "mmdebstrap"),
)


def find_program(program: str) -> Path | None:
    """Where a program of these packages lies; system folders count although a user's PATH may lack them."""
    folders = [*os.environ.get("PATH", "").split(os.pathsep), "/usr/sbin", "/sbin", *map(str, CNI_FOLDERS)]
    found = shutil.which(program, path=os.pathsep.join(folders))
    return Path(found) if found else None


def missing(programs: Collection[str] | None = None) -> list[Package]:
    """The packages whose programs are not here, of those with these `programs` or of all."""
    wanted = [package for package in PACKAGES if programs is None or package.program in programs]
    return [package for package in wanted if find_program(package.program) is None]


def install_missing(progress: Progress, programs: Collection[str] | None = None) -> None:
    """Install what is missing with apt, of these `programs` or of all; no service is started or enabled by it."""
    if not missing(programs):
        return
    # `apt-get update` does not wait for another one, and fails.
    with one_at_a_time("packages", progress, "installs packages"):
        if wanted := missing(programs):
            _install(wanted, progress)
    if still := [package.program for package in missing(programs)]:
        raise SandboxError(f"The packages were installed, but there is no {', '.join(still)} on this machine.")


def _install(wanted: Sequence[Package], progress: Progress) -> None:
    names = [package.name for package in wanted]
    _check_machine(names)
    with progress.step(f"Debian packages: {', '.join(names)}"), _no_services():
        _apt("update")
        _apt("install", "--yes", "--no-install-recommends", *names)
        for package in wanted:
            _leave_service_off(package)


def _check_machine(names: Sequence[str]) -> None:
    if shutil.which("apt-get") is None:
        raise SandboxError(
            "The cluster needs programs that this machine lacks, and there is no apt-get to install them. "
            f"Nothing was changed. On Debian they are the packages: {' '.join(names)}"
        )
    if os.geteuid() != 0:
        raise SandboxError(
            f"Packages are missing and only root can install them. Nothing was changed. Run:\n"
            f"    sudo apt-get install --no-install-recommends {' '.join(names)}"
        )


def _apt(*arguments: str) -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}
    command = ["apt-get", "-q", "-o", "DPkg::Lock::Timeout=120", *arguments]
    result = subprocess.run(
        command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if result.returncode != 0:
        raise SandboxError(f"`{' '.join(command)}` failed:\n{tail(result.stdout + result.stderr)}")


@contextlib.contextmanager
def _no_services() -> Iterator[None]:
    """Debian starts a service when its package is installed, unless a policy-rc.d forbids it."""
    if _POLICY.exists():
        yield
        return
    _POLICY.write_text(_NO_SERVICES)
    _POLICY.chmod(0o755)
    try:
        yield
    finally:
        _POLICY.unlink(missing_ok=True)


def _leave_service_off(package: Package) -> None:
    """A freshly installed service must not come up at the next boot either."""
    if package.service and shutil.which("systemctl"):
        subprocess.run(
            ["systemctl", "disable", "--quiet", f"{package.service}.service"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
