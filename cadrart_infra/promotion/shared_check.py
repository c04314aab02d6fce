"""A check that runs once, for every object that waits for its result."""

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait

import pulumi

from cadrart_infra import interruption
from cadrart_infra.hooks import before_writes, noted_in_history
from cadrart_infra.terminal import Say
from cadrart_infra.user_errors import UserError

_EVERY = 0.2
"""Seconds between two looks whether the user has interrupted the update."""


class SharedCheck:
    """Runs `check` when its result is first needed, and gives every object the same result.

    If each object had its own check, one could be written while another is refused: the colours would be mixed.
    `check` returns a line for `log`, or an empty one, and raises a UserError to refuse. If its first use comes more
    than `fresh_for` seconds after the check, the check runs again.
    """

    def __init__(
        self,
        name: str,
        check: Callable[[], str],
        fresh_for: float = float("inf"),
        log: Say = pulumi.log.info,
    ) -> None:
        self._name, self._check, self._fresh_for, self._log = name, check, fresh_for, log
        self._logged = self._given = False
        self._result: Future[str] | None = None
        self._beginning = threading.Lock()
        self._ended = 0.0

    def begin(self) -> None:
        """Starts the check before its result is needed, from whatever thread."""
        with self._beginning:
            if self._result is None:
                pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix=self._name)
                self._result = pool.submit(self._run)
                pool.shutdown(wait=False)

    def wait(self) -> None:
        """Waits for a started check to end, with whatever result."""
        if self._result is not None:
            wait([self._result])

    def reset(self) -> None:
        """Drops the result, so that the next use runs the check again."""
        self._result = None

    def hooks(self) -> pulumi.ResourceHookBinding:
        """Hooks that let an object be written only if the check passes; they do not run in a preview."""
        return before_writes(self._name, self.require)

    async def require(self, _args: pulumi.ResourceHookArgs) -> None:
        """Returns when the check has passed; raises what `check` raised otherwise."""
        if self._is_old():
            self._result = None
        self._given = True
        self.begin()
        assert self._result is not None
        waiting = asyncio.wrap_future(self._result)
        ended: set[asyncio.Future[str]] = set()
        while not ended:
            ended, _ = await asyncio.wait([waiting], timeout=_EVERY)
            if interruption.requested():
                raise UserError(f"interrupted: {self._name} did not pass, so what waits for it is not written")
        line = waiting.result()
        if line and not self._logged:
            self._logged = True
            self._log(line)

    def _run(self) -> str:
        try:
            return self._check()
        except UserError as error:
            raise noted_in_history(error) from None
        finally:
            self._ended = time.monotonic()

    def _is_old(self) -> bool:
        done = self._result is not None and self._result.done()
        return done and not self._given and time.monotonic() - self._ended > self._fresh_for
