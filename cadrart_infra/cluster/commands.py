"""kubectl as a command, and those of its commands that serve until they are ended."""

import contextlib
import os
import re
import selectors
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence

from cadrart_infra.cluster.errors import ClusterError


class NoKubectl(ClusterError):
    """This machine has no kubectl."""


def kubectl_command(context: str, *arguments: str) -> list[str]:
    """The command line of kubectl for a context of the kubeconfig (empty: its current one); raises NoKubectl."""
    kubectl = shutil.which("kubectl")
    if not kubectl:
        raise NoKubectl("kubectl is not on the PATH. Install it; the program reaches the cluster with it.")
    return [kubectl, *([f"--context={context}"] if context else []), *arguments]


@contextlib.contextmanager
def serving_process(command: Sequence[str], announces: str) -> Iterator[re.Match[str]]:
    """A command that serves while the block runs; begins when it has printed what matches `announces`.

    Raises ClusterError where it does not within 20 seconds.
    """
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        yield wait_for_announcement(process, announces, timeout=20)
    finally:
        process.terminate()
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout:
            process.stdout.close()


def wait_for_announcement(process: "subprocess.Popen[bytes]", pattern: str, timeout: float) -> re.Match[str]:
    """What a kubectl says on its standard output when it is ready to serve; raises ClusterError where it is not."""
    assert process.stdout is not None
    said, deadline = "", time.monotonic() + timeout
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while selector.select(max(0.0, deadline - time.monotonic())):
            chunk = os.read(process.stdout.fileno(), 4096)
            said += chunk.decode(errors="replace")
            if match := re.search(pattern, said):
                return match
            if not chunk:
                break
    raise ClusterError(error_of_kubectl(said) or f"kubectl did not begin to serve within {timeout:g} s.")


_LOG_LINE = re.compile(r"^[IWEF]\d{4} \d\d:\d\d:\d\d\.\d+ .*\n?", re.MULTILINE)
"""Of the log that kubectl's client library writes beside what kubectl says; it has the same again, in longer words."""


def error_of_kubectl(printed: str) -> str:
    """What kubectl says of its failure, for a sentence of ours to go on with."""
    said = _LOG_LINE.sub("", printed).strip() or printed.strip()
    return said.removeprefix("error: ")
