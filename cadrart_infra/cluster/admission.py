"""Whether the cluster would make a pod, or change an object: asked before anything depends on it; nothing is written.

A LimitRange, a quota, a policy or a webhook may refuse what a Deployment was written with. The Deployment itself is
taken all the same, and its pods are missing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from http import HTTPStatus
from typing import Any

from cadrart_infra.cluster import access
from cadrart_infra.cluster.access import Right
from cadrart_infra.cluster.kinds import DEPLOYMENT, POD, Kind
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.cluster.quantities import amount_if_any

_POD = Right("create", POD.plural)
_DEPLOYMENT = Right("create", DEPLOYMENT.plural, "apps")
_NO_DRY_RUN = "does not support dry run"
"""What the API server says of a webhook that would act on a mere question."""
_QUOTA = re.compile(r"exceeded quota: \S+, requested: (\S+), used: (\S+), limited: (\S+)")


@dataclass(frozen=True)
class Admission:
    """What the cluster says to a write, in its own words: why it is `refused`, or why that is `unknown`."""

    refused: str = ""
    unknown: str = ""


def ask_for_pod(kubectl: Kubectl, pod: Mapping[str, Any]) -> Admission:
    """Whether this pod would be made now; raises ClusterError.

    Who asks is not who makes the pod: a policy that depends on the account may answer otherwise. To an account that may
    only look there is nothing to say: it makes no pods, by no Deployment either.
    """
    error = kubectl.refusal(POD, pod)
    if error is None:
        return Admission()
    if _NO_DRY_RUN in error.said:
        return Admission(unknown=error.said)
    lacking = access.missing_rights(kubectl, [_POD, _DEPLOYMENT]) if error.status == HTTPStatus.FORBIDDEN else []
    if _POD in lacking:
        unasked = Admission(unknown="this account may not create pods, which deploy/rbac/updater.yaml allows")
        return Admission() if _DEPLOYMENT in lacking else unasked
    return Admission(refused=error.said or str(error))


def ask_for_change(kubectl: Kubectl, kind: Kind, name: str, change: Mapping[str, Any]) -> Admission:
    """Whether this would be merged into an object now; raises ClusterError.

    Nothing is said to an account that may change none, nor of an object that is not there: it will be made.
    """
    error = kubectl.refused_change(kind, name, change)
    if error is None or error.status == HTTPStatus.NOT_FOUND:
        return Admission()
    if _NO_DRY_RUN in error.said:
        return Admission(unknown=error.said)
    right = Right("patch", kind.plural)
    if error.status == HTTPStatus.FORBIDDEN and access.missing_rights(kubectl, [right]):
        return Admission()
    return Admission(refused=error.said or str(error))


def pod_of(template: Mapping[str, Any], name: str, replica_set: Mapping[str, Any] | None) -> dict[str, Any]:
    """As the cluster would make it for the Deployment `name`, but for its ReplicaSet, which is made with it.

    That of now (`replica_set`) stands in for it.
    """
    running = (replica_set or {"metadata": {}})["metadata"]
    owner = {key: running[key] for key in ("name", "uid") if key in running}
    metadata = {**template.get("metadata", {}), "generateName": f"{owner.get('name', name)}-"}
    if owner:
        metadata["ownerReferences"] = [{"apiVersion": "apps/v1", "kind": "ReplicaSet", "controller": True, **owner}]
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": template["spec"]}


@dataclass(frozen=True)
class FullQuota:
    """A quota without room for a pod: what that asks for, what is used and how much there may be, each by its name."""

    requested: Mapping[str, Fraction]
    used: Mapping[str, Fraction]
    limited: Mapping[str, Fraction]


def quota_of(said: str) -> FullQuota | None:
    """The quota, if only one refuses the pod with these words; the API server checks quotas last."""
    found = _QUOTA.search(said)
    return FullQuota(*map(_amounts, found.groups())) if found else None


def _amounts(listed: str) -> dict[str, Fraction]:
    """What a quota's sentence lists, e.g. `limits.memory=1Gi,pods=1`."""
    pairs = (pair.partition("=") for pair in listed.split(","))
    return {name: found for name, _, value in pairs if (found := amount_if_any(value)) is not None}
