"""The counters of the server's container, read in its pod by one shell that stays.

Each `kubectl exec` begins a process within the container's own limit, which at the live tenth of a core would be felt
as much as what is to be measured. So there is one, which reads with what every shell has built in.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import subprocess
import time
from collections.abc import Iterator, Sequence

from cadrart_infra.mysql.processor import ProcessorTime, ReadProcessor

_ANSWER_SECONDS = 5.0
_END = b".\n"
# For cgroup v2 and v1; a file that is not there is passed over.
SCRIPT = """
cd "$1" || exit
emit() {
  while IFS= read -r line; do printf '%s\\n' "$2$line"; done <"$1"
} 2>/dev/null
while read -r asked; do
  for file in cpu.stat cpu/cpu.stat; do [ -r "$file" ] && emit "$file" ""; done
  for file in cpu.max cpuacct/cpuacct.usage cpu/cpu.cfs_quota_us cpu/cpu.cfs_period_us; do
    [ -r "$file" ] && emit "$file" "${file##*/} "
  done
  echo .
done
"""
_CONTROL_GROUP = "/sys/fs/cgroup"


@contextlib.contextmanager
def reading_counters(command: Sequence[str], folder: str = _CONTROL_GROUP) -> Iterator[ReadProcessor]:
    """Reads the counters while the block runs; begins with the first question.

    `command` runs a command on the server's machine and hands standard input on, e.g. `kubectl exec -i … --`. Once
    there is no answer (no shell, no right to exec, another pod by now) there is none any more.
    """
    counters = _Counters([*command, "sh", "-c", SCRIPT, "counters", folder])
    try:
        yield counters.read
    finally:
        counters.end()


class _Counters:
    def __init__(self, command: Sequence[str]) -> None:
        self._command = command
        self._process: subprocess.Popen[bytes] | None = None
        self._is_over = False

    def read(self) -> ProcessorTime | None:
        if self._is_over:
            return None
        try:
            return ProcessorTime.parse(self._asked())
        except (OSError, TimeoutError):
            self.end()
            return None

    def end(self) -> None:
        self._is_over = True
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def _asked(self) -> str:
        if self._process is None:
            self._process = subprocess.Popen(
                self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0
            )
        asked, answers = self._process.stdin, self._process.stdout
        assert asked is not None
        assert answers is not None
        asked.write(b"\n")
        return _answer(answers.fileno()).removesuffix(_END).decode(errors="replace")


def _answer(pipe: int) -> bytes:
    """All that it says to one question; raises OSError or TimeoutError where it does not say it."""
    answer, deadline = b"", time.monotonic() + _ANSWER_SECONDS
    with selectors.DefaultSelector() as selector:
        selector.register(pipe, selectors.EVENT_READ)
        while not answer.endswith(_END):
            if not selector.select(max(0.0, deadline - time.monotonic())):
                raise TimeoutError
            read = os.read(pipe, 4096)
            if not read:
                raise BrokenPipeError
            answer += read
    return answer
