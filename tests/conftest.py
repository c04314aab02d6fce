"""For all tests: one run, whatever the number of processes, and which tests are one process's."""

import os
import signal
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from xdist.remote import Producer  # type: ignore[import-untyped]
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]
from xdist.workermanage import WorkerController  # type: ignore[import-untyped]

from tests.run import on_the_cluster, run_token, take_clusters_down

SHOPS = 2
"""Processes that have a shop: three that are updated at once on two cores take as long, and time out at times."""


def pytest_configure() -> None:
    """The run gets its token before any worker process is started."""
    run_token()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C, so that the tests tidy up
    _as_no_workflow()


def _as_no_workflow() -> None:
    """The tests see a plain machine, also where a workflow of GitHub runs them: the program says who runs it."""
    for name in [name for name in os.environ if name.startswith("GITHUB_")]:
        del os.environ[name]


@pytest.fixture
def hangups_are_reported() -> Iterator[None]:
    """Also where nohup runs the tests: what a test starts would go on ignoring them."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long begins first, and the many short tests fill the process that is done with its groups."""
    items.sort(key=_turn)


def _turn(item: pytest.Item) -> int:
    """The databases' tests are the longest group, and those of the workflows the longest module of the cluster's.

    Whoever wants the cluster for himself waits for the others, and they for him: that is for the end, when one has done
    with the cluster.
    """
    match Path(group(item.nodeid)).parts:
        case ("database",):
            return 0
        case ("tests", "cluster", "test_workflows.py"):
            return 1
        case ("tests", "cluster", *_):
            return 3 if is_alone(item) else 2
    return 4


def is_alone(item: pytest.Item) -> bool:
    """Whether a test takes parts of the cluster away."""
    return item.get_closest_marker("alone_on_cluster") is not None


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling | None:
    """How `make test` gives the tests to its processes; `make unit` asks for another way, since no group is in it."""
    return _ByGroup(config, log) if config.getoption("dist") == "loadscope" else None


class _ByGroup(LoadScopeScheduling):  # type: ignore[misc]
    """Tests of one group share a process, and so what a module sets up, or the database servers of a session.

    pytest-xdist has groups of its own (`--dist=loadgroup`), but writes them where pytest 9.2 does not look.
    """

    def __init__(self, config: pytest.Config, log: Producer) -> None:
        super().__init__(config, log)
        self._with_shop: set[WorkerController] = set()

    def _split_scope(self, nodeid: str) -> str:
        return group(nodeid)

    def mark_test_complete(self, node: WorkerController, item_index: int, duration: float = 0) -> None:
        """A group that is done is forgotten: after each test all that a process ever had would be counted."""
        super().mark_test_complete(node, item_index, duration)
        groups = self.assigned_work[node]
        for name in [name for name, tests in groups.items() if all(tests.values())]:
            del groups[name]

    def _reschedule(self, node: WorkerController) -> None:
        """A process for which only tests of the cluster's are left, and no shop, has done its part."""
        if self.workqueue and not node.shutting_down and self._next_for(node) is None:
            node.shutdown()
        else:
            super()._reschedule(node)

    def _assign_work_unit(self, node: WorkerController) -> None:
        """The first group of the queue that the process may have."""
        name = self._next_for(node)
        if name is None:
            return
        if is_of_the_cluster(name):
            self._with_shop.add(node)
        self.workqueue.move_to_end(name, last=False)
        super()._assign_work_unit(node)

    def _next_for(self, node: WorkerController) -> str | None:
        with_shop = self._with_shop & set(self.nodes)
        may_have_one = node in with_shop or len(with_shop) < SHOPS
        return next((name for name in self.workqueue if may_have_one or not is_of_the_cluster(name)), None)


def group(nodeid: str) -> str:
    """The group of a test; one that needs neither a server nor a cluster is a group of its own.

    The modules of the cluster's tests go to whichever process is free: each process has a shop of its own.
    """
    path = nodeid.partition("::")[0]
    match Path(path).parts:
        case ("tests", "cluster", _):
            return path
        case ("tests", "database", *_):
            return "database"
    return nodeid


def is_of_the_cluster(group: str) -> bool:
    """Whether a group's tests need a shop on the cluster."""
    return Path(group).parts[:2] == ("tests", "cluster")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """From the first fixture on, a test that takes parts of the cluster away has it for itself."""
    if "cluster" not in getattr(item, "fixturenames", ()):
        return (yield)
    with on_the_cluster(alone=is_alone(item)):
        return (yield)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Worker processes share clusters, so the process that started them takes these down, when all have ended."""
    if not hasattr(session.config, "workerinput"):
        take_clusters_down()
