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
    assert _printed_by(script) == []


def test_an_update_loads_none_of_it_to_find_nothing_of_a_killed_one() -> None:
    script = f"""
import sys
from unittest import mock
from cadrart_infra.update import killed_updates
nothing = mock.Mock(find=lambda *_: None)
with mock.patch("pulumi.runtime.is_dry_run", return_value=False), mock.patch("pulumi.log.warn") as warned:
    killed_updates.remove_killed_backup(nothing, "")
    killed_updates.remove_killed_rehearsal(nothing)
print(*(one for one in {OF_UPDATES_ALONE} if one in sys.modules), *warned.call_args_list)
"""
    assert _printed_by(script) == []


@pytest.mark.parametrize("module", OF_UPDATES_ALONE)
def test_there_is_such_a_module(module: str) -> None:
    subprocess.run([sys.executable, "-c", f"import {module}"], check=True)


def _printed_by(script: str) -> list[str]:
    return subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
