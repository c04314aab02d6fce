"""Recreates the server's Deployment if somebody deletes it during an update, and starts it as it ran before."""

from __future__ import annotations

from cadrart_infra.cluster.kinds import POD, Object, labels_of
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.cluster.waiting import look_until
from cadrart_infra.database_server.control import Control
from cadrart_infra.database_server.restart import Restart
from cadrart_infra.database_server.state import SELECTOR, WantedServer, read_server
from cadrart_infra.database_server.template import HASH
from cadrart_infra.drift.provider_write import as_provider_writes
from cadrart_infra.terminal import Say

_ENDED_SECONDS = 90
"""A pod has 60 to end; two servers never run on one volume, whatever their own locks are worth there."""
_PAUSE = 0.5


def recreate_server(kubectl: Kubectl, deployment: Object, ran: Object | None, wanted: WantedServer, say: Say) -> None:
    """Returns when the server answers; raises ServerError or ClusterError.

    `ran`: the template that its pod was made from. A change that waits for a restart goes on waiting: nobody has asked
    for one. A pod that outlived its Deployment is taken over by it and goes on.
    """
    look_until(lambda ending: not ending, lambda: _ending(kubectl), _ENDED_SECONDS, _PAUSE)
    spec = {**deployment["spec"], "template": _unhashed(ran) if ran else deployment["spec"]["template"]}
    manifest, writer = as_provider_writes(deployment, spec)
    kubectl.apply(manifest, manager=writer)
    Restart(Control(kubectl), wanted, say).run()


def _ending(kubectl: Kubectl) -> list[str]:
    """The pods that are deleted with the Deployment; not those that were orphaned."""
    kept = {pod["metadata"]["uid"] for pod in read_server(kubectl).pods}
    pods = kubectl.objects(POD, selector=SELECTOR)
    return [pod["metadata"]["name"] for pod in pods if pod["metadata"]["uid"] not in kept]


def _unhashed(template: Object) -> Object:
    """The template without the label that the cluster adds to a ReplicaSet's."""
    metadata = template["metadata"]
    labels = {key: value for key, value in labels_of(template).items() if key != HASH}
    return {**template, "metadata": {**metadata, "labels": labels}}
