"""Where hooks of resources do what takes its time: in threads that the engine's own calls never fill."""

import asyncio
import contextvars
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

_P = ParamSpec("_P")
_T = TypeVar("_T")
_MOST = 64
"""More than the engine runs hooks at once, which is four times the number of cores."""

_threads = ThreadPoolExecutor(_MOST, thread_name_prefix="hook")


async def in_thread(work: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
    """What `work` returns or raises; the program goes on meanwhile.

    Not by `asyncio.to_thread`: there each resource that is being written holds a thread until its hooks have ended.
    Where as many are written at once as there are threads, no hook could begin, and the update would stand still.
    """
    within = contextvars.copy_context()  # which has the engine that a hook logs to
    return await asyncio.get_running_loop().run_in_executor(_threads, partial(within.run, work, *args, **kwargs))
