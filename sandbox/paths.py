"""Where things lie: the cache that outlives every cluster, and the folder of one cluster."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sandbox.errors import SandboxError

REPOSITORY = Path(__file__).resolve().parent.parent
CLUSTERS = Path("/var/lib/cadrart-sandbox")
"""On disk, not in /run: images and databases would fill the memory that /run is made of."""

_NAME = re.compile(r"[a-z]([a-z0-9-]{0,18}[a-z0-9])?")


def cache_root(environment: Mapping[str, str] = os.environ) -> Path:
    """`$CADRART_CACHE`, else `$XDG_CACHE_HOME/cadrart-infra`, else `~/.cache/cadrart-infra`."""
    if chosen := environment.get("CADRART_CACHE"):
        return Path(chosen).expanduser().absolute()
    base = environment.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base).absolute() / "cadrart-infra"


@dataclass(frozen=True)
class ClusterPaths:
    """Every file of the cluster `name`; all but the network namespace and the cgroup lie under `home`."""

    name: str
    root: Path = CLUSTERS

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise SandboxError(
                f"--name {self.name!r} is no name for a cluster: at most 20 lower-case letters, digits and hyphens, "
                "a letter first and no hyphen last. Nothing was changed."
            )

    @property
    def identity(self) -> str:
        """The name of the node, the network namespace, the cgroup and the container network."""
        return f"cadrart-{self.name}"

    @property
    def home(self) -> Path:
        return self.root / self.name

    @property
    def namespace(self) -> Path:
        return Path("/run/netns") / self.identity

    @property
    def slot(self) -> Path:
        return self.home / "slot"

    @property
    def ready(self) -> Path:
        """Exists once `up` has finished."""
        return self.home / "ready"

    @property
    def binaries(self) -> Path:
        return self.home / "bin"

    @property
    def configuration(self) -> Path:
        return self.home / "configuration"

    @property
    def authentication(self) -> Path:
        """Whose tokens the API server takes, besides the cluster's own."""
        return self.configuration / "authentication.json"

    @property
    def credentials(self) -> Path:
        return self.home / "credentials"

    @property
    def kubeconfig(self) -> Path:
        """The administrator's."""
        return self.kubeconfig_of("admin")

    def kubeconfig_of(self, user: str) -> Path:
        return self.credentials / f"{user}.kubeconfig"

    @property
    def logs(self) -> Path:
        return self.home / "log"

    @property
    def processes(self) -> Path:
        return self.home / "processes"

    @property
    def etcd(self) -> Path:
        return self.home / "etcd"

    @property
    def containerd(self) -> Path:
        return self.home / "containerd"

    @property
    def containerd_socket(self) -> Path:
        return self.containerd / "containerd.sock"

    @property
    def kubelet(self) -> Path:
        return self.home / "kubelet"

    @property
    def volumes(self) -> Path:
        return self.home / "volumes"

    @property
    def pulumi_home(self) -> Path:
        return self.home / "pulumi-home"

    @property
    def pulumi_state(self) -> Path:
        return self.home / "pulumi-state"
