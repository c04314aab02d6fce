"""Ranges of composite keys."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cadrart_infra.staging_sync.chunks import beyond

keys = st.tuples(*[st.integers(0, 3)] * 3)


def holds(condition: str, key: tuple[int, ...]) -> bool:
    """Evaluate the generated condition as SQL would, on numbers."""
    python = condition.replace(" AND ", " and ").replace(" OR ", " or ").replace(" = ", " == ")
    return bool(eval(python, {"__builtins__": {}}, dict(zip("abc", key, strict=True))))


@given(keys, keys)
def test_spelled_out_comparison_is_the_order_of_the_key(bound: tuple[int, ...], key: tuple[int, ...]) -> None:
    bounds = [str(part) for part in bound]

    assert holds(beyond(["a", "b", "c"], bounds, ">"), key) is (key > bound)
    assert holds(beyond(["a", "b", "c"], bounds, "<="), key) is (key <= bound)
