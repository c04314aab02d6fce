"""Checks that the stack updates the cluster, namespace and database that it belongs to, before anything else."""

import pulumi

from cadrart_infra.cluster import identity
from cadrart_infra.cluster.identity import Identity
from cadrart_infra.cluster.kinds import CONFIG_MAP, Object
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.drift.field_managers import kubectl_managers
from cadrart_infra.dynamic import outputs_of
from cadrart_infra.engine.state import Resources
from cadrart_infra.model import Environment
from cadrart_infra.naming import IDENTITY, config_name
from cadrart_infra.settings import Settings

_NAMESPACE, _CONFIG_MAP = "kubernetes:core/v1:Namespace", "kubernetes:core/v1:ConfigMap"
_LEASE = "pulumi-python:dynamic/cadrart:UpdateLease"


def require_right_place(settings: Settings, kubectl: Kubectl, recorded: Identity | None) -> Identity:
    """The identity of the shop that is about to be updated; raises identity.WrongPlace, in a preview too.

    `recorded`: what Pulumi's state has.
    """
    stack = f"{pulumi.get_project()}/{pulumi.get_stack()}"
    here = identity.found(kubectl, stack, settings.database.production)
    claimed = owner_by_record(kubectl.find(CONFIG_MAP, IDENTITY), here, recorded)
    identity.require_same(here, recorded, claimed, settings.move_to)
    if claimed and recorded is None:
        pulumi.log.warn(_taken_over(here))
    return identity.completed(here, claimed, recorded)


def _taken_over(here: Identity) -> str:
    return (
        f"The namespace {here.namespace} has the shop of this stack (ConfigMap {IDENTITY}), and Pulumi's state knows "
        "nothing of it. It is taken over: what is as the settings say stays untouched. If its state was not lost but "
        "is elsewhere (pulumi whoami --verbose says where this one is), go on there instead: pulumi login URL. With a "
        "shop in two states, the one that is not used grows old, and pulumi destroy of either deletes production."
    )


def is_installed(here: Identity, recorded: Identity | None) -> bool:
    """Whether the state has a whole shop with its data in this namespace, also in one that was deleted here since.

    `recorded`: what the state has.
    """
    if recorded is None or (recorded.stack, recorded.namespace, recorded.database) != (
        here.stack,
        here.namespace,
        here.database,
    ):
        return False
    return recorded.namespace_uid == here.namespace_uid or recorded.cluster == here.cluster != ""


def owner_by_record(record: Object | None, here: Identity, recorded: Identity | None) -> Identity | None:
    """Whose shop the namespace holds by its record; None where that says nothing.

    Where the state is of this very place, a record that somebody edited with kubectl is an edited object as every other
    one: the update puts it right.
    """
    is_ours = recorded is not None and (recorded.stack, recorded.namespace_uid) == (here.stack, here.namespace_uid)
    if record is not None and is_ours and kubectl_managers(record):
        return None
    return identity.claim_in(record)


def identity_in(resources: Resources) -> Identity | None:
    """The identity in the state's resources, by their URNs; None where there is no shop among them.

    Releases before the identity was recorded kept the namespace and the environments' ConfigMaps all the same. A
    refresh takes out of the state what was deleted in the cluster, but not what the Lease of an update recorded. The
    engine takes a namespace that exists by its name, and keeps the UID of one that was deleted and made again.
    """
    found = {urn.rpartition("::")[2]: each["outputs"] for urn, each in resources.items() if each["type"] == _NAMESPACE}
    recorded = outputs_of(resources.values(), _LEASE) or {}
    if not (namespace := found.get("namespace", {}).get("metadata")):
        return Identity.of(recorded) if recorded.get("namespaceUid") else None
    uid = recorded.get("namespaceUid") if recorded.get("namespace") == namespace["name"] else ""
    return Identity(
        stack=str(recorded.get("stack") or ""),
        cluster=str(recorded.get("clusterUid") or ""),
        namespace=str(namespace["name"]),
        namespace_uid=str(uid or namespace.get("uid") or ""),
        database=_database(resources),
    )


def _database(resources: Resources) -> str:
    """Production's database, as the ConfigMap says that its pods are bound to."""
    name = config_name(Environment.PROD)
    for urn, each in resources.items():
        if each["type"] == _CONFIG_MAP and urn.endswith(f"::{name}"):
            return str((each["outputs"].get("data") or {}).get("DATABASE_DATABASE") or "")
    return ""
