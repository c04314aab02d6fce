"""One check for all that wait for it."""

import asyncio
import threading
from collections.abc import Callable, Iterator

import pytest

from cadrart_infra import interruption
from cadrart_infra.promotion.shared_check import SharedCheck
from cadrart_infra.user_errors import UserError


def test_all_get_the_one_refusal() -> None:
    asked = []

    def refuse() -> str:
        asked.append(1)
        raise UserError("no")

    check = SharedCheck("test", refuse)

    async def all_at_once() -> list[object]:
        waiting = (check.require(None) for _ in range(3))  # type: ignore[arg-type]
        return list(await asyncio.gather(*waiting, return_exceptions=True))

    answers = asyncio.run(all_at_once())
    assert [str(answer) for answer in answers] == ["no"] * 3
    assert asked == [1]


def test_nobody_is_held_up_by_a_good_one() -> None:
    check = SharedCheck("test", lambda: "")
    asyncio.run(check.require(None))  # type: ignore[arg-type]
    with pytest.raises(UserError):
        asyncio.run(SharedCheck("test", _refuse).require(None))  # type: ignore[arg-type]


def test_an_interrupted_update_writes_nothing_that_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also while the check is still under way."""
    asked, ended = threading.Event(), threading.Event()
    monkeypatch.setattr(interruption, "requested", asked.is_set)

    def check() -> str:
        asked.set()
        ended.wait()
        return ""

    try:
        with pytest.raises(UserError, match="interrupted: test did not pass"):
            asyncio.run(SharedCheck("test", check).require(None))  # type: ignore[arg-type]
    finally:
        ended.set()


def test_a_result_that_is_old_when_it_is_needed_is_not_used_and_all_get_the_new_one() -> None:
    results = iter(["refused", "", "refused"])

    async def need() -> None:
        shared = SharedCheck("test", checking(results), fresh_for=0)
        shared.begin()
        await asyncio.sleep(0.05)
        await shared.require(None)  # type: ignore[arg-type]
        await asyncio.sleep(0.05)
        await shared.require(None)  # type: ignore[arg-type]

    asyncio.run(need())
    assert next(results) == "refused"


def test_a_refusal_that_was_given_is_given_to_whoever_comes_later() -> None:
    results = iter(["refused", ""])

    async def need() -> None:
        shared = SharedCheck("test", checking(results), fresh_for=0)
        for _ in range(2):
            with pytest.raises(UserError, match="refused"):
                await shared.require(None)  # type: ignore[arg-type]
            await asyncio.sleep(0.05)

    asyncio.run(need())


def checking(results: Iterator[str]) -> Callable[[], str]:
    """A check that refuses with the next result, or passes where that is empty."""

    def check() -> str:
        if said := next(results):
            raise UserError(said)
        return ""

    return check


def _refuse() -> str:
    raise UserError("no")


def test_what_has_become_another_thing_is_checked_again_however_fresh_the_result_is() -> None:
    results = iter(["refused", ""])

    shared = SharedCheck("test", checking(results))
    shared.begin()
    shared.wait()
    shared.reset()
    asyncio.run(shared.require(None))  # type: ignore[arg-type]
    assert next(results, "none left") == "none left"


def test_nobody_waits_for_what_has_not_begun() -> None:
    SharedCheck("test", _refuse).wait()
