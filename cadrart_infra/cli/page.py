"""A command's progress display: steps with their times; on a terminal, running steps stand below ended ones."""

import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TextIO

from cadrart_infra import terminal
from cadrart_infra.terminal import Say

_EVERY = 0.5
"""Seconds between two looks at the running steps' times."""
_UP_AND_CLEAR = "\x1b[1A\x1b[2K"
_WIDTH = 110
"""Characters of a running step at most; a line that a narrower terminal breaks could not be taken away again."""


@dataclass
class _Step:
    title: str
    began: float = field(default_factory=time.monotonic)
    said: str = ""
    """The last line that the step said; a terminal shows it beside the title."""

    def seconds(self) -> str:
        return elapsed(time.monotonic() - self.began)


class Page:
    """Prints lines and steps; `live`: the stream is a terminal, so lines can be redrawn."""

    def __init__(self, stream: TextIO, *, live: bool) -> None:
        self._stream, self._live = stream, live
        self._lock = threading.RLock()
        self._running: dict[str, _Step] = {}
        self._shown = 0
        self._kept: list[str] = []

    @property
    def text(self) -> str:
        """Everything printed so far, without the running steps."""
        return "\n".join(self._kept)

    def has(self, text: str) -> bool:
        """Whether a text with the same first line was printed; later lines may differ by a relative time."""
        return _first_line(text) in map(_first_line, self._kept)

    def line(self, text: str = "") -> None:
        """Prints text above the running steps."""
        with self._lock:
            self._erase()
            self._keep(text)
            self._draw()

    def begin(self, key: str, title: str) -> None:
        """Starts a step; `key` names it from now on."""
        with self._lock:
            self._erase()
            self._running[key] = _Step(title)
            if not self._live:
                self._write(f" · {title}\n")
            self._draw()

    def say(self, key: str, text: str) -> None:
        """Shows a message beside a running step; if the step does not run, prints it as lines."""
        with self._lock:
            step = self._running.get(key)
            if step is None or not self._live or "\n" in text:
                self.line(_indented(text) if step else text)
            else:
                self._erase()
                step.said = text
                self._draw()

    def end(self, key: str, *, failed: bool = False) -> None:
        """Ends a step and prints its duration."""
        with self._lock:
            self._erase()
            step = self._running.pop(key, None)
            if step:
                self._keep(f" {'✗' if failed else '✓'} {step.title}  {step.seconds()}")
            self._draw()

    @contextmanager
    def ticking(self) -> Iterator[None]:
        """On a terminal, redraws the running steps while the block runs; drops what still runs at its end."""
        ended = threading.Event()
        clock = threading.Thread(target=self._tick, args=(ended,), daemon=True)
        clock.start()
        try:
            yield
        finally:
            ended.set()
            clock.join()
            with self._lock:
                self._erase()
                self._running.clear()

    @contextmanager
    def running(self, key: str, title: str) -> Iterator[Say]:
        """Ticks while the block does the step, and ends it when the block succeeds; yields its `say`."""
        self.begin(key, title)
        with self.ticking():
            yield partial(self.say, key)
            self.end(key)

    def _tick(self, ended: threading.Event) -> None:
        while not ended.wait(_EVERY):
            with self._lock:
                self._erase()
                self._draw()

    def _erase(self) -> None:
        self._write(_UP_AND_CLEAR * self._shown)
        self._shown = 0

    def _draw(self) -> None:
        if self._live:
            width = min(_WIDTH, shutil.get_terminal_size().columns - 1)
            for step in self._running.values():
                text = f" … {step.title}  {step.seconds()}  {step.said}".rstrip()
                self._write(f"{text[:width]}\n")
                self._shown += 1

    def _keep(self, text: str) -> None:
        self._kept.append(text)
        self._write(f"{text}\n")

    def _write(self, text: str) -> None:
        if text:
            terminal.write(self._stream, text)


def elapsed(seconds: float) -> str:
    """Seconds as people read them: `3.2 s`, `4 min 05 s`."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes} min {rest:02d} s"


def _indented(text: str) -> str:
    return "\n".join(f"   {line}" for line in text.splitlines())


def _first_line(text: str) -> str:
    return text.partition("\n")[0]
