"""When a migration runs: pure functions over what the resource recorded and what the stack says now."""

from __future__ import annotations

from collections.abc import Iterator

from cadrart_infra import naming
from cadrart_infra.migration.inputs import MigrationInputs
from cadrart_infra.model import Environment


def migration_reasons(old: MigrationInputs | None, new: MigrationInputs) -> list[str]:
    """Why it has to run before the next pods start, for people; empty where it has not.

    `old` is what the resource recorded with its last run, None before the first.
    """
    return list(_production(old, new) if new.environment is Environment.PROD else _staging(old, new))


def _production(old: MigrationInputs | None, new: MigrationInputs) -> Iterator[str]:
    """Only an update that takes a release to production, whatever is recorded, and the first one after a restore."""
    if new.takes_over:
        yield new.takes_over
    if old is not None and new.restored and new.restored != old.restored:
        yield f"{new.database} was restored"


def _staging(old: MigrationInputs | None, new: MigrationInputs) -> Iterator[str]:
    if old is None:
        yield "staging's release has not run it yet"
        return
    if new.image != old.image:
        yield f"staging gets {naming.release_of(new.image)}"
    if new.copy_id != old.copy_id:
        yield "staging's copy is another one"
    if new.database != old.database:
        yield "the database's name changed"
    if new.command != old.command:
        yield "migration.command changed"


def announcement(old: MigrationInputs | None, new: MigrationInputs) -> str:
    """What an update of the resource will do, for a preview."""
    of = f"migration of {new.environment.spoken}"
    if reasons := migration_reasons(old, new):
        return (
            f"{of}: {' '.join(new.command)} of {naming.release_of(new.image)} will run once on {new.database}, before "
            f"{new.color}'s pods start, because {'; '.join(reasons)}"
        )
    return f"{of}: none, for no release comes to {new.database}"
