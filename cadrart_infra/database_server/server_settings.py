"""Applies `database.settings` to the server: to the running one, or through the file that its next start reads."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from cadrart_infra.database_server.control import Control
from cadrart_infra.database_server.errors import ServerError
from cadrart_infra.database_server.state import ServerState
from cadrart_infra.mysql.errors import DatabaseError
from cadrart_infra.mysql.root_client import RootClient
from cadrart_infra.mysql.variables import values_query
from cadrart_infra.server_variables import (
    BEFORE,
    FILE,
    TAKEN,
    WAITING,
    Variables,
    changes_for_restart,
    described_changes,
    file_text,
    moved_lines,
    moved_on_server,
    set_statement,
    taken_text,
    untried_changes,
    variables_in,
    waiting_text,
)
from cadrart_infra.terminal import Say

_READ_ONLY, _UNKNOWN = 1238, 1193


class ServerSettings:
    """The stack's `database.settings`, and the ConfigMap with what the server has of them."""

    def __init__(self, control: Control, wanted: Variables, say: Say) -> None:
        self._control, self._wanted, self._say = control, wanted, say

    def stage(self, state: ServerState) -> None:
        """Before a start: writes all settings to the file, and keeps the former ones until the start succeeds."""
        if not self._wanted and not state.settings:
            return
        before = state.settings.get(BEFORE, state.settings.get(FILE, file_text({})))
        self._write(state, {**_kept(state, WAITING, TAKEN), BEFORE: before, FILE: file_text(self._wanted)})

    def accept(self, state: ServerState) -> None:
        """After a successful start: nothing waits any more."""
        if state.settings:
            self._write(state, {FILE: state.settings[FILE]})

    def put_back(self, state: ServerState) -> None:
        """After a failed start: restores the former settings."""
        if BEFORE in state.settings:
            self._write(state, {**_kept(state, WAITING, TAKEN), FILE: state.settings[BEFORE]})

    def change(self, state: ServerState, root: Callable[[], RootClient]) -> None:
        """Applies them to the running server as far as possible; raises ServerError for a variable that it refuses.

        What somebody has set by hand meanwhile gets the stack's value again.
        """
        kept = state.settings
        new, has, left = (
            untried_changes(kept, self._wanted),
            variables_in(kept.get(FILE, "")),
            changes_for_restart(kept, self._wanted),
        )
        if not new and not has:
            return
        server = root()
        now = _values(server, has)
        away = moved_on_server(kept, self._wanted, now)
        lines = dict(zip([*new, *away], [*described_changes(kept, new), *moved_lines(away, now)], strict=True))
        try:
            for name, value in {**new, **away}.items():
                if not _takes(server, name, value):
                    left[name] = value
                    self._say(
                        f"database server: {lines[name]}, waits for a restart: the server reads it at its start only"
                    )
                    continue
                has = {**has, name: value} if value is not None else {one: has[one] for one in has if one != name}
                self._say(f"database server: {lines[name]}, without a restart")
        finally:
            taken = {**variables_in(kept.get(TAKEN, "")), **_values(server, {**has, **new})}
            self._write(state, {FILE: file_text(has), WAITING: waiting_text(left), TAKEN: taken_text(taken)})

    def _write(self, state: ServerState, kept: Mapping[str, str]) -> None:
        data = {key: text for key, text in kept.items() if text}
        if data != state.settings:
            self._control.keep_settings(state, data)


def _kept(state: ServerState, *keys: str) -> dict[str, str]:
    return {key: state.settings.get(key, "") for key in keys}


def _values(server: RootClient, names: Collection[str]) -> dict[str, str]:
    """What the server says of these variables; nothing where it cannot be asked."""
    try:
        return {name: value for _, name, value in server.run(values_query(names, ""))}
    except (DatabaseError, ValueError):
        return {}


def _takes(server: RootClient, name: str, value: str | None) -> bool:
    """Whether the running server has taken a value over; False where it can at its start only."""
    try:
        server.run(set_statement(name, value))
    except DatabaseError as error:
        if error.number == _READ_ONLY:
            return False
        if error.number == _UNKNOWN:
            problem, remedy = "knows no such variable", f"Remove it: pulumi config rm --path database.settings.{name}"
        else:
            problem = f"does not take {value or 'its default'}: {error.said.rstrip('.')}"
            remedy = f"Set it right: pulumi config set --path database.settings.{name} VALUE"
        raise ServerError(
            f"database.settings.{name}: the database server {problem}. It goes on with what it has. {remedy}"
        ) from None
    return True
