"""One judgement for everything that waits for it."""

import asyncio
from collections.abc import Callable

import pulumi


class Verdict:
    """Asks `judge` once, whoever needs its answer first, and gives all the same answer.

    Were each object to be judged for itself, one could be written while the other is refused: the colours would be
    mixed. `judge` returns words for the log, or none, and raises a UserError to refuse.
    """

    def __init__(self, name: str, judge: Callable[[], str]) -> None:
        self._name, self._judge = name, judge
        self._answer: asyncio.Future[str] | None = None

    def hooks(self) -> pulumi.ResourceHookBinding:
        """Hooks that let an object be written only if the judgement is good. They do not run in a preview."""
        hook = pulumi.ResourceHook(self._name, self.require)
        return pulumi.ResourceHookBinding(before_create=[hook], before_update=[hook])

    async def require(self, _args: pulumi.ResourceHookArgs) -> None:
        """Returns when the judgement is good; raises what `judge` raised otherwise."""
        if self._answer is None:
            self._answer = asyncio.ensure_future(asyncio.to_thread(self._judge))
            if words := await self._answer:
                pulumi.log.info(words)
        await self._answer
