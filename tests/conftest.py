"""For all tests: one run, whatever the number of processes."""

import pytest

from tests.run import run_token, take_clusters_down


def pytest_configure() -> None:
    """The run gets its token before any worker process is started."""
    run_token()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Worker processes share clusters, so the process that started them takes these down, when all have ended."""
    if not hasattr(session.config, "workerinput"):
        take_clusters_down()
