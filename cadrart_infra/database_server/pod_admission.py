"""Whether the pod of a restart would be made and taken, asked and refused while the former one still serves.

A LimitRange, a quota, a policy or a webhook may refuse a pod that the Deployment was written with. Found out by the
restart, that is an outage: the pod before is gone by then, and may be refused as well.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from cadrart_infra import naming
from cadrart_infra.cluster import admission
from cadrart_infra.cluster.admission import Admission, pod_of, quota_of
from cadrart_infra.cluster.errors import ClusterError
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.cluster.quantities import amount_if_any
from cadrart_infra.database_server.errors import ServerError
from cadrart_infra.database_server.state import ServerState
from cadrart_infra.database_server.template import requested_restart, to_take_back
from cadrart_infra.terminal import Say


def ask_for_pod(kubectl: Kubectl, state: ServerState, template: Mapping[str, Any]) -> Admission:
    """Whether a pod of this template would be made once the one that runs has gone; raises ClusterError."""
    said = admission.ask_for_pod(kubectl, pod_of(template, naming.DATABASE, state.running))
    return Admission() if _fits_later(said.refused, state) else said


def require_admitted(admission: Admission, state: ServerState, say: Say) -> None:
    """Raises ServerError if the pod would be refused, before anything is touched."""
    if admission.unknown:
        say(_unknown(admission))
    if admission.refused:
        raise ServerError(_refused(admission, state))


def require_node(placement: Admission, state: ServerState, say: Say) -> None:
    """Raises ServerError if no node would take the pod, before anything is touched."""
    if placement.unknown:
        say(f"database server: whether a node takes its new pod could not be tried: {placement.unknown}")
    if placement.refused:
        raise ServerError(_no_node(placement, state))


def admission_warning(kubectl: Kubectl, state: ServerState, template: Mapping[str, Any]) -> str:
    """A preview's warning that the pod would be refused; empty if it would be admitted."""
    try:
        admission = ask_for_pod(kubectl, state, template)
    except ClusterError as error:
        admission = Admission(unknown=str(error))
    if admission.unknown:
        return _unknown(admission)
    if admission.refused:
        return (
            "database server: as it is now, the cluster would refuse its new pod, and the update would end before the "
            f"restart. It says: {admission.refused}"
        )
    return ""


def _fits_later(said: str, state: ServerState) -> bool:
    """Whether only a quota refuses the pod, and has room once the running one is gone."""
    quota = quota_of(said)
    return quota is not None and all(
        quota.used.get(name, Fraction(0)) - _freed(state, name) + more <= quota.limited.get(name, more)
        for name, more in quota.requested.items()
    )


def _freed(state: ServerState, name: str) -> Fraction:
    """How much of what a quota counts under this name goes with the pods that run."""
    if name in ("pods", "count/pods"):
        return Fraction(len(state.pods))
    kind, _, what = name.rpartition(".")
    return sum((_of(container, kind or "requests", what) for container in _containers(state)), Fraction(0))


def _containers(state: ServerState) -> Iterator[Mapping[str, Any]]:
    for pod in state.pods:
        yield from pod["spec"]["containers"]
        yield from pod["spec"].get("initContainers") or []


def _of(container: Mapping[str, Any], kind: str, what: str) -> Fraction:
    return amount_if_any(str(container.get("resources", {}).get(kind, {}).get(what, ""))) or Fraction(0)


def _unknown(admission: Admission) -> str:
    return f"database server: whether the cluster would make its new pod could not be asked: {admission.unknown}"


def _refused(admission: Admission, state: ServerState) -> str:
    return (
        f"The database server was not restarted, for the cluster would refuse its new pod: {admission.refused}\n"
        f"  {_goes_on(state)} Correct the setting, or what refuses it in the namespace, and run pulumi up again; or "
        f"take the restart back: {_back(state)}"
    )


def _no_node(placement: Admission, state: ServerState) -> str:
    return (
        f"The database server was not restarted, for no node would take its new pod: {placement.refused}\n"
        f"  {_goes_on(state)} Let a node take it (kubectl get nodes; kubectl uncordon NODE), and run pulumi up again; "
        f"or take the restart back: {_back(state)}"
    )


def _goes_on(state: ServerState) -> str:
    return "Production goes on with the pod that runs, untouched." if state.pods else "Nothing was changed."


def _back(state: ServerState) -> str:
    return to_take_back(requested_restart(state.template) if state.template else "")
