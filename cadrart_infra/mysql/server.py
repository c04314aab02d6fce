"""A database server: where it answers, and what it is. Nothing here connects, so that it costs no driver to know it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from cadrart_infra.mysql.errors import ServerTooOld
from cadrart_infra.mysql.processor import ReadProcessor, not_known
from cadrart_infra.mysql.tls import Tls

FreeBytes = Callable[[], int | None]


@dataclass(frozen=True)
class Endpoint:
    """Where the server answers, and an account on it.

    `free_bytes` returns how much room the file system of its data has, None where nobody knows: no server says it.
    `processor` likewise returns how much processor time it had, and its limit.
    `tls`: what its certificate has to be; None: TLS where the server offers it, its certificate not looked at, for a
    way to it that is safe by itself.
    """

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    free_bytes: FreeBytes = not_known
    tls: Tls | None = None
    processor: ReadProcessor = not_known


@dataclass(frozen=True)
class Server:
    """Product and version, as far as they make a difference."""

    is_mariadb: bool
    version: tuple[int, int, int]

    @classmethod
    def parse(cls, text: str) -> Server:
        """From what `SELECT VERSION()` answers."""
        digits = text.removeprefix("5.5.5-").split("-")[0].split(".")
        major, minor, patch = (int(part) for part in [*digits, "0", "0"][:3])
        return cls("mariadb" in text.lower(), (major, minor, patch))

    def __str__(self) -> str:
        return f"{'MariaDB' if self.is_mariadb else 'MySQL'} {'.'.join(map(str, self.version))}"

    def require_supported(self) -> None:
        """Raises ServerTooOld for versions on which this program was never shown to work."""
        oldest = (10, 11, 0) if self.is_mariadb else (8, 0, 20)
        if self.version < oldest:
            wanted = "MariaDB 10.11" if self.is_mariadb else "MySQL 8.0.20"
            raise ServerTooOld(f"it is {self}, and {wanted} or later is needed")
