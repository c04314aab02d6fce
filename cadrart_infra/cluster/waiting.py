"""Looking again and again until the cluster shows what is waited for, or the time is up."""

from collections.abc import Callable
from typing import TypeVar

from tenacity import RetryCallState, Retrying, retry_if_result, stop_after_delay, wait_fixed

T = TypeVar("T")


def look_until(good: Callable[[T], bool], look: Callable[[], T], seconds: float, pause: float) -> T:
    """The first answer of `look` that is `good`, or the last one after so many seconds; `pause` seconds between two.

    What `look` raises ends the waiting.
    """
    looking = Retrying(
        retry=retry_if_result(lambda seen: not good(seen)),
        stop=stop_after_delay(seconds),
        wait=wait_fixed(pause),
        retry_error_callback=_last,
    )
    seen: T = looking(look)
    return seen


def _last(state: RetryCallState) -> object:
    return state.outcome.result() if state.outcome else None
