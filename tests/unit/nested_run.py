"""A run of pytest under the conftest of all tests, over tests in another folder."""

import os
import sys

from sandbox.paths import REPOSITORY

_NO_EXAMPLES = ("-p", "no:hypothesispytest")  # whose import takes a third of a process's time
COMMAND = (sys.executable, "-m", "pytest", "-p", "tests.conftest", *_NO_EXAMPLES, "--import-mode=importlib")


def environment(**more: str) -> dict[str, str]:
    """The variables of such a run, and any `more`; it knows nothing of the run around it."""
    return {"PATH": os.environ["PATH"], "PYTHONPATH": str(REPOSITORY), **more}
