"""The database server with its init scripts."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from cadrart_infra import naming
from cadrart_infra.cluster.kinds import CONFIG_MAP, DEPLOYMENT, SERVICE
from cadrart_infra.cluster.manifests import service_ports
from cadrart_infra.components._env import from_config
from cadrart_infra.components._metadata import SKIP_AWAIT, WRITTEN_IS_READY, metadata
from cadrart_infra.components.kubernetes_object import KubernetesObject, Manifest
from cadrart_infra.components.server_container import PORT_OPEN, server_container
from cadrart_infra.database_server.boost import Boost
from cadrart_infra.database_server.resource import DatabaseServer, DatabaseServerArgs
from cadrart_infra.database_server.state import ServerState, WantedServer
from cadrart_infra.image_pull import ALWAYS
from cadrart_infra.pod_security import PodSecurity, pod_confinement
from cadrart_infra.server_variables import FILE, Variables

_KEPT_ALWAYS = {"ateliercadrart.com/pull-policy": "Always, as the server ran before; IfNotPresent with its next image"}
"""On the Deployment alone, not on its pods, which an annotation of theirs would restart."""


@dataclass(frozen=True)
class BeforeRestart:
    """What runs before a restart of the server: `hooks`, after the resources `after`; `said` announces it."""

    said: str = ""
    hooks: pulumi.ResourceHookBinding | None = None
    after: Sequence[pulumi.Resource] = ()


@dataclass(frozen=True, kw_only=True)
class DatabaseArgs:
    """The server's image, the script that it runs once, on an empty volume, and when it restarts."""

    namespace: pulumi.Input[str]
    context: str
    """The kubeconfig's context, empty for its current one."""
    image: pulumi.Input[str]
    pull_policy: str
    security: PodSecurity
    cpu_limit: pulumi.Input[str]
    memory_limit: pulumi.Input[str]
    init_script: pulumi.Input[str]
    production_config: pulumi.Input[str]
    """Name of the ConfigMap whose DATABASE_DATABASE is the server's default database."""
    claim: pulumi.Input[str]
    state: ServerState
    """The server as it runs now."""
    restart: str
    """Any new value asks for a restart."""
    restart_timeout: int
    """Seconds without an answer after which a restart is taken back."""
    settings: Variables
    boost: Boost
    before_restart: BeforeRestart


class Database(pulumi.ComponentResource):
    """Deployment and Service `db`, and the server that runs for them.

    One replica on one claim: a new pod means that production is down meanwhile. So the Deployment is paused for good,
    and `server` alone lets it make a pod: the first one, and one at a restart that was asked for.
    """

    def __init__(self, name: str, args: DatabaseArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("cadrart:index:Database", name, None, opts)
        self._args = args
        self.init_scripts = self._init_scripts()
        self.deployment = self._deployment()
        self.service = self._service()
        self.server = self._server()
        self.register_outputs({})

    def _init_scripts(self) -> KubernetesObject:
        name, script = naming.INIT_SCRIPTS, {"init-databases.sql": self._args.init_script}
        manifest = {"metadata": metadata(name, self._args.namespace), "data": script}
        return KubernetesObject(CONFIG_MAP, name, manifest, pulumi.ResourceOptions(parent=self))

    def _service(self) -> KubernetesObject:
        name, labels = naming.DATABASE, naming.DATABASE_LABELS
        manifest = {
            "metadata": metadata(name, self._args.namespace, labels=labels, annotations=SKIP_AWAIT),
            "spec": {"selector": labels, "ports": service_ports({"mysql": naming.DATABASE_PORT})},
        }
        return KubernetesObject(SERVICE, name, manifest, pulumi.ResourceOptions(parent=self))

    def _deployment(self) -> KubernetesObject:
        args = self._args
        annotations = {
            **WRITTEN_IS_READY,  # the provider's await passes early where a pod is exchanged by Recreate
            naming.BOOST: args.boost.as_text(),
            **(_KEPT_ALWAYS if args.pull_policy == ALWAYS else {}),
        }
        name, labels = naming.DATABASE, naming.DATABASE_LABELS
        manifest = {
            "metadata": metadata(name, args.namespace, labels=labels, annotations=annotations),
            "spec": {
                "replicas": 1,
                "paused": True,
                "strategy": {"type": "Recreate"},
                "selector": {"matchLabels": labels},
                "template": {
                    "metadata": {
                        "labels": {**labels, **naming.NETWORK_LABELS},
                        "annotations": {naming.RESTART_REQUEST: args.restart} if args.restart else None,
                    },
                    "spec": self._pod(),
                },
            },
        }
        opts = pulumi.ResourceOptions(parent=self, depends_on=[self.init_scripts])
        return KubernetesObject(DEPLOYMENT, name, manifest, opts)

    def _server(self) -> DatabaseServer:
        """The resource that waits until the server answers, and restarts it if requested."""
        args = self._args
        return DatabaseServer(
            "database-server",
            DatabaseServerArgs(
                namespace=args.namespace,
                context=args.context,
                state=args.state,
                wanted=WantedServer(args.restart, args.restart_timeout, args.settings),
                before_restart=args.before_restart.said,
                spec=self.deployment.spec,
            ),
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=[self.deployment, *args.before_restart.after],
                hooks=args.before_restart.hooks,
            ),
        )

    def _pod(self) -> Manifest:
        return {
            **pod_confinement(self._args.security, owns_files=True),
            "terminationGracePeriodSeconds": 60,  # InnoDB writes its pages back before it ends
            "containers": [self._container()],
            "volumes": [
                {"name": naming.DATABASE_CLAIM, "persistentVolumeClaim": {"claimName": self._args.claim}},
                {"name": naming.INIT_SCRIPTS, "configMap": {"name": naming.INIT_SCRIPTS}},
                {
                    "name": naming.SERVER_SETTINGS,
                    "configMap": {
                        "name": naming.SERVER_SETTINGS,
                        "items": [{"key": FILE, "path": FILE}],
                        "optional": True,  # without settings there is none, and the server starts with its own
                    },
                },
            ],
        }

    def _container(self) -> Manifest:
        args = self._args
        limits = {"cpu": args.cpu_limit, "memory": args.memory_limit}
        database = from_config("MYSQL_DATABASE", args.production_config, "DATABASE_DATABASE")
        return {
            **server_container(args.image, args.pull_policy, database, limits, args.security),
            "startupProbe": {**PORT_OPEN, "periodSeconds": 2, "failureThreshold": 300},
            "volumeMounts": [
                {"name": naming.DATABASE_CLAIM, "mountPath": "/var/lib/mysql", "subPath": "mysql"},
                {"name": naming.INIT_SCRIPTS, "mountPath": "/docker-entrypoint-initdb.d", "readOnly": True},
                {"name": naming.SERVER_SETTINGS, "mountPath": "/etc/mysql/conf.d", "readOnly": True},
            ],
        }
