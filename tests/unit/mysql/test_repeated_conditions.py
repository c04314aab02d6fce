"""Conditions that MySQL adds to a view each time it is made."""

from __future__ import annotations

import pytest

from cadrart_infra.mysql.repeated_conditions import without_repeats

ONCE = (
    "select 1 intersect select `v` from `t` where ((`t`.`v` is not null))",
    "select 1 from `t` where ((`v` > 1) and (`v` is not null) and (`w` is not null)) intersect select 2",
    "select (`v` between 1 and 2) from (select 1 intersect select 2) `x` where ((`a` is not null) and 'x) and (x')",
    "select ((`v` = 1) and (`v` = 1)) from `t` intersect select 'é' AS `b) and (c`",
)


@pytest.mark.parametrize("statement", ONCE)
def test_what_stands_there_once_stays(statement: str) -> None:
    assert without_repeats(statement) == statement


@pytest.mark.parametrize(
    ("more", "once"),
    [
        (
            "select 1 intersect select 2 from `t` where ((`v` is not null) and (`v` is not null))",
            "select 1 intersect select 2 from `t` where ((`v` is not null))",
        ),
        (
            "select 1 except select `v` from `t` where ((`v` is not null) and (`v` is not null))",
            "select 1 except select `v` from `t` where ((`v` is not null))",
        ),
        (
            "select 1 from `t` where (((`v` + 1) is not null) and (`w` is not null) and (`a` between 1 and 2)"
            " and ((`v` + 1) is not null) and (`w` is not null)) intersect select 3",
            "select 1 from `t` where (((`v` + 1) is not null) and (`w` is not null) and (`a` between 1 and 2))"
            " intersect select 3",
        ),
    ],
)
def test_what_was_added_again_goes(more: str, once: str) -> None:
    assert without_repeats(more) == once


def test_a_view_without_such_a_set_is_left_alone() -> None:
    statement = "select 1 from `t` where ((`v` is not null) and (`v` is not null))"
    assert without_repeats(statement) == statement
