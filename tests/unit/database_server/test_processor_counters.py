"""The counters as a real shell reads them, from folders like a container's."""

from pathlib import Path

import pytest

from cadrart_infra.database_server.processor_counters import reading_counters
from cadrart_infra.mysql.processor import ProcessorTime

STAT = "nr_periods 40\nnr_throttled {throttled}\n"


def v2(folder: Path, throttled: int) -> None:
    (folder / "cpu.stat").write_text(f"usage_usec 2500000\n{STAT.format(throttled=throttled)}")
    (folder / "cpu.max").write_text("10000 100000\n")


def v1(folder: Path, throttled: int) -> None:
    for name in ("cpu", "cpuacct"):
        (folder / name).mkdir(exist_ok=True)
    (folder / "cpu" / "cpu.stat").write_text(STAT.format(throttled=throttled))
    (folder / "cpu" / "cpu.cfs_quota_us").write_text("10000\n")
    (folder / "cpu" / "cpu.cfs_period_us").write_text("100000\n")
    (folder / "cpuacct" / "cpuacct.usage").write_text("2500000000\n")


@pytest.mark.parametrize("write", [v1, v2])
def test_one_shell_reads_them_again_and_again(tmp_path: Path, write: object) -> None:
    assert callable(write)
    with reading_counters([], str(tmp_path)) as processor:
        for throttled in (3, 4):
            write(tmp_path, throttled)
            assert processor() == ProcessorTime(2.5, 0.1, 40, throttled)


def test_without_files_a_shell_or_an_answer_nothing_is_reported(tmp_path: Path) -> None:
    for command in ([], ["/nowhere/kubectl"], ["false"]):
        with reading_counters(command, str(tmp_path)) as processor:
            assert processor() is None
            assert processor() is None


def test_a_shell_that_ended_is_not_asked_again(tmp_path: Path) -> None:
    v2(tmp_path, 3)
    with reading_counters([], str(tmp_path)) as processor:
        assert processor() is not None
    assert processor() is None
