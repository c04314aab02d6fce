"""Turns the server's refusal of masked rows into an error that names the rules which make the masks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from cadrart_infra.mysql.errors import Refused, while_doing
from cadrart_infra.staging_sync.errors import UNTOUCHED, UnmaskedColumns
from cadrart_infra.staging_sync.projection import Projection

_REFUSED_ROW = {1062, 1526, 1748, 3819, 4025, 3751, 3752, 3903, 3904, 3905, 3907}
"""Error numbers: a value twice in a unique key over an expression, no partition for a value, a broken CHECK, an index
over an expression."""
_NOT_COMPUTED = {*range(3140, 3159), 1365, 1411, 1416, 1690, 3037, 3055, 3616, 3617, 3643, 3731, 3732}
"""Error numbers: an expression that takes the value does not take its mask (JSON, shapes, too large numbers)."""


@contextmanager
def explaining_refused_masks(doing: str, projection: Projection) -> Iterator[None]:
    """Wraps writes to the table; errors name it. Raises UnmaskedColumns where masks may be the reason."""
    try:
        with while_doing(f"{doing} table {projection.table.name}"):
            yield
    except Refused as error:
        if error.number not in _REFUSED_ROW | _NOT_COMPUTED or not projection.masked_names:
            raise
        raise UnmaskedColumns(
            f"The server does not take masks into table {projection.table.name}: {error.said.rstrip('.')}. They are "
            f"made by the rules for {projection.masked_columns}. {UNTOUCHED} Give the column that the table's "
            "partitions, CHECK or index are about, or from which a column is computed, another rule, or list it under "
            "sync.masking.keep where it is no personal data."
        ) from None
