"""For all tests: one run, whatever the number of processes."""

from tests.run import run_token


def pytest_configure() -> None:
    """The run gets its token before any worker process is started."""
    run_token()
