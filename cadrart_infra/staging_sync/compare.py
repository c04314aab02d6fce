"""Compares the copy with one snapshot of production."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial

from cadrart_infra.mysql.errors import while_doing
from cadrart_infra.staging_sync.chunks import Chunk, split_into_chunks
from cadrart_infra.staging_sync.copy_tools import CopyTools, chunk_rows, estimated_rows
from cadrart_infra.staging_sync.digest import Digest, copy_digest, production_digest
from cadrart_infra.staging_sync.projection import Projection
from cadrart_infra.staging_sync.repair import differing_keys

_HELD_SECONDS = 0.3
_LAG = 8
_SPARSE = 200  # up to one differing row in so many, single rows are repaired instead of their whole chunk
_SINGLE_ROW_WEIGHT = 20  # repairing a row by itself takes as long as going through so many of a chunk


@dataclass(frozen=True)
class Difference:
    """A chunk that is not equal: production's digest of it, and what of it is to be repaired."""

    projection: Projection
    chunk: Chunk
    production: Digest
    parts: tuple[Chunk, ...]
    weight: int
    """About the number of rows that a repair goes through."""


@dataclass
class Comparison:
    """Production's rows, and what differs; not `complete` when the limit was passed before the end."""

    rows: int = 0
    weight: int = 0
    differences: list[Difference] = field(default_factory=list)
    equal_tables: set[str] = field(default_factory=set)
    complete: bool = True


_Pair = tuple[Chunk, Digest, "Future[Digest]"]


def compare(tools: CopyTools, projections: Sequence[Projection], most: float) -> Comparison:
    """Digest production in the snapshot and the copy beside it, until the differences weigh more than `most`."""
    tools.monitor.begin("verifying", estimated_rows(projections))
    found = Comparison()
    with _letting_go(tools) as let_go, _beside(tools) as submit:
        for projection in projections:
            before = len(found.differences)
            with while_doing(f"verifying table {projection.table.name}"):
                for difference in _table_differences(tools, projection, submit, found, let_go):
                    found.differences.append(difference)
                    found.weight += difference.weight
                    if found.weight > most:
                        found.complete = False
                        return found
            if len(found.differences) == before:
                found.equal_tables.add(projection.table.name)
    return found


_Submit = Callable[[Projection, Chunk], "Future[Digest]"]


@contextmanager
def _beside(tools: CopyTools) -> Iterator[_Submit]:
    """Digest the copy's side in a thread of its own, or at once where only one side is to be read at a time."""
    session, schema = tools.copiers[0], tools.schemas.next
    if tools.pace.workers == 1:

        def at_once(projection: Projection, chunk: Chunk) -> Future[Digest]:
            result: Future[Digest] = Future()
            result.set_result(copy_digest(session, schema, projection, chunk))
            return result

        yield at_once
        return
    with ThreadPoolExecutor(1) as executor:
        try:
            yield lambda projection, chunk: executor.submit(copy_digest, session, schema, projection, chunk)
        finally:
            executor.shutdown(wait=True, cancel_futures=True)


def _table_differences(
    tools: CopyTools, projection: Projection, submit: _Submit, found: Comparison, let_go: Callable[[], None]
) -> Iterator[Difference]:
    """The copy's digests may lag a little behind production's; at the table's end they are waited for."""
    session, schema, pace = tools.snapshot, tools.schemas.production, tools.pace
    waiting: deque[_Pair] = deque()
    most = chunk_rows(projection.table, pace.compare_rows, pace.compare_bytes)
    for chunk in split_into_chunks(session, schema, projection.table, partial(tools.throttle.rows, most)):
        production = production_digest(session, schema, projection, chunk)
        let_go()
        waiting.append((chunk, production, submit(projection, chunk)))
        found.rows += production.rows
        tools.monitor.advance(projection.table.name, production.rows)
        tools.monitor.tick()
        while waiting and (len(waiting) > _LAG or waiting[0][2].done()):
            yield from _difference(tools, projection, waiting.popleft(), let_go)
    while waiting:
        yield from _difference(tools, projection, waiting.popleft(), let_go)


def _difference(
    tools: CopyTools, projection: Projection, pair: _Pair, let_go: Callable[[], None]
) -> Iterator[Difference]:
    """Nothing for an equal chunk; few differing rows stand alone, so that their repair holds production less long."""
    chunk, production, copied = pair
    copy = copied.result()
    if copy == production:
        return
    few = production.rows // _SPARSE
    if projection.table.key and few:
        keys = differing_keys(tools.snapshot, tools.schemas, projection, chunk, few + 1)
        let_go()
        if 0 < len(keys) <= few:
            parts = tuple(Chunk(key, key, inclusive=True) for key in keys)
            yield Difference(projection, chunk, production, parts, len(parts) * _SINGLE_ROW_WEIGHT)
            return
    yield Difference(projection, chunk, production, (chunk,), max(production.rows, copy.rows))


@contextmanager
def _letting_go(tools: CopyTools) -> Iterator[Callable[[], None]]:
    """Reading within the snapshot; tables are let go of several times a second for an ALTER that waits.

    A sync that may be held back lets go after each chunk, and waits then: nobody is to wait for a table meanwhile.
    """
    session, held_since = tools.snapshot, time.monotonic()
    session.run("SAVEPOINT before_reading")

    def let_go() -> None:
        nonlocal held_since
        if tools.throttle.is_on or time.monotonic() - held_since > _HELD_SECONDS:
            session.run("ROLLBACK TO SAVEPOINT before_reading")
            held_since = time.monotonic()
            tools.throttle.pause()

    yield let_go
    session.run("ROLLBACK TO SAVEPOINT before_reading")
