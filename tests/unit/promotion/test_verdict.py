"""One judgement for all that wait for it."""

import asyncio

import pytest

from cadrart_infra.promotion.verdict import Verdict
from cadrart_infra.user_errors import UserError


def test_all_get_the_one_refusal() -> None:
    asked = []

    def judge() -> str:
        asked.append(1)
        raise UserError("no")

    verdict = Verdict("test", judge)

    async def all_at_once() -> list[object]:
        waiting = (verdict.require(None) for _ in range(3))  # type: ignore[arg-type]
        return list(await asyncio.gather(*waiting, return_exceptions=True))

    answers = asyncio.run(all_at_once())
    assert [str(answer) for answer in answers] == ["no"] * 3
    assert asked == [1]


def test_nobody_is_held_up_by_a_good_one() -> None:
    verdict = Verdict("test", lambda: "")
    asyncio.run(verdict.require(None))  # type: ignore[arg-type]
    with pytest.raises(UserError):
        asyncio.run(Verdict("test", _refuse).require(None))  # type: ignore[arg-type]


def _refuse() -> str:
    raise UserError("no")
