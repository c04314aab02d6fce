"""Resource hooks: work that runs before a resource is written, in threads of its own."""

import asyncio
import contextvars
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

import pulumi

from cadrart_infra.history import failures
from cadrart_infra.user_errors import UserError

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


async def before_a_write(work: Callable[_P, object], *args: _P.args, **kwargs: _P.kwargs) -> None:
    """`in_thread` for what a write waits for: where it raises a UserError, nothing is written."""
    try:
        await in_thread(work, *args, **kwargs)
    except UserError as error:
        raise noted_in_history(error) from None


def noted_in_history(error: UserError) -> UserError:
    """The error as the engine is to print it, which takes its text alone; the history gets the same."""
    failures.note(said := error.explained())
    return error if said == str(error) else UserError(said)


def before_writes(
    name: str, work: pulumi.ResourceHookFunction, *, in_previews: bool = False
) -> pulumi.ResourceHookBinding:
    """Runs `work` before a resource is made or changed, `in_previews` too where that is said.

    What it raises keeps the resource from being written.
    """
    hook = pulumi.ResourceHook(name, work, pulumi.ResourceHookOptions(on_dry_run=in_previews))
    return pulumi.ResourceHookBinding(before_create=[hook], before_update=[hook])
