"""Hooks go on whatever the engine's own calls wait for."""

import ast
import asyncio
import contextvars
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from cadrart_infra.cluster.errors import ClusterError
from cadrart_infra.history import failures
from cadrart_infra.history.checkout import FOLDER
from cadrart_infra.hooks import before_a_write, in_thread
from cadrart_infra.user_errors import UserError


def test_a_hook_begins_while_all_threads_of_the_loop_wait_for_it() -> None:
    """As when as many objects are written again at once as the engine has calls open."""
    has_run = threading.Event()

    async def write() -> bool:
        loop = asyncio.get_running_loop()
        loop.set_default_executor(ThreadPoolExecutor(1))
        written = loop.run_in_executor(None, has_run.wait, 30)
        await in_thread(has_run.set)
        return await written

    assert asyncio.run(write())


def test_it_logs_to_the_engine_of_its_update_and_raises_what_was_raised() -> None:
    engine = contextvars.ContextVar("engine", default="none")

    def fail(said: str) -> None:
        raise ValueError(f"{said} {engine.get()}")

    async def hook() -> None:
        engine.set("of this update")
        await in_thread(fail, said="to the engine")

    with pytest.raises(ValueError, match="to the engine of this update"):
        asyncio.run(hook())


def test_a_write_is_refused_in_a_whole_sentence_which_the_history_gets_too(monkeypatch: pytest.MonkeyPatch) -> None:
    error = ClusterError("no answer within 30 s")
    error.asked = "GET /api/v1/services"
    kept: list[str] = []
    monkeypatch.setattr(failures, "note", kept.append)

    def fail() -> None:
        raise error

    with pytest.raises(UserError) as refused:
        asyncio.run(before_a_write(fail))
    assert str(refused.value).startswith("The cluster refused, or did not answer: no answer within 30 s (to GET")
    assert kept == [str(refused.value)]


def test_nothing_of_the_program_uses_the_loop_s_own_threads() -> None:
    for file in (FOLDER / "cadrart_infra").rglob("*.py"):
        text = file.read_text()
        nodes = ast.walk(ast.parse(text)) if "to_thread" in text else ()  # it takes its time
        assert "to_thread" not in {node.attr for node in nodes if isinstance(node, ast.Attribute)}, file
