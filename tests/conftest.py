"""For all tests: one run, whatever the number of processes, and which tests are one process's."""

from collections.abc import Generator
from pathlib import Path

import hypothesis
import pytest

from tests.run import on_the_cluster, run_token, take_clusters_down

_SLOWNESS = [hypothesis.HealthCheck.too_slow]


def pytest_configure() -> None:
    """The run gets its token before any worker process is started; no test fails for the time that an example takes."""
    run_token()
    hypothesis.settings.register_profile("any machine", deadline=None, suppress_health_check=_SLOWNESS)
    hypothesis.settings.load_profile("any machine")


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist writes the groups into the tests' names
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of one group share a process, and so the shop or the servers of its session; `make test` starts three.

    The databases' group is the longest: it begins first.
    """
    items.sort(key=lambda item: _group(item) != "database")
    for item in items:
        if group := _group(item):
            item.add_marker(pytest.mark.xdist_group(group))


def _group(item: pytest.Item) -> str:
    """The switch's own tests take about as long as the cluster's others; without a group a test is anybody's."""
    match item.path.relative_to(Path(__file__).parent).parts[0]:
        case "database":
            return "database"
        case "cluster":
            return "switch" if item.path.name.startswith("test_switch") else "cluster"
    return ""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """From the first fixture on, a test that takes parts of the cluster away has it for itself."""
    if "cluster" not in getattr(item, "fixturenames", ()):
        return (yield)
    with on_the_cluster(alone=item.get_closest_marker("alone_on_cluster") is not None):
        return (yield)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Worker processes share clusters, so the process that started them takes these down, when all have ended."""
    if not hasattr(session.config, "workerinput"):
        take_clusters_down()
