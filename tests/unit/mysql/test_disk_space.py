"""What `df` says about free space."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from cadrart_infra.mysql.disk_space import free_bytes_of


def test_the_free_space_of_a_real_file_system(tmp_path: Path) -> None:
    report = subprocess.run(["df", "-Pk", tmp_path], capture_output=True, text=True, check=True).stdout

    assert (free_bytes_of(report) or 0) > 0


def test_long_names_and_names_with_spaces() -> None:
    report = "Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/vda 1000 600 400 60% /var/lib/my data\n"

    assert free_bytes_of(report) == 400 * 1024


@pytest.mark.parametrize("report", ["", "df: not found\n", "Filesystem 1024-blocks\n"])
def test_anything_else_says_nothing(report: str) -> None:
    assert free_bytes_of(report) is None
