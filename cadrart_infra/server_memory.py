"""How much memory the database server needs, reckoned from its settings (pure).

The figures are measured: MySQL 9.7 and MariaDB 10.11 with the official images' settings, 600,000 rows, during a sync
(docs/database-server.md). The sum is what a server has in use that nobody can take back from it: the kernel ends one
whose limit is less.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from cadrart_infra.server_variables import size_in_bytes

_MIB = 1 << 20
_STEP = 128 * _MIB
_POOL, _POOL_DEFAULT = "innodb_buffer_pool_size", 128 * _MIB
_POOL_SHARE = 0.75
"""With a larger pool than this share of the limit nothing else has room, whatever the other settings."""
_PAGES_KEPT = 1.05  # a page of the pool has its own notes
_LOG_BUFFER, _CONNECTIONS, _SCHEMA = "innodb_log_buffer_size", "max_connections", "performance_schema"
_OFF = {"off", "0", "false"}
_SYNC = 25 * _MIB


@dataclass(frozen=True)
class Product:
    """What a server needs by itself, for each connection and for its performance schema; and defaults. In bytes."""

    itself: int
    connection: int
    schema: int
    schema_is_on: bool
    log_buffer: int


MYSQL = Product(
    itself=166 * _MIB,
    connection=_MIB * 7 // 10,
    schema=240 * _MIB,
    schema_is_on=True,
    log_buffer=64 * _MIB,
)
MYSQL_BEFORE_8_4 = replace(MYSQL, log_buffer=16 * _MIB)
MARIADB = Product(
    itself=105 * _MIB,
    connection=_MIB * 3 // 10,
    schema=95 * _MIB,
    schema_is_on=False,
    log_buffer=16 * _MIB,
)


def product(series: tuple[int, int] | None, *, is_mariadb: bool) -> Product:
    """The one of an image; `series` as (8, 4), None where its name does not say it."""
    if is_mariadb:
        return MARIADB
    return MYSQL_BEFORE_8_4 if series and series < (8, 4) else MYSQL


def parts(server: Product, variables: Mapping[str, str]) -> dict[str, int]:
    """Bytes by what they are for; `variables` are the stack's, the rest are the server's defaults."""
    pool = size_in_bytes(variables.get(_POOL, "")) or _POOL_DEFAULT
    log_buffer = size_in_bytes(variables.get(_LOG_BUFFER, "")) or server.log_buffer
    connections = size_in_bytes(variables.get(_CONNECTIONS, "")) or 151
    has_schema = variables[_SCHEMA].lower() not in _OFF if _SCHEMA in variables else server.schema_is_on
    return {
        f"{_POOL} ({_shown(pool)})": round(pool * _PAGES_KEPT),
        f"{_CONNECTIONS} ({connections})": connections * server.connection,
        **({_SCHEMA: server.schema} if has_schema else {}),
        _LOG_BUFFER: log_buffer,
        "the server itself": server.itself,
        "a sync": _SYNC,
    }


def shortage(server: Product, limit: int, variables: Mapping[str, str]) -> str:
    """What is needed, for what, and what to set, where `limit` (bytes) is less; empty where it is enough."""
    needed = parts(server, variables)
    total = sum(needed.values())
    if total <= limit:
        return ""
    enough = math.ceil(total / _STEP) * _STEP
    schema = f", {_SCHEMA} OFF" if _SCHEMA in needed else ""
    each = ", ".join(f"{_shown(size)} for {name}" for name, size in needed.items())
    return (
        f"and the server can come to need {_shown(total)}: {each}. One that needs more than its limit is killed, most "
        "likely during a sync, and production is down until it is back. The update goes on. Raise the limit: "
        f"pulumi config set --path database.memoryLimit {enough // _MIB}Mi, or lower database.settings "
        f"({_CONNECTIONS}, {_POOL}{schema}); either comes with a restart that is asked for (database.restart)"
    )


def pool_without_room(limit: int, variables: Mapping[str, str]) -> str:
    """The setting of a buffer pool that no server could have within `limit` bytes; empty where there is none."""
    pool = size_in_bytes(variables.get(_POOL, "")) or 0
    return _POOL if pool > limit * _POOL_SHARE else ""


def _shown(size: int) -> str:
    return f"{math.ceil(size / _MIB)} MiB"
