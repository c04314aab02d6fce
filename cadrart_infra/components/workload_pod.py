"""The pods of a workload, as its WorkloadSpec describes them, bound to one environment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import pulumi

from cadrart_infra import naming
from cadrart_infra.cluster.manifests import container_resources
from cadrart_infra.components._env import from_config, from_secret, literal
from cadrart_infra.components.drain import DrainArgs, grace_period, keep_serving
from cadrart_infra.components.kubernetes_object import Manifest
from cadrart_infra.model import (
    Color,
    Environment,
    FromAccount,
    FromConfig,
    FromSecret,
    FromTokens,
    OfPod,
    Resources,
    Source,
    Volume,
    WorkloadSpec,
)
from cadrart_infra.pod_security import PodSecurity, container_confinement, pod_confinement
from cadrart_infra.rotation.sources import secret_of


@dataclass(frozen=True, kw_only=True)
class EnvironmentBinding:
    """Everything that ties a pod to its environment."""

    environment: Environment
    config: pulumi.Input[str]
    """Name of the environment's immutable ConfigMap."""
    database: pulumi.Input[str]
    claims: Mapping[Volume, pulumi.Input[str]]
    """The claim behind each volume."""
    copy: pulumi.Output[str] | None = None
    """The identifier of the copy that staging's database is; empty where it is not known, None in production.

    With another copy, pods that use the database are replaced: they migrate when they start.
    """


@dataclass(frozen=True, kw_only=True)
class WorkloadPodArgs:
    """What the settings say of a workload's pods; `startup` is the seconds that one may take until it is healthy.

    `security`: what they may do; those that are not confined are pods of an older release, as they were declared then.
    `secrets`: the snapshot of Secrets that they are bound to; empty for pods of an older release, which read the
    Secrets themselves, production's tokens in either environment.
    """

    image: pulumi.Input[str]
    pull_policy: pulumi.Input[str]
    pull_secret: str
    resources: Resources
    startup: int
    drain: DrainArgs
    security: PodSecurity
    secrets: str


@dataclass(frozen=True)
class WorkloadPod:
    """A workload's pods in one colour."""

    spec: WorkloadSpec
    color: Color
    binding: EnvironmentBinding
    args: WorkloadPodArgs

    def template(self) -> Manifest:
        """The template of the pods, for a Deployment."""
        labels = naming.pod_labels(self.spec.name, self.color, self.binding.environment)
        return {
            "metadata": {"labels": labels, "annotations": self._annotations()},
            "spec": {
                **self._surroundings(),
                "terminationGracePeriodSeconds": grace_period(self.args.drain),
                "containers": [{**self._program(), **self._service()}],
            },
        }

    def once(self, command: Sequence[str]) -> Manifest:
        """The spec of a pod that runs a command of the image and ends, bound as those of the Deployment are."""
        return {
            **self._surroundings(),
            "restartPolicy": "Never",
            "containers": [{**self._program(), "command": list(command)}],
        }

    def _surroundings(self) -> Manifest:
        secret = self.args.pull_secret
        return {
            **pod_confinement(self.args.security),
            "imagePullSecrets": [{"name": secret}] if secret else None,
            "volumes": [self._volume(volume) for volume in self.spec.mounts],
        }

    def _annotations(self) -> pulumi.Output[dict[str, str]] | None:
        copy = self.binding.copy
        if copy is None or not self.spec.uses_database:
            return None
        # Not an empty dictionary: pods of an older release have none.
        return copy.apply(lambda one: cast("dict[str, str]", {naming.COPY: one} if one else None))

    def _volume(self, volume: Volume) -> Manifest:
        return {"name": volume.value, "persistentVolumeClaim": {"claimName": self.binding.claims[volume]}}

    def _program(self) -> Manifest:
        """The container's program, and what it finds."""
        spec, args = self.spec, self.args
        return {
            "name": naming.workload_name(spec.name, self.color),
            "image": args.image,
            "imagePullPolicy": args.pull_policy,
            "env": [self._variable(name, source) for name, source in spec.variables.items()],
            "resources": container_resources(args.resources),
            "securityContext": container_confinement(args.security, read_only=spec.run_as is not None),
            "volumeMounts": [{"name": volume.value, "mountPath": path} for volume, path in spec.mounts.items()],
        }

    def _service(self) -> Manifest:
        """How it is asked, and how it ends."""
        spec, args = self.spec, self.args
        healthy = {"httpGet": {"path": spec.health_path, "port": spec.http.name}, "timeoutSeconds": 3}
        return {
            "ports": [{"name": port.name, "containerPort": port.number} for port in spec.ports],
            "startupProbe": {**healthy, "periodSeconds": 1, "failureThreshold": args.startup},
            "readinessProbe": {**healthy, "periodSeconds": 3},
            "livenessProbe": self._liveness(),
            "lifecycle": keep_serving(args.drain, [port.number for port in spec.ports]),
        }

    def _liveness(self) -> Manifest | None:
        """Whether the container still accepts connections; a minute without any ends it.

        Not the health page: that may depend on the database, and while this restarts no pod is to be restarted for it.
        """
        if not self.args.security.confined:
            return None
        port = {"port": self.spec.http.name}
        return {"tcpSocket": port, "periodSeconds": 10, "timeoutSeconds": 5, "failureThreshold": 6}

    def _variable(self, name: str, source: Source) -> Manifest:
        match source:
            case OfPod.COLOR:
                return literal(name, self.color.value)
            case OfPod.DATABASE:
                return literal(name, self.binding.database)
            case FromConfig(key):
                return from_config(name, self.binding.config, key)
            case FromSecret(_, key) | FromAccount(key) | FromTokens(key):
                return from_secret(name, self.args.secrets or self._itself(source), key)
            case str():
                return literal(name, source)

    def _itself(self, source: Source) -> str:
        """The Secret that pods of an older release read."""
        environment = Environment.PROD if isinstance(source, FromTokens) else self.binding.environment
        return secret_of(source, environment)
