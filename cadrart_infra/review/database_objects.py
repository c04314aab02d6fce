"""The objects of a review's database server (pure functions); its files are deleted with its pod."""

from __future__ import annotations

from cadrart_infra import naming, workloads
from cadrart_infra.cluster.kinds import CONFIG_MAP, DEPLOYMENT, NETWORK_POLICY, SERVICE, Object
from cadrart_infra.components._env import literal
from cadrart_infra.components.network_policy import only_from
from cadrart_infra.components.server_container import PORT_OPEN, server_container
from cadrart_infra.image_pull import IF_NOT_PRESENT
from cadrart_infra.pod_security import pod_confinement, server_security
from cadrart_infra.review.manifests import manifest, service_spec
from cadrart_infra.review.objects import COLOR, Review, config
from cadrart_infra.server_variables import FILE, file_text

_SIZES = ("_size", "_capacity", "_instances")
"""Variables whose names end so are set for a large server, and left out of a review's."""
_OF_A_REVIEW = "skip-log-bin\ninnodb-flush-log-at-trx-commit = 2\n"
"""Nothing replicates it, and what a crash loses can be copied again."""


def database(review: Review) -> list[Object]:
    """The server, its settings, its Service and its network policy; and the ConfigMap that all pods are bound to."""
    settings = review.settings
    kept = {name: value for name, value in settings.database.settings.items() if not name.endswith(_SIZES)}
    users = [naming.workload_name(spec.name, COLOR) for spec in workloads.SHOP if spec.uses_database]
    clients = [*users, naming.MIGRATION]
    return [
        config(review),
        manifest(CONFIG_MAP, naming.SERVER_SETTINGS, data={FILE: file_text(kept) + _OF_A_REVIEW}),
        manifest(SERVICE, naming.DATABASE, spec=service_spec(naming.DATABASE_LABELS, {"mysql": naming.DATABASE_PORT})),
        manifest(NETWORK_POLICY, naming.DATABASE_CLIENTS, spec=only_from(clients)),
        manifest(DEPLOYMENT, naming.DATABASE, spec=_server(review)),
    ]


def _server(review: Review) -> Object:
    settings = review.settings
    security = server_security(None, settings.database.run_as, new_image=True)
    limits = {"cpu": settings.review.cpu_limit, "memory": settings.review.memory_limit}
    own = literal("MYSQL_DATABASE", settings.database.production)  # this database stays empty
    container = {
        **server_container(settings.database.image, IF_NOT_PRESENT, own, limits, security),
        "startupProbe": {**PORT_OPEN, "periodSeconds": 1, "failureThreshold": 600},
        "volumeMounts": [
            {"name": naming.DATABASE_CLAIM, "mountPath": "/var/lib/mysql", "subPath": "mysql"},
            {"name": naming.SERVER_SETTINGS, "mountPath": "/etc/mysql/conf.d", "readOnly": True},
        ],
    }
    pod = {
        "automountServiceAccountToken": False,
        "terminationGracePeriodSeconds": 1,  # its files are deleted anyway
        "securityContext": pod_confinement(security, owns_files=True)["securityContext"],
        "containers": [container],
        "volumes": [
            {"name": naming.DATABASE_CLAIM, "emptyDir": {}},
            {"name": naming.SERVER_SETTINGS, "configMap": {"name": naming.SERVER_SETTINGS}},
        ],
    }
    return {
        "replicas": 1,
        "strategy": {"type": "Recreate"},
        "revisionHistoryLimit": 0,
        "selector": {"matchLabels": naming.DATABASE_LABELS},
        "template": {"metadata": {"labels": {**naming.DATABASE_LABELS, **naming.NETWORK_LABELS}}, "spec": pod},
    }
