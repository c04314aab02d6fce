"""Whether a node would take the pod of a restart, tried by a pod that does nothing, while the former one still serves.

The cluster makes a pod also where no node takes it: they are cordoned, or short of disk, or the one with its volume is
gone. Found out by the restart, that is an outage, for the pod before is not taken again either.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cadrart_infra import naming
from cadrart_infra.cluster.admission import Admission
from cadrart_infra.cluster.brief_jobs import (
    brief_container,
    brief_job,
    is_scheduled,
    pod_of_brief_job,
    why_not_scheduled,
)
from cadrart_infra.cluster.errors import ClusterError
from cadrart_infra.cluster.kinds import Object
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.cluster.pods import image_of
from cadrart_infra.cluster.waiting import look_until
from cadrart_infra.database_server.state import ServerState
from cadrart_infra.pod_security import security_of

_TIME_LIMIT = 60
_SECONDS = 8
"""A busy cluster takes some of them to make a pod, and a node that was away for a moment to come back."""
_PAUSE = 0.3
_NOTHING: Mapping[str, str] = {"cpu": "0", "memory": "0"}
_WHERE = ("nodeSelector", "tolerations", "schedulerName")
"""What says where a pod may stand; the program declares none of it for the server."""
_THE_FORMER_POD_IS_IN_THE_WAY = ("Too many pods", "ReadWriteOncePod")


def ask_for_node(kubectl: Kubectl, state: ServerState, template: Mapping[str, Any]) -> Admission:
    """Whether a node takes a pod with the volumes of this template, and why not, in the cluster's words."""
    try:
        with pod_of_brief_job(kubectl, _job(state, template)) as look:
            pod = look_until(is_scheduled, look, _SECONDS, _PAUSE)
    except ClusterError as error:
        return Admission(unknown=str(error))
    if is_scheduled(pod):
        return Admission()
    why = why_not_scheduled(pod)
    is_known = pod is not None and not any(words in why for words in _THE_FORMER_POD_IS_IN_THE_WAY)
    return Admission(refused=why) if is_known else Admission(unknown=why)


def _job(state: ServerState, template: Mapping[str, Any]) -> Object:
    """Its image is one that the node has. It asks for no room: what the server has becomes free with the former pod.

    Who lets that pod stand where others may not, such as a webhook that adds tolerations, need not know this one.
    """
    runs = state.template or template
    container = brief_container(naming.DATABASE, image_of(runs), "IfNotPresent", security_of(runs).user, _NOTHING)
    claims = [one for one in template["spec"].get("volumes") or [] if "persistentVolumeClaim" in one]
    where = {key: value for pod in state.pods[:1] for key, value in pod["spec"].items() if key in _WHERE}
    return brief_job(naming.NODE_CHECK, [container], _TIME_LIMIT, {**where, "volumes": claims})
