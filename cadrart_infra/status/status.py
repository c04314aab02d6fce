"""The status as one document: what `cadrart status --json` prints, in a shape that stays (docs/operating.md)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from cadrart_infra import naming, workloads
from cadrart_infra.cluster import lease
from cadrart_infra.cluster.kinds import (
    CLAIM,
    CONFIG_MAP,
    DEPLOYMENT,
    INGRESS,
    NETWORK_POLICY,
    POD,
    REPLICA_SET,
    SERVICE,
    Object,
    Objects,
    key_of,
    labels_of,
    name_of,
    object_named,
    of_kind,
)
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.cluster.pods import image_digests, image_of, in_deployment, is_ready, own_container
from cadrart_infra.database_server.state import limits_before
from cadrart_infra.history.entry import Entry, Job
from cadrart_infra.history.history import History, history_of
from cadrart_infra.live import Live, live_of
from cadrart_infra.model import Environment, Workload
from cadrart_infra.promotion.serving import Serving, connected_database, read_serving
from cadrart_infra.settings.environments import IngressSettings
from cadrart_infra.status.drift import find_drift
from cadrart_infra.status.ingress import why_unreached
from cadrart_infra.status.missing_references import missing_secrets
from cadrart_infra.status.proxy_ports import wrong_ports
from cadrart_infra.traffic import proxies, switch_time_proxy

VERSION = 1
"""Version of the document's shape; changes when a field is removed or gets another meaning."""
_ENTRIES = 10
Document = dict[str, Any]


def read_status(kubectl: Kubectl, ingress: IngressSettings | None = None) -> Document:
    """Reads the status from the cluster; raises ClusterError if it does not answer.

    `ingress`: as the settings want it, where they are known.
    """
    objects = kubectl.objects(SERVICE, CONFIG_MAP, CLAIM, DEPLOYMENT, REPLICA_SET, INGRESS, NETWORK_POLICY, POD)
    found = {key_of(item): item for item in objects}
    history, live, servings = history_of(objects), live_of(objects), read_serving(kubectl, [])
    installed = _is_installed(found, history)
    return {
        "version": VERSION,
        "time": kubectl.now().isoformat(),
        "namespace": kubectl.namespace,
        "context": kubectl.context,
        "production": live.production.value if live.production else None,
        "serving": [_serving(one, live) for one in servings],
        "unanswered": list(_unanswered(servings, objects)) if installed else [],
        "unreached": list(why_unreached(found.get(f"ingress/{naming.INGRESS}"), ingress)) if installed else [],
        "wrongPorts": _wrong_ports(found) if installed else [],
        "stagingCopy": _done(history, Job.SYNC),
        "backup": _done(history, Job.BACKUP),
        "lease": _lease(kubectl),
        "boost": list(_boost(objects)),
        "server": _server(objects),
        "drift": find_drift(objects, missing_secrets(kubectl, objects), servings),
        "history": [entry.as_dict() for entry in history.entries[:_ENTRIES]],
    }


def _is_installed(found: Collection[str], history: History) -> bool:
    """Whether production is to answer: no first install has come that far before, and after a destroy none is left."""
    made_last = {f"configmap/{naming.ENVIRONMENT_CONFIG}", *(f"service/{one}" for one in proxies(Environment.PROD))}
    last, destroyed = history.last_update, history.latest.get(Job.DESTROY)
    ended = last and destroyed and destroyed.moment > last.moment
    return bool(made_last & set(found) or (last and not ended))


def _serving(serving: Serving, live: Live) -> Document:
    """The pods of an environment or of the warm standby; `since`: when its proxies were last switched."""
    turned = live.routed.get(switch_time_proxy(serving.environment))
    return {
        "environment": serving.environment.spoken,
        "standby": serving.standby,
        "since": (turned.turned_at or None) if turned and not serving.standby else None,
        "workloads": {name: _workload(name, pods) for name, pods in serving.pods.items()},
    }


def _unanswered(servings: Collection[Serving], objects: Objects) -> Iterator[str]:
    """Services of production that lead to no ready pod: its proxies, and that of its database.

    Pods may count as ready for as long as nothing asks them for what is in the database.
    """
    for serving in servings:
        if serving.environment is Environment.PROD and not serving.standby:
            yield from (naming.proxy_name(name, Environment.PROD) for name, pods in serving.pods.items() if not pods)
    if not _reaches_server(objects):
        yield naming.DATABASE


def _reaches_server(objects: Objects) -> bool:
    """Whether the database's Service is there, and leads to a ready pod of the server."""
    service = object_named(SERVICE, naming.DATABASE, objects)
    selector = (service and service["spec"].get("selector")) or {}
    ready = (pod for pod in _server_pods(objects) if is_ready(pod))
    return bool(selector) and any(selector.items() <= labels_of(pod).items() for pod in ready)


def _wrong_ports(found: Mapping[str, Object]) -> list[Document]:
    """Production's Services of which a port does not lead to the pods."""
    return [{"proxy": name, "problem": problem} for name, problem in wrong_ports(found, Environment.PROD)]


def _workload(name: Workload, pods: Objects) -> Document:
    spec = workloads.spec_of(name)
    containers = [own_container(pod) for pod in pods]
    return {
        "colors": sorted({labels_of(pod).get(naming.COLOR_LABEL, "?") for pod in pods}),
        "images": sorted({container["image"] for container in containers}),
        "digests": sorted(image_digests(pods)),
        "databases": sorted({connected_database(pod, spec) for pod in pods} - {""}),
        "pods": len(pods),
        "oldestPod": min((pod["metadata"]["creationTimestamp"] for pod in pods), default=None),
    }


def _done(history: History, job: Job) -> Document | None:
    """The newest history entry of a job: its result and its actor; None if there is none."""
    entry: Entry | None = history.latest.get(job)
    return None if entry is None else {"began": entry.began, "who": entry.who, **entry.facts}


def _lease(kubectl: Kubectl) -> Document | None:
    holder = lease.who_holds(kubectl)
    if holder is None:
        return None
    times = {"since": holder.since.isoformat(), "renewed": holder.renewed.isoformat()}
    return {"who": holder.who, "doing": holder.doing, **times}


def _server(objects: Objects) -> Document:
    """The database server's image by name and by digest, which never changes its content."""
    pods = _server_pods(objects)
    return {"images": sorted({image_of(pod) for pod in pods}), "digests": sorted(image_digests(pods))}


def _server_pods(objects: Objects) -> list[Object]:
    return in_deployment(naming.DATABASE, of_kind(POD, objects))


def _boost(objects: Objects) -> Iterator[Document]:
    """Pods of the database server with raised limits, for something that runs or was cut off."""
    for pod in of_kind(POD, objects):
        if before := limits_before(pod):
            yield {"pod": name_of(pod), "limitsBefore": dict(before)}
