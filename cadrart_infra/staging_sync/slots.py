"""The sessions of a run, each of a slot by its name: what each may do, and how it reads."""

from __future__ import annotations

from functools import partial

from cadrart_infra.mysql.server import Endpoint
from cadrart_infra.mysql.session import Session
from cadrart_infra.mysql.session_pool import SessionPool
from cadrart_infra.mysql.session_settings import READ_ONLY
from cadrart_infra.staging_sync.masking.database import let_mask
from cadrart_infra.staging_sync.masking.rules import MaskingRules
from cadrart_infra.staging_sync.request import SyncRequest
from cadrart_infra.staging_sync.schemas import Schemas
from cadrart_infra.staging_sync.throttle import Throttle

READ = "read"
"""Looks at production and at the server."""
WRITE = "write"
"""Changes definitions and the sync's notes."""
SNAPSHOT = "snapshot"
"""Reads production at one instant."""
CANARY = "canary"
"""Feels how production's statements fare beside the copy; never held back."""
OWNER = "owner"
"""Of the account that owns staging's views, triggers, routines and events."""
_COPIER = "copy"


def copiers(request: SyncRequest) -> list[str]:
    """The slots that copy side by side."""
    return [f"{_COPIER}{number}" for number in range(request.pace.workers)]


def pool_of(
    endpoint: Endpoint, owner: Endpoint, request: SyncRequest, schemas: Schemas, throttle: Throttle
) -> SessionPool:
    """The sessions of a run, none of them open yet."""
    canary = [] if request.pace.share is None else [CANARY]
    slots = [READ, WRITE, SNAPSHOT, *copiers(request), *canary]
    set_up = partial(_set_up, request.masking, throttle)
    return SessionPool(endpoint, schemas.locks, slots, {OWNER: owner}, throttle.pause, [CANARY], set_up)


def _set_up(masking: MaskingRules | None, throttle: Throttle, slot: str, session: Session) -> None:
    copies = slot == SNAPSHOT or slot.startswith(_COPIER)
    if slot == READ:
        session.run(READ_ONLY)
    if slot == SNAPSHOT:
        session.run("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    if copies:
        # Without these checks MariaDB fills an empty table in bulk: quicker, with more of the processor in one go.
        checks = f"foreign_key_checks = 0, unique_checks = {int(throttle.has_a_limit)}"
        session.run(f"SET SESSION {checks}, sql_mode = '{session.lax_sql_mode}'")
    if copies or slot == WRITE:
        session.accept_old_tables()
    if masking is not None and (copies or slot == READ):
        let_mask(session, masking)
