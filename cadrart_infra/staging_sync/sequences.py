"""Copies MariaDB's sequences, and sets them to production's values when the copy is finished."""

from __future__ import annotations

from cadrart_infra.mysql import sql
from cadrart_infra.mysql.errors import while_doing
from cadrart_infra.mysql.schema import Inventory
from cadrart_infra.mysql.session import Session
from cadrart_infra.mysql.table_reading import read_sequences
from cadrart_infra.staging_sync.errors import UNTOUCHED, UnsupportedObjects


def make_sequences(session: Session, schema: str, inventory: Inventory) -> None:
    """Create production's in the schema, which has none of these names."""
    session.use(schema)
    for name, sequence in inventory.sequences.items():
        with while_doing(f"making sequence {name} in {schema}"):
            session.run(sequence.statement)


def set_sequences(session: Session, schema: str, inventory: Inventory) -> None:
    """Let them go on where production's do; raises UnsupportedObjects for one that is another one then."""
    for name, sequence in inventory.sequences.items():
        with while_doing(f"setting sequence {name} of {schema}"):
            session.value(f"SELECT SETVAL({sql.table(schema, name)}, {sequence.next_number}, 0, {sequence.round})")
    made = read_sequences(session, schema, inventory.sequences)
    if other := [name for name, sequence in inventory.sequences.items() if made.get(name) != sequence]:
        raise UnsupportedObjects(
            f"The server does not make these sequences again as production has them: {', '.join(other)}. {UNTOUCHED} "
            "Bring the definitions to what the server writes today (ALTER SEQUENCE) and run again."
        )
