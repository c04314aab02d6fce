"""Whatever ends a restore while production's tables change places: the next run finishes that, or takes it back."""

from __future__ import annotations

import contextlib
import re
from typing import Any

import pytest
from pymysql.err import OperationalError

from cadrart_infra.backup.errors import BackupError
from cadrart_infra.backup.notes import EXCHANGED_OBJECTS
from cadrart_infra.backup.restore_account import USER
from tests.database.backups import PLACES
from tests.database.exchanges import (
    CUTS,
    cut_off,
    end_connections,
    outcomes,
    replaced_schemas,
    run_exchange,
    run_recovery,
    set_up,
    set_up_restored,
    state,
)
from tests.database.harness import PRODUCTION, Shop
from tests.database.killing import Cut, every_statement, in_a_child_killed_at, wait_until_gone


def require_recovery(shop: Shop, old: tuple[Any, Any], new: tuple[Any, Any], when: str) -> None:
    """Production is whole, the next run needs no help, and then a restore works as if nothing had happened."""
    contents = shop.contents(PRODUCTION)
    assert contents in (old[0], new[0]), f"torn by a kill {when}"

    finished = run_recovery(shop)

    assert state(shop) == (new if contents == new[0] else old), f"not whole after a kill {when}"
    if contents == new[0]:
        assert finished is None or finished.places == PLACES
        aside = shop.contents(PLACES.replaced)
        assert aside.pop(EXCHANGED_OBJECTS)
        assert aside == old[0]
        return
    assert finished is None
    assert replaced_schemas(shop) == []
    set_up_restored(shop)
    run_exchange(shop)
    assert state(shop) == new


@pytest.mark.endurance
@pytest.mark.parametrize("after_send", [False, True], ids=["between statements", "during a statement"])
def test_killed_at_every_step(restored: Shop, after_send: bool) -> None:
    shop = restored
    old, new = outcomes(shop)
    number, taken_back = 0, 0
    while True:
        number += 1
        killed = in_a_child_killed_at(lambda: run_exchange(shop), number, after_send)
        wait_until_gone(shop, USER)
        if not killed:
            break
        taken_back += shop.contents(PRODUCTION) == old[0]
        require_recovery(shop, old, new, f"at statement {number}")
        set_up(shop)
    assert number > 40
    assert 10 < taken_back < number - 10
    assert state(shop) == new


@pytest.mark.parametrize("moment", CUTS)
def test_connection_cut(restored: Shop, moment: str) -> None:
    shop = restored
    old, new = outcomes(shop)

    assert cut_off(shop, moment).done

    require_recovery(shop, old, new, moment)


@pytest.mark.endurance
@pytest.mark.parametrize("moment", CUTS)
def test_server_killed(restored: Shop, moment: str) -> None:
    shop = restored
    old, new = outcomes(shop)
    if shop.is_mariadb:
        shop.server.restart()  # see copies_on_disk in test_sync_kills: its own recovery needs a checkpoint
    cut = Cut(CUTS[moment], lambda _: shop.server.kill())
    try:
        with every_statement(after_send=cut), contextlib.suppress(BackupError, OperationalError):
            run_exchange(shop)
    finally:
        if not shop.server.is_running:
            shop.server.start()

    assert cut.done
    require_recovery(shop, old, new, moment)


def test_what_is_said_before_and_after_the_tables_changed_places(restored: Shop) -> None:
    shop = restored
    said = {}
    for moment in ("written down", "tables change places", "a view gone"):
        set_up(shop)

        with (
            every_statement(after_send=Cut(CUTS[moment], lambda _: end_connections(shop))),
            pytest.raises(BackupError) as caught,
        ):
            run_exchange(shop)
        wait_until_gone(shop, USER)
        said[moment] = str(caught.value)
    for text in said.values():
        assert "Production's tables are whole: those it had, or the backup's." in text
        assert "Run a restore again" in text
        assert not re.search("sync|staging|only read|not touched|as it was", text)
