"""Which shop this is: the cluster, the namespace, the stack and the database, each by what cannot be mistaken.

Names are not enough: another cluster may have a namespace of the same name, and a setting may have a typo.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace

from cadrart_infra.cluster.errors import ApiError
from cadrart_infra.cluster.kinds import CONFIG_MAP, Object
from cadrart_infra.cluster.kubectl import Kubectl, document_of
from cadrart_infra.naming import IDENTITY
from cadrart_infra.user_errors import UserError

_CLUSTER = "/api/v1/namespaces/kube-system"
"""The namespace that every cluster has, and whose UID is therefore the cluster's."""


class WrongPlace(UserError):
    """What the settings and the kubeconfig lead to is not what the stack was made for; nothing was touched."""


@dataclass(frozen=True)
class Identity:
    """The cluster, namespace, stack and database of a shop. A UID is empty if it could not be read or recorded."""

    stack: str
    """Project and stack, e.g. `cadrart-infra/prod`."""
    cluster: str
    namespace: str
    namespace_uid: str
    database: str
    """Name of production's database."""

    @classmethod
    def of(cls, record: Mapping[str, object]) -> Identity:
        """The identity in a record (see `record`); what is missing is empty."""
        return cls(**{name: str(record.get(key) or "") for key, name in _KEYS.items()})

    def record(self) -> dict[str, str]:
        """The identity as a ConfigMap and the stack's outputs have it."""
        values = asdict(self)
        return {key: values[name] for key, name in _KEYS.items()}

    @property
    def word(self) -> str:
        """What the setting `moveTo` has to be, so that a stack may move here."""
        return f"{self.namespace_uid}/{self.database}"


_KEYS = {
    "stack": "stack",
    "clusterUid": "cluster",
    "namespace": "namespace",
    "namespaceUid": "namespace_uid",
    "database": "database",
}


def found(kubectl: Kubectl, stack: str, database: str) -> Identity:
    """Where the settings and the kubeconfig lead to; raises ClusterError."""
    namespace = kubectl.find_namespace()
    uid = str(namespace["metadata"]["uid"]) if namespace else ""
    return Identity(stack, _cluster_uid(kubectl), kubectl.namespace, uid, database)


def claimed(kubectl: Kubectl) -> Identity | None:
    """Whose shop the namespace holds by its own record; None before the first update that records it."""
    return claim_in(kubectl.find(CONFIG_MAP, IDENTITY))


def claim_in(record: Object | None) -> Identity | None:
    """Whose shop a namespace holds by this record; None for one that somebody emptied, as for none at all."""
    claim = Identity.of((record or {}).get("data") or {})
    return claim if claim.stack else None


def completed(here: Identity, *records: Identity | None) -> Identity:
    """The identity with the recorded UID of the cluster, if this account may not read it.

    Two accounts that update in turn would otherwise write it and take it away. A namespace of the same UID is in the
    same cluster.
    """
    if here.cluster or not here.namespace_uid:
        return here
    same = (one for one in records if one and one.namespace_uid == here.namespace_uid and one.cluster)
    known = next(same, None)
    return replace(here, cluster=known.cluster) if known else here


def require_same(here: Identity, recorded: Identity | None, claimed: Identity | None, moves_to: str) -> None:
    """Raises WrongPlace unless what the state (`recorded`) and the namespace (`claimed`) say is `here`.

    `moves_to` is the setting `moveTo`: the word of a place to which the stack may move.
    """
    problems = [*(_moved(here, recorded) if recorded else ()), *(_taken(here, recorded, claimed) if claimed else ())]
    if problems and moves_to != here.word:
        lines = "\n".join(f"  {problem}" for problem in dict.fromkeys(problems))
        raise WrongPlace(
            f"This is not the place that the stack {here.stack} was made for; nothing was changed.\n{lines}\n"
            "  For another shop beside this one make a stack of its own: cadrart new-stack NAME. To move this stack on "
            f"purpose, with what docs/adoption.md says: pulumi config set moveTo {here.word}"
        )


def require_same_place(here: Identity, recorded: Identity) -> None:
    """Raises WrongPlace unless the cluster and the namespace are those that were recorded."""
    if problems := list(_moved(here, recorded)):
        lines = "\n".join(f"  {problem}" for problem in problems)
        raise WrongPlace(
            f"This is not the place that the stack {recorded.stack} was made for; nothing was deleted.\n{lines}"
        )


def require_own_stack(recorded: Identity, stack: str) -> None:
    """Raises WrongPlace if this stack would destroy what is recorded as another stack's.

    Its resources were moved to it in Pulumi's state alone, or it was renamed; `stack` is empty where it is not known.
    """
    own = recorded.stack.rpartition("/")[2]
    if own and stack and own != stack:
        raise WrongPlace(
            f"The stack {stack} has the shop of the stack {own} in its state, production in the namespace "
            f"{recorded.namespace} with it; nothing was deleted. It was renamed, or resources were moved to it (pulumi "
            f"state move).\n  To give them back: pulumi state move --source {stack} --dest {own} URN…\n"
            f"  To delete the shop as the stack {stack}, make it its own before: pulumi up --stack {stack}"
        )


def _moved(here: Identity, recorded: Identity) -> Iterator[str]:
    if recorded.namespace and recorded.namespace != here.namespace:
        yield (
            f"namespace is {json.dumps(here.namespace)}, but the stack's shop is in the namespace "
            f"{recorded.namespace}, and production there would be deleted. "
            f"Set it back: pulumi config set namespace {recorded.namespace}"
        )
    elif recorded.cluster and here.cluster and recorded.cluster != here.cluster:
        yield (
            f"The kubeconfig leads to the cluster {here.cluster}, and the stack's shop is in the cluster "
            f"{recorded.cluster} (UIDs of kube-system). Check KUBECONFIG and kubernetes.context."
        )
    elif recorded.namespace_uid and here.namespace_uid and recorded.namespace_uid != here.namespace_uid:
        yield (
            f"The namespace {here.namespace} has the UID {here.namespace_uid}, and the stack's shop is in a namespace "
            f"with the UID {recorded.namespace_uid}: it was deleted and made again, or this is another cluster. Check "
            "KUBECONFIG and kubernetes.context."
        )
    yield from _other_database(here, recorded)


def _taken(here: Identity, recorded: Identity | None, claimed: Identity) -> Iterator[str]:
    renamed = recorded is not None and recorded.stack == claimed.stack
    if claimed.stack != here.stack and not renamed:
        yield (
            f"The namespace {here.namespace} holds the shop of the stack {claimed.stack} (ConfigMap {IDENTITY}), and "
            f"this is the stack {here.stack}. Check the stack: pulumi stack select"
        )
    yield from _other_database(here, claimed)


def _other_database(here: Identity, recorded: Identity) -> Iterator[str]:
    if recorded.database and recorded.database != here.database:
        yield (
            f"database.production is {json.dumps(here.database)}, but production's database is {recorded.database}; "
            "an empty one would take its place. Set it back: "
            f"pulumi config set --path database.production {recorded.database}"
        )


def _cluster_uid(kubectl: Kubectl) -> str:
    try:
        return str(document_of(kubectl.ask(_CLUSTER))["metadata"]["uid"])
    except ApiError:
        return ""  # whoever may work in one namespace alone does not see it
