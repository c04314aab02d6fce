"""One judgement for everything that waits for it."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import pulumi


class Verdict:
    """Asks `judge` once, whoever needs its answer first, and gives all the same answer.

    Were each object to be judged for itself, one could be written while the other is refused: the colours would be
    mixed. `judge` returns words for the log, or none, and raises a UserError to refuse.
    """

    def __init__(self, name: str, judge: Callable[[], str]) -> None:
        self._name, self._judge = name, judge
        self._said = False
        self._answer: Future[str] | None = None

    def begin(self) -> None:
        """Asks at once: the answer may be there before somebody needs it."""
        if self._answer is None:
            pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix=self._name)
            self._answer = pool.submit(self._judge)
            pool.shutdown(wait=False)

    def hooks(self) -> pulumi.ResourceHookBinding:
        """Hooks that let an object be written only if the judgement is good. They do not run in a preview."""
        hook = pulumi.ResourceHook(self._name, self.require)
        return pulumi.ResourceHookBinding(before_create=[hook], before_update=[hook])

    async def require(self, _args: pulumi.ResourceHookArgs) -> None:
        """Returns when the judgement is good; raises what `judge` raised otherwise."""
        self.begin()
        assert self._answer is not None
        words = await asyncio.wrap_future(self._answer)
        if words and not self._said:
            self._said = True
            pulumi.log.info(words)
