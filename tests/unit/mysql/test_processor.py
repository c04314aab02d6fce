"""The counters of a control group, as both versions of them write them."""

import pytest

from cadrart_infra.mysql.processor import ProcessorTime

V2 = """usage_usec 2500000
user_usec 2000000
system_usec 500000
nr_periods 40
nr_throttled 12
throttled_usec 900000
cpu.max 10000 100000
"""
V1 = """nr_periods 40
nr_throttled 12
throttled_time 900000000
cpuacct.usage 2500000000
cpu.cfs_quota_us 10000
cpu.cfs_period_us 100000
"""


@pytest.mark.parametrize("text", [V1, V2])
def test_both_versions_say_the_same(text: str) -> None:
    assert ProcessorTime.parse(text) == ProcessorTime(used=2.5, limit=0.1, periods=40, throttled=12)


@pytest.mark.parametrize(
    "text",
    [
        V2.replace("10000 100000", "max 100000"),
        V1.replace("cpu.cfs_quota_us 10000", "cpu.cfs_quota_us -1"),
        V1.replace("cpuacct.usage 2500000000", ""),
        "sh: 1: Syntax error",
        "",
    ],
)
def test_without_a_limit_or_a_counter_there_is_nothing_to_say(text: str) -> None:
    assert ProcessorTime.parse(text) is None
