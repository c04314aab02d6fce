"""Whom a restore tells that production is a backup by now; the work itself is tried on servers."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any, cast

import pytest

from cadrart_infra.backup import restore as module
from cadrart_infra.backup.backups import Backup
from cadrart_infra.backup.exchange import Exchange
from cadrart_infra.backup.restore import RestoreRequest
from cadrart_infra.backup.restore_names import RestoreNames
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.mysql.session import Session

PLACES = RestoreNames("shop", "shop-restored", "shop-replaced-260101-100000")
OLD, NEW = (
    Backup(f"2026010{day}-100000-blue", "shop", f"2026-01-0{day}", "9.7.0", "blue", {}, 3, 0, 10, "0" * 64)
    for day in (1, 2)
)


class Account:
    @contextlib.contextmanager
    def on_production(self) -> Iterator[None]:
        yield


class Connection:
    def close(self) -> None:
        """Nothing is open."""


@pytest.mark.parametrize(
    ("finished", "replace_production", "answer", "replaced"),
    [
        (None, False, True, []),
        (None, True, False, []),
        (None, True, True, [NEW]),
        (OLD.name, False, True, [OLD]),
        (OLD.name, True, False, [OLD]),
        (OLD.name, True, True, [OLD, NEW]),
        (NEW.name, True, True, [NEW]),
        ("20250101-100000-blue", False, True, [None]),
    ],
)
def test_what_takes_production_s_place_is_told(
    monkeypatch: pytest.MonkeyPatch,
    finished: str | None,
    replace_production: bool,
    answer: bool,
    replaced: list[Backup | None],
) -> None:
    """Also what an interrupted restore was to make of it, when somebody only looks at another backup."""
    for name in ("_take_lock", "require_exchangeable", "require_room_for", "load_beside", "exchange"):
        monkeypatch.setattr(module, name, lambda *_: None)
    monkeypatch.setattr(module, "rows_beside", lambda *_: "rows")
    monkeypatch.setattr(module, "_what_is_lost", lambda *_: "much")
    monkeypatch.setattr(module, "is_pending", lambda *_: finished is not None)
    exchange = Exchange(finished, PLACES, cast(Any, None)) if finished else None
    monkeypatch.setattr(module, "recover", lambda *_: exchange)
    monkeypatch.setattr(module, "Session", lambda _: Connection())
    told: list[Backup | None] = []
    request = RestoreRequest(NEW.name, replace_production, lambda *_: answer, told.append)
    session, account = cast(Session, Connection()), cast(Any, Account())
    state = module._State()
    run = module._Restore(
        Kubectl("cadrart"), account, cast(Any, None), session, [NEW, OLD], PLACES, state, lambda _: None
    ).run
    run(NEW, request)
    assert told == replaced
