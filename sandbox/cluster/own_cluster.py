"""A cluster of the user's own instead of the sandbox: only on an explicit word, and never brought up or down."""

import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from sandbox.cluster.client_environment import pulumi_settings
from sandbox.cluster.commands import RunsCommands
from sandbox.errors import SandboxError
from sandbox.paths import CLUSTERS, cache_root
from sandbox.progress import Progress
from sandbox.toolchain import programs as toolchain

FLAG = "CADRART_USE_MY_CLUSTER"


def chosen(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether the user means the cluster of his KUBECONFIG; an error when he says so but names none."""
    if environment.get(FLAG, "") != "yes":
        return False
    if not environment.get("KUBECONFIG"):
        raise SandboxError(
            f"{FLAG}=yes is set, but KUBECONFIG is not, so there is no cluster to use. Nothing was changed.\n"
            f"Set KUBECONFIG to your cluster's kubeconfig, or unset {FLAG} for a throw-away cluster."
        )
    return True


def ignored_kubeconfig(environment: Mapping[str, str] = os.environ) -> str | None:
    """The line that says that a KUBECONFIG is set and left alone, or None; a throw-away cluster's own is no news."""
    kubeconfig = environment.get("KUBECONFIG")
    if not kubeconfig or environment.get(FLAG, "") == "yes" or Path(kubeconfig).is_relative_to(CLUSTERS):
        return None
    return f"KUBECONFIG={kubeconfig} is left alone; to use that cluster instead of a throw-away one, set {FLAG}=yes"


class OwnCluster(RunsCommands):
    """The user's cluster behind the same methods as `Cluster`, as far as they make sense."""

    name = "your own"
    namespace: Path | None = None

    def __init__(self, progress: Progress | None = None) -> None:
        self.progress = progress if progress is not None else Progress()
        self._home = cache_root() / "own-cluster"

    def up(self) -> None:
        """Build what `pulumi` needs and ask the cluster whether it is there."""
        if shutil.which("kubectl") is None:
            raise SandboxError("kubectl is not on PATH; your own cluster is reached with it. Nothing was changed.")
        toolchain.ensure(self.progress, cluster=False)
        answer = self.run(["kubectl", "version", "--request-timeout=15s"], capture_output=True, text=True)
        if answer.returncode != 0:
            raise SandboxError(
                f"The cluster of KUBECONFIG={os.environ['KUBECONFIG']} does not answer: {answer.stderr.strip()}\n"
                "Nothing was changed."
            )
        self.progress.line(f" ✓ your own cluster answers ({answer.stdout.strip().splitlines()[-1]})")

    def down(self) -> None:
        """Nothing: the cluster is not ours."""
        self.progress.line(" ✓ your own cluster is left as it is")

    def is_up(self) -> bool:
        """Whether its API server answers."""
        return self.run(["kubectl", "get", "--raw", "/readyz"], capture_output=True).returncode == 0

    def env(self, base: Mapping[str, str] | None = None) -> dict[str, str]:
        """`base` with Pulumi's settings; KUBECONFIG stays the user's."""
        binaries, pulumi_home, state = (self._home / name for name in ("bin", "pulumi-home", "pulumi-state"))
        toolchain.lay_out(binaries, pulumi_home, cluster=False)
        state.mkdir(exist_ok=True)
        base = os.environ if base is None else base
        return {**base, **pulumi_settings(binaries, pulumi_home, state, base)}

    def command(self, command: Sequence[str]) -> list[str]:
        """The same: nothing has to be entered."""
        return list(command)

    def load(self, archive: str | os.PathLike[str]) -> None:
        """Raises SandboxError: the images are the user's to bring."""
        raise SandboxError(
            f"{os.fspath(archive)} was not loaded: your own cluster gets its images from its registry, not from here."
        )

    def restart(self, component: str) -> None:
        """Raises SandboxError: no part of the cluster is ours to stop."""
        raise SandboxError(f"{component} was not restarted: on your own cluster nothing is stopped from here.")
