"""Polls the cluster until a condition holds, or it answers at all, or the time is up."""

from collections.abc import Callable
from http import HTTPStatus
from typing import TypeVar

from tenacity import RetryCallState, Retrying, retry_if_exception, retry_if_result, stop_after_delay, wait_fixed

from cadrart_infra.cluster.errors import ApiError, ClusterError

T = TypeVar("T")

_SILENT_SECONDS = 60
"""How long a cluster may not answer: an API server that starts again, a connection that is lost for a moment."""
_PAUSE = 1.0


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


def until_answered(look: Callable[[], T]) -> T:
    """What `look` gives; a cluster that does not answer is asked again for a minute. Only for what is safe to repeat.

    What it refuses is raised at once, and at last why it does not answer.
    """
    asking = Retrying(
        retry=retry_if_exception(_is_silence),
        stop=stop_after_delay(_SILENT_SECONDS),
        wait=wait_fixed(_PAUSE),
        reraise=True,
    )
    seen: T = asking(look)
    return seen


def _is_silence(error: BaseException) -> bool:
    if isinstance(error, ApiError):
        return error.status >= HTTPStatus.INTERNAL_SERVER_ERROR or error.status == HTTPStatus.TOO_MANY_REQUESTS
    return isinstance(error, ClusterError)


def _last(state: RetryCallState) -> object:
    return state.outcome.result() if state.outcome else None
