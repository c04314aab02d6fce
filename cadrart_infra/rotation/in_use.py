"""The Secret that records which values pods and the database server use now.

The Secrets that people write say what is wanted. A password that differs from the one in use has to be carried to the
server while pods still use the former one, and root can only be changed with the former one. Both are kept here, in a
Secret, and nowhere else; it is written when a change has come to its end.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from cadrart_infra import naming
from cadrart_infra.cluster.kinds import POD, SECRET, Object
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.cluster.pods import is_ready
from cadrart_infra.cluster.secrets import encoded, plain_values, snapshot_of
from cadrart_infra.model import Environment
from cadrart_infra.naming import PASSWORD_KEY
from cadrart_infra.user_errors import UserError

_SNAPSHOT, _UNFINISHED, _CARRIED = "snapshot", "unfinished", "carried"
_ROOT, _SYNC = naming.ROOT_PASSWORD_KEY, f"sync.{PASSWORD_KEY}"


class TwoValues(UserError):
    """Pods have two values of a password that was changed again; nothing was changed."""


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
    carried: Mapping[Environment, str] = field(default_factory=dict, repr=False)
    """While `unfinished`: the password of each environment's account that the server was given besides the former one,
    and that pods may have; empty where an earlier release began the change."""
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
            {one: password for one in Environment if (password := data.get(f"{_CARRIED}.{one}"))},
            data.get(_SYNC, ""),
        )

    def data(self) -> dict[str, str]:
        """The data of the Secret that keeps these values."""
        snapshots = {_key(one, _SNAPSHOT): name for one, name in self.snapshots.items()}
        values = {_key(one, key): value for one, mine in self.values.items() for key, value in mine.items()}
        carried = {f"{_CARRIED}.{one}": self.carried.get(one, "") for one in Environment}
        passwords = {_ROOT: self.root, _SYNC: self.sync, **carried}
        return encoded({**values, **snapshots, **passwords, _UNFINISHED: "yes" if self.unfinished else ""})


def _key(environment: Environment, key: str) -> str:
    return f"{environment}.{key}"


def _of(data: Mapping[str, str], environment: Environment) -> dict[str, str]:
    begins = _key(environment, "")
    return {key.removeprefix(begins): value for key, value in data.items() if key.startswith(begins)}


def remake_command(namespace: str, secret: str, keys: Iterable[str]) -> str:
    """What makes one of production's Secrets again with the values that are in use; shows none of them."""
    data = ",".join(f'"{key}":"{{{{index .data "{_noted_as(key)}"}}}}"' for key in keys)
    kubectl, metadata = f"kubectl -n {namespace}", f'"metadata":{{"name":"{secret}"}}'
    template = f'{{"apiVersion":"v1","kind":"Secret",{metadata},"data":{{{data}}}}}'
    return f"{kubectl} get secret {naming.IN_USE_SECRET} -o go-template='{template}' | {kubectl} create -f -"


def _noted_as(key: str) -> str:
    return key if key == _ROOT else _key(Environment.PROD, key)


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


def note_root(kubectl: Kubectl, password: str) -> None:
    """Notes root's password alone, where there is such a Secret; raises ClusterError."""
    kubectl.patch(SECRET, naming.IN_USE_SECRET, {"data": encoded({_ROOT: password})})


def begin_change(kubectl: Kubectl, wanted: Mapping[Environment, str]) -> ValuesInUse:
    """Notes that a change to these passwords of the environments' accounts begins, before anything is changed.

    What is in use is known from then on: where an update was cut off in an earlier change, what the pods have by now.
    Raises TwoValues where they have both.
    """
    in_use = read_in_use(kubectl)
    if not in_use.recorded:
        return in_use
    for one, password in wanted.items():
        carried = in_use.carried.get(one)
        if carried and password not in (carried, in_use.values[one].get(PASSWORD_KEY)):
            in_use = _overtaken(kubectl, in_use, one)
    write_in_use(kubectl, replace(in_use, unfinished=True, carried=wanted))
    return in_use


def _overtaken(kubectl: Kubectl, in_use: ValuesInUse, environment: Environment) -> ValuesInUse:
    """What is in use where a value was changed again before pods and server were through with the change before."""
    pods = filter(is_ready, kubectl.objects(POD, selector=f"{naming.ENVIRONMENT_LABEL}={environment.value}"))
    having = {pod["metadata"]["name"]: name for pod in pods if (name := snapshot_of(pod["spec"]))}
    if len(set(having.values())) > 1:
        raise TwoValues(
            f"{PASSWORD_KEY} of the {environment.spoken} account was changed again while pods have two values of it "
            f"({', '.join(sorted(having))}), and the server knows two passwords at most. Nothing was changed. Wait "
            f"until one of them has ended (kubectl -n {kubectl.namespace} get pods), or put the value before back into "
            "the Secret, and run pulumi up again."
        )
    newer = set(having.values()) - {in_use.snapshots.get(environment)}
    if not newer:
        return in_use
    values = {**in_use.values, environment: {**in_use.values[environment], PASSWORD_KEY: in_use.carried[environment]}}
    return replace(in_use, values=values, snapshots={**in_use.snapshots, environment: newer.pop()})
