"""The database server with its init scripts."""

from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s

from cadrart_infra import naming
from cadrart_infra.components._env import from_config, from_secret, literal
from cadrart_infra.components._metadata import SKIP_AWAIT, metadata
from cadrart_infra.image_pull import ALWAYS

PORT = 3306

_KEPT_ALWAYS = {"ateliercadrart.com/pull-policy": "Always, as the server ran before; IfNotPresent with its next image"}
"""On the Deployment alone, not on its pods, which an annotation of theirs would restart."""


@dataclass(frozen=True, kw_only=True)
class DatabaseArgs:
    """The server's image, and the script that it runs once, on an empty volume."""

    namespace: pulumi.Input[str]
    image: pulumi.Input[str]
    pull_policy: str
    cpu_limit: pulumi.Input[str]
    memory_limit: pulumi.Input[str]
    init_script: pulumi.Input[str]
    production_config: pulumi.Input[str]
    """Name of the ConfigMap whose DATABASE_DATABASE is the server's default database."""
    claim: pulumi.Input[str]


class Database(pulumi.ComponentResource):
    """Deployment and Service `db`. One replica on one claim: any change of its template restarts the server."""

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
        self.deployment = k8s.apps.v1.Deployment(
            naming.DATABASE,
            metadata=metadata(
                naming.DATABASE,
                args.namespace,
                labels=naming.DATABASE_LABELS,
                annotations=_KEPT_ALWAYS if args.pull_policy == ALWAYS else None,
            ),
            spec=k8s.apps.v1.DeploymentSpecArgs(
                replicas=1,
                strategy=k8s.apps.v1.DeploymentStrategyArgs(type="Recreate"),
                selector=k8s.meta.v1.LabelSelectorArgs(match_labels=naming.DATABASE_LABELS),
                template=k8s.core.v1.PodTemplateSpecArgs(
                    metadata=k8s.meta.v1.ObjectMetaArgs(labels={**naming.DATABASE_LABELS, **naming.NETWORK_LABELS}),
                    spec=self._pod(),
                ),
            ),
            opts=pulumi.ResourceOptions(
                parent=self,
                custom_timeouts=pulumi.CustomTimeouts(create="10m", update="10m"),
                depends_on=[self.init_scripts],
            ),
        )
        self.service = k8s.core.v1.Service(
            naming.DATABASE,
            metadata=metadata(naming.DATABASE, args.namespace, labels=naming.DATABASE_LABELS, annotations=SKIP_AWAIT),
            spec=k8s.core.v1.ServiceSpecArgs(
                selector=naming.DATABASE_LABELS,
                ports=[k8s.core.v1.ServicePortArgs(name="mysql", port=PORT, target_port=PORT)],
            ),
            opts=child,
        )
        self.register_outputs({})

    def _pod(self) -> k8s.core.v1.PodSpecArgs:
        volumes = k8s.core.v1.VolumeArgs
        return k8s.core.v1.PodSpecArgs(
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
            ],
        )

    def _container(self) -> k8s.core.v1.ContainerArgs:
        # The image opens its port only when it is initialised, so a TCP probe shows both servers' readiness.
        port_open = k8s.core.v1.TCPSocketActionArgs(port=PORT)
        return k8s.core.v1.ContainerArgs(
            name=naming.DATABASE,
            image=self._args.image,
            image_pull_policy=self._args.pull_policy,
            env=self._env(),
            ports=[k8s.core.v1.ContainerPortArgs(name="mysql", container_port=PORT)],
            resources=k8s.core.v1.ResourceRequirementsArgs(
                requests={"cpu": "25m", "memory": "128Mi"},
                limits={"cpu": self._args.cpu_limit, "memory": self._args.memory_limit},
            ),
            startup_probe=k8s.core.v1.ProbeArgs(tcp_socket=port_open, period_seconds=2, failure_threshold=300),
            readiness_probe=k8s.core.v1.ProbeArgs(tcp_socket=port_open, period_seconds=5),
            volume_mounts=[
                k8s.core.v1.VolumeMountArgs(name=naming.DATABASE_CLAIM, mount_path="/var/lib/mysql", sub_path="mysql"),
                k8s.core.v1.VolumeMountArgs(
                    name=naming.INIT_SCRIPTS, mount_path="/docker-entrypoint-initdb.d", read_only=True
                ),
            ],
        )

    def _env(self) -> list[k8s.core.v1.EnvVarArgs]:
        return [
            literal("MYSQL_ROOT_HOST", "localhost"),
            from_config("MYSQL_DATABASE", self._args.production_config, "DATABASE_DATABASE"),
            from_secret("MYSQL_USER", naming.APP_SECRET, "DATABASE_USER"),
            from_secret("MYSQL_PASSWORD", naming.APP_SECRET, "DATABASE_PASSWORD"),
            from_secret("MYSQL_ROOT_PASSWORD", naming.APP_SECRET, "DATABASE_ROOT_PASSWORD"),
        ]
