"""How the rows of a table are read: columns, masks, and the text that is compared."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from cadrart_infra.mysql import sql
from cadrart_infra.mysql.json_documents import hashed_types
from cadrart_infra.mysql.row_text import joined_texts, number_of, value_text
from cadrart_infra.mysql.table_definitions import Column, Table
from cadrart_infra.staging_sync.masking.rules import MaskingRules


@dataclass(frozen=True)
class Projection:
    """One table as the sync reads it from production (masked) and from the copy (plain)."""

    table: Table
    masking: MaskingRules | None = None
    compares_types: bool = True
    """Of what documents hold, too; needless for rows that this run has copied, for the server keeps them in a copy."""

    @property
    def columns(self) -> str:
        """The column list of an INSERT."""
        return sql.names([column.name for column in self.table.stored])

    @property
    def masked_names(self) -> set[str]:
        """The columns that have a rule."""
        listed = self.masking.listed if self.masking else frozenset[str]()
        return {column.name for column in self.table.stored if self._full(column) in listed}

    @property
    def masked_columns(self) -> str:
        """The same with the table's name, as the rules name them, in a list for a message."""
        return ", ".join(f"{self.table.name}.{name}" for name in sorted(self.masked_names))

    def production_values(self, alias: str) -> str:
        """The SELECT list that matches `columns`."""
        return ", ".join(self.production_value(column, alias) for column in self.table.stored)

    def production_text(self, alias: str) -> str:
        """Production's row as one text, see `value_text`."""
        return self._text([self.production_value(column, alias) for column in self.compared])

    def copy_text(self, alias: str) -> str:
        """The copy's row as one text: equal to production's exactly when every stored value is."""
        return self._text([_plain(column, alias) for column in self.compared])

    @property
    def compared(self) -> tuple[Column, ...]:
        """What the copy has to have as production has it; no generated value that comes from a masked one."""
        return tuple(column for column in self.table.compared if column.name not in self.computed_from_masks)

    @cached_property
    def computed_from_masks(self) -> set[str]:
        """Generated columns that name one with a rule, or one that does."""
        computed: set[str] = set()
        for _ in self.table.columns:  # each round finds at least one more, or there is none
            sources = [sql.name(name).casefold() for name in self.masked_names | computed]
            computed |= {
                column.name for column in self.table.columns
                if column.generated and any(source in column.expression.casefold() for source in sources)
            }  # fmt: skip
        return computed

    def differs(self, column: Column, production: str, copy: str) -> str:
        """The condition that a column is not in the copy as it is to be."""
        values = (self.production_value(column, production), _plain(column, copy))
        ours, theirs = (joined_texts([self._value_text(column, value)]) for value in values)
        return f"NOT (CAST({ours} AS BINARY) <=> CAST({theirs} AS BINARY))"

    def production_value(self, column: Column, alias: str) -> str:
        """Production's value as it is to be in the copy."""
        plain = _plain(column, alias)
        if column.has_members:  # by its text it would be the first one that is the same to the server
            plain = number_of(plain)
        masked = self.masking.masked(self._full(column), column, plain) if self.masking else None
        return plain if masked is None else masked

    def _full(self, column: Column) -> str:
        return f"{self.table.name}.{column.name}"

    def _text(self, values: list[str]) -> str:
        return joined_texts(self._value_text(*pair) for pair in zip(self.compared, values, strict=True))

    def _value_text(self, column: Column, value: str) -> str:
        """Of a document also the types of its values: a date in it has the text of a string.

        A mask has no zeros in front, with which a column with ZEROFILL shows it.
        """
        if column.name in self.masked_names:
            return value_text(column, f"({value} + 0)" if column.has_zeros_in_front else value)
        text = value_text(column, value)
        if column.data_type != "json" or not self.compares_types:
            return text
        return f"{text}, {hashed_types(column, value)}"


def _plain(column: Column, alias: str) -> str:
    return f"{alias}.{sql.name(column.name)}"
