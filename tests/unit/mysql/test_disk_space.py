"""What `df` says about free space."""

from __future__ import annotations

from pathlib import Path

import pytest

from cadrart_infra.mysql.disk_space import free_bytes_at, free_bytes_of


def test_the_free_space_of_a_real_file_system(tmp_path: Path) -> None:
    assert (free_bytes_at((), str(tmp_path)) or 0) > 0


@pytest.mark.parametrize("command", ["false", "true"])
def test_nothing_is_known_where_df_fails_or_says_nothing(command: str, tmp_path: Path) -> None:
    assert free_bytes_at((command,), str(tmp_path)) is None


def test_long_names_and_names_with_spaces() -> None:
    report = "Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/vda 1000 600 400 60% /var/lib/my data\n"

    assert free_bytes_of(report) == 400 * 1024


@pytest.mark.parametrize("report", ["", "df: not found\n", "Filesystem 1024-blocks\n"])
def test_anything_else_says_nothing(report: str) -> None:
    assert free_bytes_of(report) is None
