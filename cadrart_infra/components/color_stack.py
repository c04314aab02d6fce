"""One colour: a frontend and a backend, bound for their pods' life to the environment that the colour serves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s

from cadrart_infra import naming
from cadrart_infra.components._env import from_config, from_secret, literal
from cadrart_infra.components._metadata import SKIP_AWAIT, metadata
from cadrart_infra.components.drain import DrainArgs, grace_period, keep_serving
from cadrart_infra.model import Color, Environment
from cadrart_infra.naming import Workload

_STATIC_FILES, _LOGS = "static-volume", "cadrart-logs"
_RESOURCES = k8s.core.v1.ResourceRequirementsArgs(
    requests={"cpu": "25m", "memory": "64Mi"}, limits={"cpu": "100m", "memory": "128Mi"}
)
_PORTS = {Workload.FRONTEND: {"http": 8080}, Workload.BACKEND: {"http": 3000, "ws": 8001}}
_HEALTH = {Workload.FRONTEND: "/", Workload.BACKEND: "/api/health/live"}


@dataclass(frozen=True)
class RolloutArgs:
    """How pods are exchanged: the seconds until new ones have to be ready, and how old ones end.

    `wait`: seconds until the update gives up waiting for them; it is no part of the Deployment.
    """

    timeout: int
    wait: int
    drain: DrainArgs


@dataclass(frozen=True)
class EnvironmentBinding:
    """Everything that ties a pod to its environment."""

    environment: Environment
    config: pulumi.Input[str]
    """Name of the environment's immutable ConfigMap."""
    database: pulumi.Input[str]
    account_secret: pulumi.Input[str]
    """Secret with DATABASE_USER and DATABASE_PASSWORD."""
    static_claim: pulumi.Input[str]


@dataclass(frozen=True)
class ColorStackArgs:
    """A colour's images and number of pods, and the environment that they are bound to."""

    namespace: pulumi.Input[str]
    color: Color
    binding: EnvironmentBinding
    frontend_image: pulumi.Input[str]
    backend_image: pulumi.Input[str]
    pull_policies: Mapping[Workload, str]
    pull_secret: str
    replicas: pulumi.Input[int]
    logs_claim: pulumi.Input[str]
    rollout: RolloutArgs
    turned_at: Mapping[str, str]
    """When each Deployment, by name, was bound as it is wanted (see `Live.turned_at`)."""


class ColorStack(pulumi.ComponentResource):
    """Deployments and Services `frontend-<color>` and `backend-<color>`; `hooks` run before a Deployment is written."""

    deployments: list[k8s.apps.v1.Deployment]
    """The colour's Deployments: what depends on them runs when their new pods are ready."""

    def __init__(
        self,
        name: str,
        args: ColorStackArgs,
        hooks: pulumi.ResourceHookBinding | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("cadrart:index:ColorStack", name, None, opts)
        self._args, self._hooks = args, hooks
        self._depends_on = opts.depends_on if opts else None
        images = {Workload.FRONTEND: args.frontend_image, Workload.BACKEND: args.backend_image}
        self.deployments = [self._deployment(workload, image) for workload, image in images.items()]
        for workload in Workload:
            self._service(workload)
        self.register_outputs({})

    def _deployment(self, workload: Workload, image: pulumi.Input[str]) -> k8s.apps.v1.Deployment:
        args, rollout = self._args, self._args.rollout
        name, selector = naming.workload_name(workload, args.color), naming.workload_selector(workload, args.color)
        return k8s.apps.v1.Deployment(
            name,
            metadata=metadata(
                name, args.namespace, labels=selector, annotations={naming.TURNED_AT: args.turned_at[name]}
            ),
            spec=k8s.apps.v1.DeploymentSpecArgs(
                replicas=args.replicas,
                # The old pods go only when as many new ones are ready; a new pod that never is leaves them as they are.
                strategy=k8s.apps.v1.DeploymentStrategyArgs(
                    type="RollingUpdate",
                    rolling_update=k8s.apps.v1.RollingUpdateDeploymentArgs(max_surge=1, max_unavailable=0),
                ),
                progress_deadline_seconds=rollout.timeout,
                # With an old ReplicaSet to take up again, a switch would pass for rolled out before a pod is ready.
                revision_history_limit=0,
                selector=k8s.meta.v1.LabelSelectorArgs(match_labels=selector),
                template=k8s.core.v1.PodTemplateSpecArgs(
                    metadata=k8s.meta.v1.ObjectMetaArgs(
                        labels=naming.pod_labels(workload, args.color, args.binding.environment)
                    ),
                    spec=self._pod(workload, image),
                ),
            ),
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=self._depends_on,  # a component's children do not take this over by themselves
                hooks=self._hooks,
                custom_timeouts=pulumi.CustomTimeouts(create=f"{rollout.wait}s", update=f"{rollout.wait}s"),
            ),
        )

    def _pod(self, workload: Workload, image: pulumi.Input[str]) -> k8s.core.v1.PodSpecArgs:
        args = self._args
        backend = workload is Workload.BACKEND
        claims = {_STATIC_FILES: args.binding.static_claim, **({_LOGS: args.logs_claim} if backend else {})}
        return k8s.core.v1.PodSpecArgs(
            termination_grace_period_seconds=grace_period(args.rollout.drain),
            image_pull_secrets=(
                [k8s.core.v1.LocalObjectReferenceArgs(name=args.pull_secret)] if args.pull_secret else None
            ),
            containers=[self._container(workload, image)],
            volumes=[
                k8s.core.v1.VolumeArgs(
                    name=volume,
                    persistent_volume_claim=k8s.core.v1.PersistentVolumeClaimVolumeSourceArgs(claim_name=claim),
                )
                for volume, claim in claims.items()
            ],
        )

    def _container(self, workload: Workload, image: pulumi.Input[str]) -> k8s.core.v1.ContainerArgs:
        backend = workload is Workload.BACKEND
        healthy = k8s.core.v1.HTTPGetActionArgs(path=_HEALTH[workload], port="http")
        mounts = {_STATIC_FILES: "/var/www/static", **({_LOGS: "/var/log/cadrart"} if backend else {})}
        return k8s.core.v1.ContainerArgs(
            name=naming.workload_name(workload, self._args.color),
            image=image,
            image_pull_policy=self._args.pull_policies[workload],
            env=self._backend_env() if backend else self._frontend_env(),
            ports=[
                k8s.core.v1.ContainerPortArgs(name=port, container_port=number)
                for port, number in _PORTS[workload].items()
            ],
            resources=_RESOURCES,
            startup_probe=k8s.core.v1.ProbeArgs(
                http_get=healthy, period_seconds=1, timeout_seconds=3, failure_threshold=self._args.rollout.timeout
            ),
            readiness_probe=k8s.core.v1.ProbeArgs(http_get=healthy, period_seconds=3, timeout_seconds=3),
            lifecycle=keep_serving(self._args.rollout.drain, _PORTS[workload].values()),
            security_context=_unprivileged() if backend else None,
            volume_mounts=[
                k8s.core.v1.VolumeMountArgs(name=volume, mount_path=path) for volume, path in mounts.items()
            ],
        )

    def _frontend_env(self) -> list[k8s.core.v1.EnvVarArgs]:
        return [
            literal("DEPLOYMENT_COLOR", self._args.color.value),
            from_config("ENVIRONMENT", self._args.binding.config, "ENVIRONMENT"),
        ]

    def _backend_env(self) -> Sequence[k8s.core.v1.EnvVarArgs]:
        binding = self._args.binding
        config = {
            "CADRART_DB_TYPE": "DATABASE_TYPE",
            "CADRART_DB_PORT": "DATABASE_PORT",
            "STATIC_ROOT": "STATIC_ROOT",
            "ENVIRONMENT": "ENVIRONMENT",
            "ENV": "ENV",
            "LOG_LEVEL": "LOG_LEVEL",
            "CORS_ORIGINS": "CORS_ORIGINS",
        }
        return [
            # What decides the database stands in the pod's own template.
            literal("CADRART_DB_HOST", naming.DATABASE),
            literal("CADRART_DB_DATABASE", binding.database),
            from_secret("CADRART_DB_USERNAME", binding.account_secret, "DATABASE_USER"),
            from_secret("CADRART_DB_PASSWORD", binding.account_secret, "DATABASE_PASSWORD"),
            *(from_config(variable, binding.config, key) for variable, key in config.items()),
            from_secret("CADRART_JWT_SECRET", naming.APP_SECRET, "JWT_SECRET"),
            from_secret("TEST_ENDPOINT_SECRET", naming.APP_SECRET, "TEST_ENDPOINT_SECRET"),
            from_secret("METRICS_API_KEY", naming.METRICS_SECRET, "metrics-api-key"),
            literal("NODE_ENV", "production"),
            literal("TLS_ENABLED", "false"),
            literal("LOG_DIRECTORY", "/var/log/cadrart"),
            literal("DEPLOYMENT_COLOR", self._args.color.value),
        ]

    def _service(self, workload: Workload) -> k8s.core.v1.Service:
        """The colour's own Service, for people and tools that want this colour whatever it serves."""
        name, selector = (
            naming.workload_name(workload, self._args.color),
            naming.workload_selector(workload, self._args.color),
        )
        return k8s.core.v1.Service(
            name,
            metadata=metadata(name, self._args.namespace, labels=selector, annotations=SKIP_AWAIT),
            spec=k8s.core.v1.ServiceSpecArgs(
                selector=selector,
                ports=[
                    k8s.core.v1.ServicePortArgs(name=port, port=number, target_port=number)
                    for port, number in _PORTS[workload].items()
                ],
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )


def _unprivileged() -> k8s.core.v1.SecurityContextArgs:
    return k8s.core.v1.SecurityContextArgs(
        run_as_non_root=True,
        run_as_user=1000,
        run_as_group=1000,
        read_only_root_filesystem=True,
        allow_privilege_escalation=False,
        capabilities=k8s.core.v1.CapabilitiesArgs(drop=["ALL"]),
    )
