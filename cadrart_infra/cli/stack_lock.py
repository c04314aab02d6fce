"""Pulumi's own lock on a stack, as Pulumi describes it to others."""

import re
import socket
from dataclasses import dataclass

from cadrart_infra.engine.process import Engine
from cadrart_infra.user_errors import UserError

_LOCK = re.compile(r"created by (?P<who>\S+)@(?P<host>\S+) \(pid (?P<pid>\d+)\) at (?P<since>\S+)")

_CUT_LOCK = "unexpected end of JSON input"


class LockOfLiveRun(UserError):
    """The run that holds Pulumi's lock is alive; nothing was changed."""


@dataclass(frozen=True)
class StackLock:
    """One lock: of which process on which machine, and since when."""

    who: str
    host: str
    pid: int
    since: str

    @property
    def is_of_this_machine(self) -> bool:
        """Whether its process can be looked at from here."""
        return self.host == socket.gethostname()

    @property
    def lives(self) -> bool:
        """Whether its process is one of this machine, and alive; another program may have its number by now."""
        engine = Engine(self.pid)
        return self.is_of_this_machine and engine.lives and engine.is_pulumi

    @property
    def described(self) -> str:
        """Whose it is, since when, and, where that can be seen from here, whether its process lives."""
        state = (", which lives" if self.lives else ", which is dead") if self.is_of_this_machine else ""
        return f"by process {self.pid} of {self.who} on {self.host}{state}, since {self.since}"


def locks_in(text: str) -> list[StackLock]:
    """The locks that Pulumi names in its refusal; none where it refuses for another reason."""
    return [StackLock(one["who"], one["host"], int(one["pid"]), one["since"]) for one in _LOCK.finditer(text)]


def refusal(said: str) -> str:
    """Pulumi's refusal to open a stack (locked, another passphrase), with the remedy; any other text as it is."""
    if said.strip() == _CUT_LOCK:
        return (
            "Pulumi's lock on this stack is a file that was cut off, as a full disk or a machine that died leaves it. "
            "Make room where Pulumi's state is, and take it away: cadrart recover"
        )
    if "passphrase" in said:
        return (
            f"{said}\nNothing was changed. Give PULUMI_CONFIG_PASSPHRASE, or PULUMI_CONFIG_PASSPHRASE_FILE, that this "
            "stack's state was made with."
        )
    held = "\n".join(f"  {lock.described}" for lock in locks_in(said))
    if not held:
        return said
    return (
        f"Pulumi's lock on this stack is taken:\n{held}\nWait for the end of a run that lives. After one that was "
        "killed: cadrart recover. It looks first, and removes no lock of a run that lives."
    )


def require_dead(locks: list[StackLock]) -> None:
    """Raises LockOfLiveRun where the process of a lock is alive on this machine."""
    for lock in locks:
        if lock.lives:
            raise LockOfLiveRun(
                f"Pulumi's lock on this stack is held by process {lock.pid} of {lock.who} on this machine since "
                f"{lock.since}, which lives; nothing was changed. Wait for its end (it may wait for an answer), or end "
                f"it in order: kill -INT {lock.pid}"
            )
