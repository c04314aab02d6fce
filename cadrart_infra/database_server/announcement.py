"""What an update means for the database server, for a preview (pure functions)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cadrart_infra import naming
from cadrart_infra.database_server.state import (
    CUT_OFF,
    LIMITS_LEFT,
    NO_POD,
    ServerState,
    failed_before,
    is_asked_for,
    is_cut_off,
    limits_before,
    refusal_of_pod,
)
from cadrart_infra.server_variables import Variables, moved, moved_lines, shown, untried, waiting

_ASK = 'pulumi config set --path database.restart "$(date +%s)" && pulumi up'


@dataclass(frozen=True)
class Asked:
    """The stack's database.restart, restartTimeout (seconds) and settings; `first`: what comes before a restart."""

    restart: str
    timeout: int
    settings: Variables
    first: str = ""


def announcement(state: ServerState, asked: Asked, changes: Sequence[str]) -> str:
    """What happens to the server, and what waits; empty where it goes on as it should.

    `changes`: the fields of its pod's template that differ (see `template_changes`).
    """
    if is_cut_off(state):
        return f"database server: {CUT_OFF}; this update ends it, and production is interrupted until it answers"
    if state.running is None:
        return f"database server: {naming.DATABASE} is started; it does not run now"
    if (refused := refusal_of_pod(state)) and not is_asked_for(state, asked.restart):
        return f"database server: {NO_POD}; this update has it try again. It says: {refused}"
    new, left = untried(state.settings, asked.settings), waiting(state.settings, asked.settings)
    if is_asked_for(state, asked.restart):
        settings = shown(state.settings, {**new, **left})
        first = [f"database server: {asked.first}"] if asked.first else []
        return "\n".join([*first, _restarts(asked), *_listed(changes), *_listed(settings)])
    away = moved_lines(moved(state.settings, asked.settings, state.variables), state.variables)
    raised = [f"database server: {LIMITS_LEFT}; they are put back"] if any(map(limits_before, state.pods)) else []
    return "\n".join(
        [
            *_changed([*shown(state.settings, new), *away]),
            *raised,
            *_wait(state, asked, [*changes, *shown(state.settings, left)], setting_anew=bool(new)),
        ]
    )


def _changed(settings: Sequence[str]) -> Iterator[str]:
    if settings:
        yield "database server: set again while it runs, or, where it cannot be, at its next restart:"
        yield from _listed(settings)


def _wait(state: ServerState, asked: Asked, changes: Sequence[str], *, setting_anew: bool) -> Iterator[str]:
    """What waits, and why; a request that was taken back is told also where nothing waits but settings are tried."""
    tried = failed_before(state, asked.restart)
    why = (
        f"database.restart {asked.restart} was tried, and taken back because the server did not answer"
        if tried
        else "a restart interrupts production"
    )
    if changes:
        yield f"database server: goes on as it runs, for {why}; these wait until one is asked for:"
        yield from _listed(changes)
        yield f"  To restart it with them: {_ASK}"
    elif tried and setting_anew:
        yield f"database server: goes on as it runs, for {why}"


def _restarts(asked: Asked) -> str:
    return (
        f"database server: restarts, as database.restart {asked.restart} asks; production is interrupted until it "
        f"answers again. After {asked.timeout} s without an answer, what runs now is started again and the update fails"
    )


def _listed(changes: Sequence[str]) -> list[str]:
    return [f"  {change}" for change in changes]
