"""Reads the cluster once, before anything is declared; the rest of the program uses what was read.

The engine takes an unreachable cluster for an empty one in a preview; here it is an error.
"""

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from typing import Any

from cadrart_infra import naming
from cadrart_infra.cluster import secrets
from cadrart_infra.cluster.commands import NoKubectl
from cadrart_infra.cluster.errors import ApiError, ClusterError
from cadrart_infra.cluster.kinds import CONFIG_MAP, DECLARED, POD, REPLICA_SET, SECRET, Object, Objects, of_kind
from cadrart_infra.cluster.kubectl import Kubectl, document_of
from cadrart_infra.cluster.offers import UNKNOWN, Offered, read_ingress_classes, read_storage_classes
from cadrart_infra.model import Environment
from cadrart_infra.rotation.wanted import READ, WantedSecrets, wanted_secrets

_SECONDS = 10
"""For each answer of the cluster."""
_KINDS = (*DECLARED, REPLICA_SET, POD)


_NO_CONFIG = "127.0.0.1:8080"
"""Where kubectl looks for a cluster that no kubeconfig names."""


class Unreachable(ClusterError):
    """The cluster does not answer."""


@dataclass(frozen=True)
class Observed:
    """What was read. Of the Secrets no value is kept, except an account's name."""

    namespace: Object | None
    """None where it does not exist."""
    objects: Objects
    """Everything in the namespace that is of a kind which the program declares, and the Deployments' ReplicaSets and
    pods."""
    secret_keys: Mapping[str, frozenset[str]]
    """The keys of those Secrets that were asked for and exist, by the Secret's name; none without a value."""
    unfit_keys: Mapping[str, Mapping[str, str]]
    """Of the same Secrets, what is wrong with a value, as the end of a sentence, by its key."""
    hidden_secrets: frozenset[str]
    """Names of those that were asked for and may not be read: in the preview of whoever may only look."""
    users: Mapping[str, str]
    """DATABASE_USER of each Secret that has one and may be read, by the Secret's name."""
    secrets: WantedSecrets
    """What the Secrets want; where they may not be read, what the pods have."""
    ingress_classes: Offered = UNKNOWN
    storage_classes: Offered = UNKNOWN
    """Those that the cluster has; an account with the Role of one namespace may not list them."""
    secret_owners: Sequence[Object] = ()
    """Those Secrets that have owners, with nothing of what is in them."""
    read_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    """By the API server's clock, which everybody who updates shares; by this machine's where it does not say."""


def require_answer(kubectl: Kubectl) -> None:
    """Raises Unreachable where the cluster does not answer: everything else would be read as missing."""
    try:
        answer = kubectl.ask("/readyz", _SECONDS)
        if answer.strip() != "ok":
            document_of(answer)  # which a portal's page is not
    except NoKubectl as error:
        raise Unreachable(f"The cluster was not asked; nothing was changed. {error}") from None
    except ClusterError as error:
        place = os.environ.get("KUBECONFIG") or "~/.kube/config"
        nowhere = f". kubectl finds no cluster in its kubeconfig, {place}" if _NO_CONFIG in str(error) else ""
        if isinstance(error, ApiError) and error.status == HTTPStatus.UNAUTHORIZED:
            raise Unreachable(
                f"The cluster does not let this account in; nothing was changed. It was asked for /readyz: {error}\n"
                f"  Get new credentials into the file of KUBECONFIG ({place}), and see who you are: kubectl auth whoami"
            ) from None
        raise Unreachable(
            f"The cluster does not answer; nothing was changed. It was asked for /readyz: {error}{nowhere}\n"
            "  Check KUBECONFIG and kubernetes.context with: kubectl get --raw /readyz"
        ) from None


def observe(kubectl: Kubectl, secret_names: Sequence[str]) -> Observed:
    """What the cluster has now; raises ClusterError where it refuses."""
    names = dict.fromkeys([*secret_names, *READ])
    with ThreadPoolExecutor(max_workers=8) as pool:
        namespace = pool.submit(kubectl.find_namespace, _SECONDS)
        classes = pool.submit(read_ingress_classes, kubectl)
        storage = pool.submit(read_storage_classes, kubectl)
        now = pool.submit(_time_there, kubectl)
        objects = [pool.submit(partial(kubectl.objects, kind, timeout=_SECONDS)) for kind in _KINDS]
        asked = {name: pool.submit(partial(kubectl.find, SECRET, name, _SECONDS)) for name in names}
    items = [item for one in objects for item in one.result()]
    hidden = frozenset(name for name, one in asked.items() if _is_forbidden(one))
    found = {name: one.result() for name, one in asked.items() if name not in hidden}
    checked = {*secret_names, *naming.GENERATED_SECRETS}
    values = {name: secrets.plain_values(one) for name, one in found.items() if one is not None and name in checked}
    return Observed(
        namespace=namespace.result(),
        objects=items,
        secret_keys={name: frozenset(filter(one.get, one)) for name, one in values.items()},
        unfit_keys={name: secrets.unfit(one) for name, one in values.items()},
        hidden_secrets=hidden & set(secret_names),
        users={name: one[naming.USER_KEY] for name, one in values.items() if one.get(naming.USER_KEY)},
        secrets=_in_the_pods(items) if hidden & set(READ) else _wanted(kubectl, found),
        ingress_classes=classes.result(),
        storage_classes=storage.result(),
        secret_owners=[_owned(one) for one in found.values() if one and _has_owners(one)],
        read_at=now.result(),
    )


def _has_owners(item: Object) -> bool:
    return bool(item.get("metadata", {}).get("ownerReferences"))


def _owned(secret: Object) -> Object:
    """Its annotations may have its values, as `kubectl apply` writes them."""
    kept = ("name", "namespace", "ownerReferences")
    return {"kind": SECRET.name, "metadata": {key: secret["metadata"][key] for key in kept}}


def _time_there(kubectl: Kubectl) -> datetime:
    try:
        return kubectl.now(_SECONDS)
    except ClusterError:
        return datetime.now(UTC)


def _wanted(kubectl: Kubectl, found: Mapping[str, Object | None]) -> WantedSecrets:
    """What the Secrets want, and which snapshots are gone that were made."""
    wanted = wanted_secrets(found)
    if not wanted.recorded:
        return wanted
    names = wanted.snapshots.items()
    gone = {one for one, name in names if not wanted.changed[one] and secrets.is_missing(kubectl, name)}
    return replace(wanted, without_snapshot=frozenset(gone))


def _in_the_pods(items: Objects) -> WantedSecrets:
    """For whoever may not read Secrets: the newest snapshot of each environment stays."""
    records = [one["metadata"] for one in of_kind(CONFIG_MAP, items)]
    newest_last = sorted(records, key=lambda one: str(one.get("creationTimestamp", "")))
    names = {
        environment: one["name"]
        for one in newest_last
        for environment in Environment
        if one["name"].startswith(naming.secrets_snapshot(environment, ""))
    }
    return WantedSecrets(snapshots={one: names.get(one, naming.secrets_snapshot(one, "new")) for one in Environment})


def _is_forbidden(asked: Future[Any]) -> bool:
    error = asked.exception()
    return isinstance(error, ApiError) and error.status == HTTPStatus.FORBIDDEN
