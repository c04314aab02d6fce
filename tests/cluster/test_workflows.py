"""The workflow files themselves, run by act on the real engine and cluster, with an origin on this machine.

What is looked at is exit codes, the cluster and the repository, not act's log.
"""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from sandbox.cluster.cluster import Cluster
from sandbox.cluster.own_cluster import OwnCluster
from sandbox.paths import REPOSITORY
from sandbox.progress import Progress
from sandbox.shop import prerequisites
from sandbox.shop.handle import Shop
from sandbox.shop.stack import copy_program
from sandbox.toolchain import gobuild, recipes
from tests.cluster.assertions import colors, production_unharmed
from tests.cluster.conftest import bare_shop, remove
from tests.cluster.shop import DRAIN

STACK, SLUG = "prod", "shop/infra"
HANDED_ON = ("KUBECONFIG", "PULUMI_HOME", "PULUMI_SKIP_UPDATE_CHECK", "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION")


@dataclass(frozen=True)
class Repository:
    """A clone with the workflow files, whose origin is on this machine; a runner works beside it."""

    shop: Shop
    folder: Path
    origin: Path
    runner: Path

    def git(self, *arguments: str) -> str:
        """What git prints in the clone."""
        identity = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
        command = ["git", *identity, *arguments]
        return subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=True).stdout.strip()

    def act(self, event: str, workflow: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Runs a workflow as its runner would, with an environment of its own."""
        cluster = self.shop.cluster.env()
        environment = {
            **{name: cluster[name] for name in HANDED_ON},
            "PATH": cluster["PATH"],
            "HOME": str(self.runner),
            "NO_PROXY": "*",
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(self.runner / "wheels"),
        }
        command = [
            *("env", "-i", *(f"{name}={value}" for name, value in environment.items())),
            *(str(gobuild.installed(recipes.ACT) / "act"), event, "-W", f".github/workflows/{workflow}.yaml"),
            *("-P", "self-hosted=-self-hosted", "--action-offline-mode", "--pull=false", "--no-cache-server"),
            *("--secret-file", str(self.runner / "secrets"), "--defaultbranch", "main", "--actor", "tester"),
            *("--var", f"PULUMI_BACKEND_URL={cluster['PULUMI_BACKEND_URL']}"),
            *("--env", f"GITHUB_REPOSITORY={SLUG}"),  # act would take the address that Git is led to
            *arguments,
        ]
        done: subprocess.CompletedProcess[str] = self.shop.cluster.run(
            command, cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=400
        )
        return done


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of a runner: act's, with the packages of the program, for the cluster's network has no way out."""
    gobuild.build([recipes.ACT], Progress())
    folder = tmp_path_factory.mktemp("runner")
    download = [sys.executable, "-m", "pip", "download", "--quiet", "--dest", str(folder / "wheels")]
    requirements = ["pip", "setuptools", "wheel", "--requirement", str(REPOSITORY / "requirements.txt")]
    subprocess.run([*download, *requirements], check=True)
    return folder


@pytest.fixture(scope="module")
def repository(
    cluster: Cluster | OwnCluster, runner: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Repository]:
    """A shop whose stack is prod, its settings in Git, blue in production."""
    folder = tmp_path_factory.mktemp("work") / "infra"
    copy_program(folder)
    shop = bare_shop(cluster, folder, STACK)
    try:
        shop.stack.init(prerequisites.settings(shop.namespace, drain={"timeout": DRAIN}))
        shop.up()
        made = Repository(shop, folder, runner / "origin.git", runner)
        in_git(made)
        (runner / "secrets").write_text(
            f"GITHUB_TOKEN=good\nPULUMI_CONFIG_PASSPHRASE={cluster.env()['PULUMI_CONFIG_PASSPHRASE']}\n"
        )
        yield made
    finally:
        remove(shop)


def in_git(repository: Repository) -> None:
    """The clone is GitHub's by its address; Git itself is led to the origin on this machine."""
    for name in (".github", ".gitignore"):
        subprocess.run(["cp", "-r", str(REPOSITORY / name), str(repository.folder)], check=True)
    subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch=main", str(repository.origin)], check=True)
    address = f"https://github.com/{SLUG}.git"
    repository.git("init", "--quiet", "--initial-branch=main")
    repository.git("config", f"url.{repository.origin}.insteadOf", address)
    repository.git("remote", "add", "origin", address)
    repository.git("add", ".")
    repository.git("commit", "--quiet", "-m", "the shop as it is")
    repository.git("push", "--quiet", "origin", "main")


def test_a_switch_is_committed_when_production_has_turned_and_not_when_it_is_refused(repository: Repository) -> None:
    assert colors(repository.shop) == ("blue", "green")
    with production_unharmed(repository.shop):
        refused = repository.act("workflow_dispatch", "switch", "--input", "color=blue", "--input", "leaves=green")
        assert refused.returncode == 1, refused.stdout
        assert history(repository) == ["the shop as it is"]
        done = repository.act("workflow_dispatch", "switch", "--input", "color=green", "--input", "leaves=blue")
    assert done.returncode == 0, done.stdout
    assert colors(repository.shop) == ("green", "blue")
    assert history(repository) == ["switch: activeColor = green", "the shop as it is"]
    repository.git("pull", "--quiet", "origin", "main")
    repository.shop.pulumi("preview", "--expect-no-changes")


def history(repository: Repository) -> list[str]:
    """What the origin's commits say, the newest first."""
    log = ["git", "--git-dir", str(repository.origin), "log", "--format=%s", "main"]
    return subprocess.run(log, capture_output=True, text=True, check=True).stdout.splitlines()
