"""The log of a Job's pod: shown line by line while it runs, and its last lines kept for an error."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from typing import Any

from cadrart_infra.cluster.errors import ClusterError
from cadrart_infra.cluster.job_state import started_containers
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.terminal import Say

_LAST_LINES = 12


class JobLog:
    """What the steps of a Job print; `say` gets each line once.

    `beside`: names of the containers that run beside the steps, whose logs are not shown.
    """

    def __init__(self, kubectl: Kubectl, beside: Sequence[str], say: Say) -> None:
        self._kubectl, self._beside, self._say = kubectl, beside, say
        self.lines: list[str] = []
        """All lines of the steps so far."""

    def read(self, pod: Mapping[str, Any]) -> bool:
        """Shows what is new since the last time; returns whether it could be read."""
        try:  # the pod can go between two questions
            steps = [name for name in started_containers(pod) if name not in self._beside]
            log = [line for step in steps for line in self._of(pod, step)]
        except ClusterError:
            return False
        for line in log[len(self.lines) :]:
            self._say(line)
        self.lines = log
        return True

    def end(self) -> list[str]:
        """The last lines of the steps."""
        return self.lines[-_LAST_LINES:]

    def end_beside(self, pod: Mapping[str, Any]) -> list[str]:
        """The last lines of what ran beside the steps, each with its container's name."""
        lines: list[str] = []
        for name in started_containers(pod):
            with contextlib.suppress(ClusterError):
                log = self._of(pod, name)[-_LAST_LINES:] if name in self._beside else []
                lines += [f"{name}: {line}" for line in log]
        return lines

    def _of(self, pod: Mapping[str, Any], container: str) -> list[str]:
        return self._kubectl.run("logs", pod["metadata"]["name"], f"--container={container}").splitlines()
