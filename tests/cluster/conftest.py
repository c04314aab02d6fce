"""One throw-away cluster for all cluster tests, and shops on it."""

import contextlib
import os
import shutil
import subprocess
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from cadrart_infra import rights
from sandbox.cluster.cluster import Cluster, connect
from sandbox.cluster.own_cluster import OwnCluster
from sandbox.errors import SandboxError
from sandbox.progress import Progress
from sandbox.shop import answers, prerequisites
from sandbox.shop.handle import Shop
from sandbox.shop.namespaces import OwnedNamespace
from sandbox.shop.stack import Stack, compile_program, copy_program
from sandbox.toolchain import gobuild, recipes
from tests.cluster import workflows
from tests.cluster.job_identity import JobIdentity, job_identity
from tests.cluster.shop import DRAIN
from tests.cluster.workflows import Repository
from tests.run import note_cluster, run_token


@pytest.fixture(scope="session")
def cluster() -> Cluster | OwnCluster:
    """The cluster, up until the run ends. CADRART_KEEP_CLUSTER=yes leaves it for the next run.

    CADRART_TEST_CLUSTER gives it another name, so that two checkouts can be tested at once.
    """
    test_cluster = connect(os.environ.get("CADRART_TEST_CLUSTER", "test"))
    note_cluster(test_cluster.name)
    test_cluster.up()
    if isinstance(test_cluster, OwnCluster):
        require_services(test_cluster)
    return test_cluster


def require_services(own: OwnCluster) -> None:
    """The load of the tests goes to the Services' own addresses; the API server would be the narrow place."""
    address = answers.addresses(own, "default")["kubernetes"]
    if own.run(["timeout", "5", "bash", "-c", f"</dev/tcp/{address}/443"], capture_output=True).returncode:
        raise SandboxError(
            f"The Services of your cluster cannot be reached from here ({address}:443 does not answer), and the tests "
            "send their load to them. Nothing was changed. Run the tests on a node, or without CADRART_USE_MY_CLUSTER "
            "on a throw-away cluster."
        )


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the program, so that settings files of test stacks do not lie in the developer's checkout."""
    return compile_program(copy_program(tmp_path_factory.mktemp("checkout") / "cadrart-infra"))


@dataclass(frozen=True)
class Installed:
    """A shop, and what its database server said when it started on the empty volume."""

    shop: Shop
    server_log: str


@pytest.fixture(scope="session")
def installed(cluster: Cluster | OwnCluster, checkout: Path) -> Iterator[Installed]:
    """The shop, installed by `pulumi up`, blue in production; tests leave it whole, with any colour active.

    Each process has its own, in a namespace and a stack of another name.
    """
    shop = bare_shop(cluster, checkout, f"shop{os.environ.get('PYTEST_XDIST_WORKER', '')}")
    try:
        shop.stack.init(prerequisites.settings(shop.namespace, drain={"timeout": DRAIN}))
        shop.up()
        yield Installed(shop, shop.kubectl("logs", "deployment/db"))
    finally:
        remove(shop)


@pytest.fixture(scope="session")
def shop(installed: Installed) -> Shop:
    """The installed shop."""
    return installed.shop


_FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Notes on the test that it failed, for its fixtures."""
    report = yield
    item.stash[_FAILED] = report.failed or item.stash.get(_FAILED, False)
    return report


@pytest.fixture(autouse=True)
def failure_shown_once(request: pytest.FixtureRequest) -> Iterator[None]:
    """A test that fails gives its shop on as it got it: what it left would fail every test of the shop after it."""
    if "installed" not in request.fixturenames:
        yield
        return
    shop: Shop = request.getfixturevalue("installed").shop
    settings = shop.stack.settings_file.read_text()
    yield
    if request.node.stash.get(_FAILED, False):
        put_right(shop, settings)


def put_right(shop: Shop, settings: str) -> None:
    """An update with these settings, whatever a test broke off in; what it prints is shown with the test's failure."""
    shop.pulumi("cancel", "--yes", check=False)
    shop.program("unlock", "--yes", check=False)
    with contextlib.suppress(subprocess.CalledProcessError):  # of a cluster that does not answer any more
        shop.kubectl("delete", "jobs", "--all")
    shop.stack.settings_file.write_text(settings)
    shop.stack.config_set("promotion.allowUntested", "true")  # also where the test had turned the colours
    done = shop.up(check=False)
    shop.stack.settings_file.write_text(settings)
    print(f"the shop was put right after the failure (exit status {done.returncode}):\n{done.stdout}")


def bare_shop(cluster: Cluster | OwnCluster, checkout: Path, stack: str) -> Shop:
    """Namespace and Secrets in place, nothing of the stack yet; the namespace is one that only this run can have."""
    owned = owned_namespace(cluster, stack)
    prerequisites.prepare(owned, Progress())
    return Shop(cluster, Stack(cluster, stack, checkout), owned.name)


def remove(shop: Shop) -> None:
    """Everything of the shop, the namespace that `pulumi destroy` would leave included; not waited for."""
    owned_namespace(shop.cluster, shop.stack.name).remove()
    if _forget(shop).returncode:  # Ctrl-C ended an update with the tests, and its lock would meet the next run
        shop.pulumi("cancel", "--yes", check=False)
        _forget(shop)


def _forget(shop: Shop) -> "subprocess.CompletedProcess[str]":
    """Without its stack, Pulumi knows nothing of the shop any more."""
    return shop.pulumi("stack", "rm", "--yes", "--force", check=False)


def owned_namespace(cluster: Cluster | OwnCluster, stack: str) -> OwnedNamespace:
    """The namespace of a stack in this run of the tests; there is no way to name another one."""
    return OwnedNamespace(cluster, f"cadrart-test-{run_token()}-{stack}", f"test-run-{run_token()}")


@pytest.fixture(scope="module")
def identity(shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> Iterator[JobIdentity | None]:
    """The cluster takes what is signed for the repository's jobs: the environment's update, all others only look.

    None on a cluster of the user's own, whose API server is not ours to configure.
    """
    if not isinstance(shop.cluster, Cluster):
        yield None
        return
    updaters, readers = (f"environment:{shop.stack.name}",), ("pull_request", "refs/heads/main")
    with job_identity(shop, tmp_path_factory.mktemp("issuer")) as made:
        for name, role, jobs in (("updater", rights.UPDATER, updaters), ("reader", rights.READER, readers)):
            users = [f"--user=github:{job}" for job in jobs]
            shop.kubectl("create", "rolebinding", f"github-{name}", f"--role={role}", *users)
        yield made
        shop.kubectl("delete", "rolebinding", "github-updater", "github-reader")


@pytest.fixture(scope="module")
def shared_repository(
    shop: Shop, identity: JobIdentity | None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Repository]:
    """The API server takes some seconds until it knows who signs: so this is set up first of all."""
    gobuild.build([recipes.ACT], Progress())
    folder = tmp_path_factory.mktemp("work") / "infra"
    copy_program(folder)
    with workflows.repository(shop, folder, tmp_path_factory.mktemp("runner")) as made:
        yield made


@pytest.fixture
def repository(shared_repository: Repository) -> Iterator[Repository]:
    """The repository with its main as the shop is; nothing that GitHub was asked was against its description."""
    shared_repository.up_to_date()
    with shared_repository.github.changed() as has:
        has.update({"comments": [], "issues": [], "pulls": {}, "runs": [], "asked": [], "wrong": []})
    yield shared_repository
    assert shared_repository.github.read()["wrong"] == []
    shared_repository.up_to_date()
    shutil.copy2(shared_repository.settings_file, shared_repository.shop.stack.settings_file)
