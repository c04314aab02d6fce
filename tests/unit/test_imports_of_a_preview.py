"""A preview waits for every module that the program and its providers import: none of them is the work of an update."""

import subprocess
import sys

import pytest

from tests.unit.recorded_state import RECORDED

OF_UPDATES_ALONE = (
    "pymysql",
    "cadrart_infra.accounts.server",
    "cadrart_infra.backup.operations",
    "cadrart_infra.rehearsal.rehearsal",
    "cadrart_infra.staging_sync.sync",
)


@pytest.mark.parametrize("program", ["cadrart_infra.shop", ", ".join(one.rpartition(".")[0] for one in RECORDED)])
def test_they_come_with_the_work(program: str) -> None:
    script = f"import sys, {program}; print(*(one for one in {OF_UPDATES_ALONE} if one in sys.modules))"
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == []


@pytest.mark.parametrize("module", OF_UPDATES_ALONE)
def test_there_is_such_a_module(module: str) -> None:
    subprocess.run([sys.executable, "-c", f"import {module}"], check=True)
