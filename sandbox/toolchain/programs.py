"""The programs a cluster and its users need: what the user has already, and what is built here."""

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sandbox.paths import CLUSTERS, cache_root
from sandbox.progress import Progress
from sandbox.toolchain import cache, gobuild, packages, recipes
from sandbox.toolchain.packages import find_program

_FROM_PACKAGES = ("etcd", "containerd", "runc", "ctr", "iptables", "ip", "nsenter")
_PLUGINS = {
    f"resource-kubernetes-v{recipes.KUBERNETES_PROVIDER_VERSION}": recipes.KUBERNETES_PROVIDER,
    f"resource-command-v{recipes.COMMAND_PROVIDER_VERSION}": recipes.COMMAND_PROVIDER,
}


@dataclass(frozen=True)
class UsersPulumi:
    """What the user has installed: the folder of `pulumi` with its language host, and folders of plugins."""

    folder: Path | None
    plugins: Mapping[str, Path]


def users_pulumi(environment: Mapping[str, str] = os.environ) -> UsersPulumi:
    """Find the user's own Pulumi; one without the language host for Python beside it does not count.

    Nor does that of a sandbox cluster, in whose environment this may run: it goes when the cluster goes.
    """
    program = shutil.which("pulumi", path=environment.get("PATH", ""))
    folder = Path(program).resolve().parent if program else None
    if folder is not None and (_ours(folder) or not (folder / "pulumi-language-python").exists()):
        folder = None
    home = Path(environment.get("PULUMI_HOME") or Path.home() / ".pulumi")
    candidates = {} if _ours(home) else {name: home / "plugins" / name for name in _PLUGINS}
    return UsersPulumi(folder, {name: path for name, path in candidates.items() if path.is_dir()})


def _ours(path: Path) -> bool:
    return path.is_relative_to(CLUSTERS) or path.is_relative_to(cache_root())


def needed_recipes(users: UsersPulumi, *, cluster: bool = True) -> list[recipes.GoRecipe]:
    """What has to be built, in the order in which it is: Pulumi first; without `cluster` only what it needs."""
    wanted = [] if users.folder else [recipes.PULUMI, recipes.LANGUAGE_HOST]
    wanted += [recipe for name, recipe in _PLUGINS.items() if name not in users.plugins]
    if cluster:
        wanted += [recipes.KUBERNETES, recipes.COREDNS, recipes.NETWORK_POLICIES]
    return wanted


def ensure(progress: Progress, *, cluster: bool = True) -> None:
    """Install the packages and build the programs that are missing; what the cache holds for nothing goes."""
    if cluster:
        packages.install_missing(progress)
    gobuild.build(needed_recipes(users_pulumi(), cluster=cluster), progress)
    cache.prune(progress)


def programs(*, cluster: bool) -> dict[str, Path]:
    """Every program by name, for a folder that goes first on PATH; the user's own Pulumi is on PATH already."""
    users = users_pulumi()
    found = {}
    for recipe in needed_recipes(users, cluster=cluster):
        if recipe not in _PLUGINS.values():
            found.update({path.name: path for path in gobuild.installed(recipe).iterdir()})
    if cluster:
        for name in _FROM_PACKAGES:
            if path := find_program(name):
                found[name] = path
    return found


def lay_out(binaries: Path, pulumi_home: Path, *, cluster: bool = True) -> None:
    """Fill a folder with all programs, and a PULUMI_HOME in which the plugins are found."""
    binaries.mkdir(parents=True, exist_ok=True)
    for name, program in programs(cluster=cluster).items():
        # Pulumi warns about a language host that does not lie in one folder with it, links followed.
        place = _copy if name.startswith("pulumi") else _link
        place(binaries / name, program)
    users = users_pulumi()
    for name, recipe in _PLUGINS.items():
        source = users.plugins.get(name, gobuild.installed(recipe))
        folder = pulumi_home / "plugins" / name
        folder.mkdir(parents=True, exist_ok=True)
        for file in source.iterdir():
            _link(folder / file.name, file)
    # Pulumi's record of all that its engine does takes half of the engine's time, and nobody reads it here. It makes
    # none where it finds no folder for it.
    (pulumi_home / "logs").touch()


def _copy(copy: Path, original: Path) -> None:
    """A hard link where the file system allows one."""
    copy.unlink(missing_ok=True)
    try:
        copy.hardlink_to(original)
    except OSError:
        shutil.copy2(original, copy)


def _link(link: Path, target: Path) -> None:
    link.unlink(missing_ok=True)
    link.symlink_to(target)
