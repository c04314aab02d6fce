"""Dry-run check: whether the cluster would admit replacements of the running pods, e.g. after an eviction.

A LimitRange, a policy or a webhook that came later does not affect running pods, only their replacements.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from cadrart_infra import naming
from cadrart_infra.cluster.admission import ask_for_pod, pod_of, quota_of
from cadrart_infra.cluster.errors import ClusterError
from cadrart_infra.cluster.kinds import Objects
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.cluster.pods import replica_set_of
from cadrart_infra.plan import UpdatePlan


def refused_replacements(plan: UpdatePlan, made: Collection[str], kubectl: Kubectl, objects: Objects) -> Iterator[str]:
    """A line for each refusal, for running pods that this update does not replace.

    `made`: the Deployments whose pods this update makes and checks itself.
    """
    server = plan.live.server.template
    running = {**plan.live.templates, **({naming.DATABASE: server} if server else {})}
    asked = {name: one for name, one in running.items() if name not in made and name not in plan.new_pods}
    with ThreadPoolExecutor(max_workers=8) as pool:
        said = list(pool.map(lambda name: _refusal(kubectl, name, asked[name], objects), asked))
    for refusal in dict.fromkeys(filter(None, said)):
        names = " and ".join(name for name, one in zip(asked, said, strict=True) if one == refusal)
        yield (
            f"The cluster would refuse new pods of {names}: those that run go on, and do not come back when their node "
            "restarts or they are evicted. Correct what refuses them in the namespace (kubectl -n "
            f"{kubectl.namespace} get limitranges,resourcequotas; a policy, a webhook), or the setting. It says: "
            f"{refusal}"
        )


def _refusal(kubectl: Kubectl, name: str, template: Mapping[str, Any], objects: Objects) -> str:
    """The refusal without the pod's name, which differs each time; empty if the pod would be admitted."""
    try:
        said = ask_for_pod(kubectl, pod_of(template, name, replica_set_of(name, objects))).refused
    except ClusterError:
        return ""
    _, is_named, why = said.partition(" is forbidden: ")
    return "" if _has_room_for_one_instead(said) else why if is_named else said


def _has_room_for_one_instead(said: str) -> bool:
    """Whether only a quota refuses it, and has room once the former pod is gone."""
    quota = quota_of(said)
    return quota is not None and all(quota.used.get(name, 0) <= limit for name, limit in quota.limited.items())
