"""The claim for backups at hand: a pod that has it mounted, and commands in it that read and write its files."""

from __future__ import annotations

import contextlib
import secrets
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import IO

from cadrart_infra.backup.backups import Backup, listed
from cadrart_infra.backup.jobs import FOLDER, JobSpec, job
from cadrart_infra.backup.prerequisites import require_claim, running_server
from cadrart_infra.cluster.commands import error_of_kubectl
from cadrart_infra.cluster.errors import ClusterError
from cadrart_infra.cluster.job_runner import JobRunner
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.mysql.disk_space import free_bytes_at
from cadrart_infra.naming import BACKUP

_READY = "the claim is at hand"
_SECONDS = 6 * 3600
"""The longest time that a copy may take."""
_STORE = 'umask 077; cat >"$0.partial" && sha256sum <"$0.partial"'
_KEEP = 'cd "$0" && for file; do mv -- "$file.partial" "$file" || exit; done; sync'


@dataclass(frozen=True)
class HeldClaim:
    """The claim while its pod runs; every method raises ClusterError where a command in the pod fails."""

    backups: list[Backup]
    """Newest first."""
    damaged: list[str]
    """The names of those without a record."""
    command: Sequence[str]
    """Runs a command in the pod."""
    folder: str = FOLDER
    """Where the claim is mounted there."""

    def read(self, file: str, into: IO[bytes]) -> None:
        """What a file on the claim holds."""
        self._run("cat", "--", f"{self.folder}/{file}", stdout=into)

    def content(self, file: str) -> bytes:
        """The same of a small file."""
        return self._run("cat", "--", f"{self.folder}/{file}")

    def free_bytes(self) -> int | None:
        """The room on the claim; None where the image has no `df`."""
        return free_bytes_at(self.command, self.folder)

    def sha256(self, file: str) -> str:
        """The checksum of a file on the claim."""
        return _checksum(self._run("sha256sum", "--", f"{self.folder}/{file}"))

    def write(self, file: str, content: IO[bytes]) -> str:
        """Writes a file under another name, which the next backup removes, until it is kept; returns its checksum."""
        return _checksum(self._run("sh", "-c", _STORE, f"{self.folder}/{file}", stdin=content))

    def keep(self, *files: str) -> None:
        """Gives files that were written their own names, one after the other."""
        self._run("sh", "-c", _KEEP, self.folder, *files)

    def end(self) -> None:
        """Ends the pod, which would end by itself a minute later."""
        with contextlib.suppress(ClusterError):  # the pod may be gone before it answers
            self._run("sh", "-c", "kill 1")

    def _run(
        self, *arguments: str, stdin: IO[bytes] | int = subprocess.DEVNULL, stdout: IO[bytes] | int = subprocess.PIPE
    ) -> bytes:
        command = [*self.command, *arguments]
        done = subprocess.run(command, stdin=stdin, stdout=stdout, stderr=subprocess.PIPE, check=False)
        if done.returncode:
            said = error_of_kubectl(done.stderr.decode(errors="replace"))
            raise ClusterError(said or f"kubectl exec failed with exit code {done.returncode}.")
        return done.stdout or b""


def _checksum(printed: bytes) -> str:
    """What `sha256sum` found, in hexadecimal digits."""
    return printed.decode().partition(" ")[0]


def with_claim(kubectl: Kubectl, work: Callable[[HeldClaim], None], *, read_only: bool) -> None:
    """Does some work with the claim at hand; nothing but what it wrote is left. Raises BackupError or JobProblem."""
    require_claim(kubectl)
    server = running_server(kubectl)
    name = f"{BACKUP}-copy-{secrets.token_hex(3)}"  # of its own: two people may copy at the same time
    spec = JobSpec(
        name,
        "hold",
        server.image,
        server.pull_policy,
        _SECONDS,
        {"READY": _READY},
        read_only=read_only,
        user=server.user,
    )
    heard: list[str] = []

    def hear(line: str) -> None:
        heard.append(line)
        if line == _READY:
            claim = HeldClaim(*listed(heard), kubectl.exec_command(f"job/{name}"))
            work(claim)
            claim.end()

    JobRunner(kubectl, job(spec), hear).run()
