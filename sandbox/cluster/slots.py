"""The addresses of a cluster, derived from a slot number so that two clusters never look alike."""

from collections.abc import Iterable
from dataclasses import dataclass

from sandbox.errors import SandboxError

SLOTS = 16


@dataclass(frozen=True)
class AddressPlan:
    """IPv4 addresses of the cluster in `slot` (0 to 15). Slot 0 uses the pod and service ranges of k3s."""

    slot: int

    def __post_init__(self) -> None:
        if not 0 <= self.slot < SLOTS:
            raise ValueError(f"slot {self.slot} is not between 0 and {SLOTS - 1}")

    @property
    def node(self) -> str:
        return f"172.31.{255 - self.slot}.1"

    @property
    def node_prefix(self) -> str:
        return f"{self.node}/24"

    @property
    def pods(self) -> str:
        return f"10.{42 + 2 * self.slot}.0.0/24"

    @property
    def services(self) -> str:
        return f"10.{43 + 2 * self.slot}.0.0/16"

    @property
    def api_service(self) -> str:
        """The address of the Service `kubernetes`: the first of the range."""
        return f"10.{43 + 2 * self.slot}.0.1"

    @property
    def dns_service(self) -> str:
        return f"10.{43 + 2 * self.slot}.0.10"

    @property
    def server(self) -> str:
        """The API server's address, as it stands in a kubeconfig."""
        return f"https://{self.node}:6443"


def free_slot(taken: Iterable[int]) -> int:
    """The lowest slot that no other cluster uses."""
    used = set(taken)
    for slot in range(SLOTS):
        if slot not in used:
            return slot
    raise SandboxError(
        f"All {SLOTS} places for a cluster on this machine are taken. Nothing was changed.\n"
        "Take one down first: python3 -m sandbox down --name NAME"
    )
