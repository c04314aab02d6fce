"""The Secret with the values that pods and the database server have now.

The Secrets that people write say what is wanted. A password that differs from the one in use has to be carried to the
server while pods still use the former one, and root can only be changed with the former one. Both are kept here, in a
Secret, and nowhere else; it is written when a change has come to its end.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from cadrart_infra import naming
from cadrart_infra.cluster.kinds import SECRET
from cadrart_infra.cluster.kubectl import Kubectl, Object
from cadrart_infra.cluster.secrets import encoded, plain_values
from cadrart_infra.model import Environment

_SNAPSHOT, _ROOT, _SYNC, _UNFINISHED = "snapshot", "DATABASE_ROOT_PASSWORD", "sync.DATABASE_PASSWORD", "unfinished"


@dataclass(frozen=True)
class ValuesInUse:
    """What the Secret says.

    `snapshots`: name of the Secret that each environment's pods are bound to. `values`: of each environment, by key.
    `unfinished`: a change was begun, so that the server may have two passwords of an account.
    """

    snapshots: Mapping[Environment, str] = field(default_factory=dict)
    values: Mapping[Environment, Mapping[str, str]] = field(default_factory=dict, repr=False)
    root: str = field(default="", repr=False)
    unfinished: bool = False
    recorded: bool = False
    """Whether there is such a Secret."""
    sync: str = field(default="", repr=False)
    """The password of the sync's account; empty where an earlier release wrote the Secret."""

    @classmethod
    def parse(cls, found: Object | None) -> ValuesInUse:
        """From the Secret; an empty one where there is none."""
        data = plain_values(found)
        values = {one: _of(data, one) for one in Environment}
        return cls(
            {one: mine[_SNAPSHOT] for one, mine in values.items() if _SNAPSHOT in mine},
            {one: {key: value for key, value in mine.items() if key != _SNAPSHOT} for one, mine in values.items()},
            data.get(_ROOT, ""),
            bool(data.get(_UNFINISHED)),
            found is not None,
            data.get(_SYNC, ""),
        )

    def data(self) -> dict[str, str]:
        """The Secret's data."""
        snapshots = {_key(one, _SNAPSHOT): name for one, name in self.snapshots.items()}
        values = {_key(one, key): value for one, mine in self.values.items() for key, value in mine.items()}
        passwords = {_ROOT: self.root, _SYNC: self.sync}
        return encoded({**values, **snapshots, **passwords, _UNFINISHED: "yes" if self.unfinished else ""})


def _key(environment: Environment, key: str) -> str:
    return f"{environment}.{key}"


def _of(data: Mapping[str, str], environment: Environment) -> dict[str, str]:
    begins = _key(environment, "")
    return {key.removeprefix(begins): value for key, value in data.items() if key.startswith(begins)}


def read_in_use(kubectl: Kubectl) -> ValuesInUse:
    """What the cluster has; raises ClusterError."""
    return ValuesInUse.parse(kubectl.find(SECRET, naming.IN_USE_SECRET))


def write_in_use(kubectl: Kubectl, in_use: ValuesInUse) -> None:
    """All of it, in the place of what was there; raises ClusterError."""
    if in_use.recorded:
        kubectl.patch(SECRET, naming.IN_USE_SECRET, {"data": in_use.data()})
        return
    metadata = {"name": naming.IN_USE_SECRET, "labels": naming.MADE_BY_PROGRAM}
    kubectl.post(SECRET, {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "data": in_use.data()})


def begin_change(kubectl: Kubectl) -> ValuesInUse:
    """Notes that a change begins, before anything is changed; what is in use is known from then on."""
    in_use = read_in_use(kubectl)
    if in_use.recorded and not in_use.unfinished:
        kubectl.patch(SECRET, naming.IN_USE_SECRET, {"data": encoded({_UNFINISHED: "yes"})})
    return in_use
