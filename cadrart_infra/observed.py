"""What is read of the cluster before anything is declared, once; the rest of the program only looks at it.

The engine takes an unreachable cluster for an empty one in a preview; here it is an error.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Any

from cadrart_infra import naming
from cadrart_infra.cluster import secrets
from cadrart_infra.cluster.errors import ApiError, ClusterError
from cadrart_infra.cluster.kinds import (
    CLAIM,
    CONFIG_MAP,
    DEPLOYMENT,
    DISRUPTION_BUDGET,
    INGRESS,
    NETWORK_POLICY,
    POD,
    REPLICA_SET,
    SERVICE,
)
from cadrart_infra.cluster.kubectl import Kubectl, Object

_SECONDS = 10
"""For each answer of the cluster."""
_KINDS = (
    SERVICE,
    CONFIG_MAP,
    DEPLOYMENT,
    REPLICA_SET,
    POD,
    CLAIM,
    INGRESS,
    NETWORK_POLICY,
    DISRUPTION_BUDGET,
)


class Unreachable(ClusterError):
    """The cluster does not answer."""


@dataclass(frozen=True)
class Observed:
    """The namespace and what of it matters to an update; values of Secrets are not kept, but for an account's name."""

    namespace: Object | None
    """None where it does not exist."""
    objects: Sequence[Mapping[str, Any]]
    """Everything in the namespace that is of a kind which the program declares, and the Deployments' ReplicaSets and
    pods."""
    secret_keys: Mapping[str, frozenset[str]]
    """The keys of those Secrets that were asked for and exist, by the Secret's name."""
    hidden_secrets: frozenset[str]
    """Names of those that were asked for and may not be read: in the preview of whoever may only look."""
    production_user: str
    """DATABASE_USER of the shop's Secret; empty where it has none, or may not be read."""


def require_answer(kubectl: Kubectl) -> None:
    """Raises Unreachable where the cluster does not answer: everything else would be read as missing."""
    try:
        kubectl.ask("/readyz", _SECONDS)
    except ClusterError as error:
        raise Unreachable(
            f"The cluster does not answer; nothing was changed. It was asked for /readyz: {error}\n"
            "  Check KUBECONFIG and kubernetes.context with: kubectl get --raw /readyz"
        ) from None


def observe(kubectl: Kubectl, secret_names: Sequence[str]) -> Observed:
    """What the cluster has now; raises ClusterError where it refuses."""
    with ThreadPoolExecutor(max_workers=8) as pool:
        namespace = pool.submit(kubectl.find_namespace, _SECONDS)
        objects = [pool.submit(partial(kubectl.objects, kind, timeout=_SECONDS)) for kind in _KINDS]
        keys = {name: pool.submit(secrets.keys, kubectl, name, _SECONDS) for name in secret_names}
        user = pool.submit(secrets.user, kubectl, naming.APP_SECRET, _SECONDS)
    hidden = frozenset(name for name, one in keys.items() if _is_forbidden(one))
    return Observed(
        namespace.result(),
        [item for one in objects for item in one.result()],
        {name: found for name, one in keys.items() if name not in hidden and (found := one.result()) is not None},
        hidden,
        "" if _is_forbidden(user) else user.result(),
    )


def _is_forbidden(asked: Future[Any]) -> bool:
    error = asked.exception()
    return isinstance(error, ApiError) and error.status == HTTPStatus.FORBIDDEN
