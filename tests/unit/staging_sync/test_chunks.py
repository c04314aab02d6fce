"""Ranges of composite keys."""

from __future__ import annotations

import re
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from cadrart_infra.mysql.table_definitions import Column
from cadrart_infra.staging_sync.chunks import by_arithmetic, key_comparison, key_literal

keys = st.tuples(*[st.integers(0, 3)] * 3)


def holds(condition: str, key: tuple[int, ...]) -> bool:
    """Evaluate the generated condition as SQL would, on numbers."""
    python = condition.replace(" AND ", " and ").replace(" OR ", " or ").replace(" = ", " == ")
    return bool(eval(python, {"__builtins__": {}}, dict(zip("abc", key, strict=True))))


@given(keys, keys)
def test_spelled_out_comparison_is_the_order_of_the_key(bound: tuple[int, ...], key: tuple[int, ...]) -> None:
    bounds = [str(part) for part in bound]

    assert holds(key_comparison(["a", "b", "c"], bounds, ">"), key) is (key > bound)
    assert holds(key_comparison(["a", "b", "c"], bounds, "<="), key) is (key <= bound)


@given(st.integers(-50, 50), st.integers(0, 60), st.integers(1, 25))
def test_chunks_by_arithmetic_cover_every_key_once_and_none_is_too_large(lowest: int, width: int, rows: int) -> None:
    chunks = list(by_arithmetic(lowest, lowest + width, lambda: rows))

    for key in range(lowest - 5, lowest + width + 6):  # keys beyond what was found belong to the outermost chunks
        within = [
            chunk
            for chunk in chunks
            if (chunk.after is None or key > int(chunk.after[0])) and (chunk.upto is None or key <= int(chunk.upto[0]))
        ]
        assert len(within) == 1
    starts = [lowest - 1] + [int(chunk.after[0]) for chunk in chunks if chunk.after]
    ends = [*starts[1:], lowest + width]
    assert max(end - start for start, end in zip(starts, ends, strict=True)) <= rows


@given(st.decimals(min_value=-1, max_value=1, places=30))
def test_a_decimal_of_a_key_is_written_exactly_and_without_an_exponent(value: Decimal) -> None:
    written = key_literal(Column("k", "decimal(40,30)", "decimal", None, None, False), value)
    assert re.fullmatch(r"-?\d+\.\d{30}", written)
    assert Decimal(written) == value
