"""The database server with its init scripts."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s

from cadrart_infra import naming
from cadrart_infra.components._confinement import container_confinement, pod_confinement
from cadrart_infra.components._env import from_config, from_secret, literal
from cadrart_infra.components._metadata import SKIP_AWAIT, WRITTEN_IS_READY, metadata
from cadrart_infra.database_server.boost import Boost
from cadrart_infra.database_server.resource import DatabaseServer, DatabaseServerArgs
from cadrart_infra.database_server.state import ServerState
from cadrart_infra.image_pull import ALWAYS
from cadrart_infra.pod_security import PodSecurity
from cadrart_infra.server_variables import FILE, Variables

_KEPT_ALWAYS = {"ateliercadrart.com/pull-policy": "Always, as the server ran before; IfNotPresent with its next image"}
"""On the Deployment alone, not on its pods, which an annotation of theirs would restart."""


@dataclass(frozen=True)
class BeforeRestart:
    """Before a restart of the server: `said` of it, done by the `hooks`, once the resources `after` exist."""

    said: str = ""
    hooks: pulumi.ResourceHookBinding | None = None
    after: Sequence[pulumi.Resource] = ()


@dataclass(frozen=True, kw_only=True)
class DatabaseArgs:
    """The server's image, the script that it runs once, on an empty volume, and when it restarts.

    `context`: the kubeconfig's context, empty for its current one. `state`: the server as it runs now. `restart`: any
    new value asks for a restart, which is taken back after `restart_timeout` seconds without an answer.
    """

    namespace: pulumi.Input[str]
    context: str
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
    restart: str
    restart_timeout: int
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
        child = pulumi.ResourceOptions(parent=self)
        self.init_scripts = k8s.core.v1.ConfigMap(
            naming.INIT_SCRIPTS,
            metadata=metadata(naming.INIT_SCRIPTS, args.namespace),
            data={"init-databases.sql": args.init_script},
            opts=child,
        )
        self.deployment = self._deployment()
        self.service = k8s.core.v1.Service(
            naming.DATABASE,
            metadata=metadata(naming.DATABASE, args.namespace, labels=naming.DATABASE_LABELS, annotations=SKIP_AWAIT),
            spec=k8s.core.v1.ServiceSpecArgs(
                selector=naming.DATABASE_LABELS,
                ports=[
                    k8s.core.v1.ServicePortArgs(
                        name="mysql", port=naming.DATABASE_PORT, target_port=naming.DATABASE_PORT
                    )
                ],
            ),
            opts=child,
        )
        self.server = self._server()
        self.register_outputs({})

    def _deployment(self) -> k8s.apps.v1.Deployment:
        args = self._args
        annotations = {
            **WRITTEN_IS_READY,  # the provider's await passes early where a pod is exchanged by Recreate
            naming.BOOST: args.boost.as_text(),
            **(_KEPT_ALWAYS if args.pull_policy == ALWAYS else {}),
        }
        return k8s.apps.v1.Deployment(
            naming.DATABASE,
            metadata=metadata(naming.DATABASE, args.namespace, labels=naming.DATABASE_LABELS, annotations=annotations),
            spec=k8s.apps.v1.DeploymentSpecArgs(
                replicas=1,
                paused=True,
                strategy=k8s.apps.v1.DeploymentStrategyArgs(type="Recreate"),
                selector=k8s.meta.v1.LabelSelectorArgs(match_labels=naming.DATABASE_LABELS),
                template=k8s.core.v1.PodTemplateSpecArgs(
                    metadata=k8s.meta.v1.ObjectMetaArgs(
                        labels={**naming.DATABASE_LABELS, **naming.NETWORK_LABELS},
                        annotations={naming.RESTART_REQUEST: args.restart} if args.restart else None,
                    ),
                    spec=self._pod(),
                ),
            ),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[self.init_scripts]),
        )

    def _server(self) -> DatabaseServer:
        """What waits for answers, and restarts the server where that was asked for."""
        args = self._args
        return DatabaseServer(
            "database-server",
            DatabaseServerArgs(
                namespace=args.namespace,
                context=args.context,
                state=args.state,
                restart=args.restart,
                timeout=args.restart_timeout,
                settings=args.settings,
                before_restart=args.before_restart.said,
                spec=self.deployment.spec,
            ),
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=[self.deployment, *args.before_restart.after],
                hooks=args.before_restart.hooks,
            ),
        )

    def _pod(self) -> k8s.core.v1.PodSpecArgs:
        volumes = k8s.core.v1.VolumeArgs
        return k8s.core.v1.PodSpecArgs(
            **pod_confinement(self._args.security, owns_files=True),
            termination_grace_period_seconds=60,  # InnoDB writes its pages back before it ends
            containers=[self._container()],
            volumes=[
                volumes(
                    name=naming.DATABASE_CLAIM,
                    persistent_volume_claim=k8s.core.v1.PersistentVolumeClaimVolumeSourceArgs(
                        claim_name=self._args.claim
                    ),
                ),
                volumes(
                    name=naming.INIT_SCRIPTS,
                    config_map=k8s.core.v1.ConfigMapVolumeSourceArgs(name=naming.INIT_SCRIPTS),
                ),
                volumes(
                    name=naming.SERVER_SETTINGS,
                    config_map=k8s.core.v1.ConfigMapVolumeSourceArgs(
                        name=naming.SERVER_SETTINGS,
                        items=[k8s.core.v1.KeyToPathArgs(key=FILE, path=FILE)],
                        optional=True,  # without settings there is none, and the server starts with its own
                    ),
                ),
            ],
        )

    def _container(self) -> k8s.core.v1.ContainerArgs:
        # The image opens its port only when it is initialised, so a TCP probe shows both servers' readiness.
        port_open = k8s.core.v1.TCPSocketActionArgs(port=naming.DATABASE_PORT)
        return k8s.core.v1.ContainerArgs(
            name=naming.DATABASE,
            image=self._args.image,
            image_pull_policy=self._args.pull_policy,
            env=self._env(),
            ports=[k8s.core.v1.ContainerPortArgs(name="mysql", container_port=naming.DATABASE_PORT)],
            resources=k8s.core.v1.ResourceRequirementsArgs(
                requests={"cpu": "25m", "memory": "128Mi"},
                limits={"cpu": self._args.cpu_limit, "memory": self._args.memory_limit},
            ),
            startup_probe=k8s.core.v1.ProbeArgs(tcp_socket=port_open, period_seconds=2, failure_threshold=300),
            readiness_probe=k8s.core.v1.ProbeArgs(tcp_socket=port_open, period_seconds=5),
            security_context=container_confinement(self._args.security, read_only=False),
            volume_mounts=[
                k8s.core.v1.VolumeMountArgs(name=naming.DATABASE_CLAIM, mount_path="/var/lib/mysql", sub_path="mysql"),
                k8s.core.v1.VolumeMountArgs(
                    name=naming.INIT_SCRIPTS, mount_path="/docker-entrypoint-initdb.d", read_only=True
                ),
                k8s.core.v1.VolumeMountArgs(
                    name=naming.SERVER_SETTINGS, mount_path="/etc/mysql/conf.d", read_only=True
                ),
            ],
        )

    def _env(self) -> list[k8s.core.v1.EnvVarArgs]:
        return [
            literal("MYSQL_ROOT_HOST", "localhost"),
            from_config("MYSQL_DATABASE", self._args.production_config, "DATABASE_DATABASE"),
            from_secret("MYSQL_USER", naming.APP_SECRET, naming.USER_KEY),
            from_secret("MYSQL_PASSWORD", naming.APP_SECRET, naming.PASSWORD_KEY),
            from_secret("MYSQL_ROOT_PASSWORD", naming.APP_SECRET, naming.ROOT_PASSWORD_KEY),
        ]
