"""Announces in a preview what an update does to the database server (pure functions)."""

from collections.abc import Iterator, Sequence

from cadrart_infra import naming
from cadrart_infra.database_server.state import (
    CUT_OFF,
    LIMITS_LEFT,
    NO_POD,
    ServerState,
    WantedServer,
    failed_before,
    is_asked_for,
    is_cut_off,
    limits_before,
    refusal_of_pod,
)
from cadrart_infra.server_variables import (
    changes_for_restart,
    described_changes,
    moved_lines,
    moved_on_server,
    untried_changes,
)

_ASK = 'pulumi config set --path database.restart "$(date +%s)" && pulumi up'


def announcement(state: ServerState, wanted: WantedServer, changes: Sequence[str], before_restart: str = "") -> str:
    """What the update does to the server, and what waits for a restart; empty if nothing.

    `changes`: the fields of its pod's template that differ (see `template_changes`). `before_restart`: what comes
    first where it restarts.
    """
    if is_cut_off(state):
        return f"database server: {CUT_OFF}; this update ends it, and production is interrupted until it answers"
    if state.running is None:
        return f"database server: {naming.DATABASE} is started; it does not run now"
    if (refused := refusal_of_pod(state)) and not is_asked_for(state, wanted.restart):
        return f"database server: {NO_POD}; this update has it try again. It says: {refused}"
    new, left = untried_changes(state.settings, wanted.settings), changes_for_restart(state.settings, wanted.settings)
    if is_asked_for(state, wanted.restart):
        settings = described_changes(state.settings, {**new, **left})
        first = [f"database server: {before_restart}"] if before_restart else []
        return "\n".join([*first, _restarts(wanted), *_listed(changes), *_listed(settings)])
    away = moved_lines(moved_on_server(state.settings, wanted.settings, state.variables), state.variables)
    raised = [f"database server: {LIMITS_LEFT}; they are put back"] if any(map(limits_before, state.pods)) else []
    return "\n".join(
        [
            *_changed([*described_changes(state.settings, new), *away]),
            *raised,
            *_wait(state, wanted, [*changes, *described_changes(state.settings, left)], tries_settings=bool(new)),
        ]
    )


def _changed(settings: Sequence[str]) -> Iterator[str]:
    if settings:
        yield "database server: set again while it runs, or, where it cannot be, at its next restart:"
        yield from _listed(settings)


def _wait(state: ServerState, wanted: WantedServer, changes: Sequence[str], *, tries_settings: bool) -> Iterator[str]:
    """What waits, and why; a request that was taken back is named also where nothing waits but settings are tried."""
    tried = failed_before(state, wanted.restart)
    why = (
        f"database.restart {wanted.restart} was tried, and taken back because the server did not answer"
        if tried
        else "a restart interrupts production"
    )
    if changes:
        yield f"database server: goes on as it runs, because {why}; these wait until one is asked for:"
        yield from _listed(changes)
        yield f"  To restart it with them: {_ASK}"
    elif tried and tries_settings:
        yield f"database server: goes on as it runs, because {why}"


def _restarts(wanted: WantedServer) -> str:
    return (
        f"database server: restarts, as database.restart {wanted.restart} asks; production is interrupted until "
        f"it answers again. After {wanted.timeout} s without an answer, what runs now is started again and the update "
        "fails"
    )


def _listed(changes: Sequence[str]) -> list[str]:
    return [f"  {change}" for change in changes]
