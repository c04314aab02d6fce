"""What the migration of one environment's database is given."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cadrart_infra.dynamic import Inputs
from cadrart_infra.model import Environment


class MigrationInputs(Inputs):
    """What is run, for whom and when: see `MigrationArgs`."""

    environment: Environment
    color: str
    database: str
    image: str
    command: list[str]
    time_limit: int
    takes_over: str
    copy_id: str
    restored: str
    pod: Mapping[str, Any]
