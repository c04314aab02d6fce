"""One colour: its Deployments and Services, bound to the environment that it serves."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from cadrart_infra import naming, workloads
from cadrart_infra.cluster.kinds import DEPLOYMENT, DISRUPTION_BUDGET, SERVICE
from cadrart_infra.cluster.manifests import service_ports
from cadrart_infra.components._metadata import SKIP_AWAIT, metadata
from cadrart_infra.components.kubernetes_object import KubernetesObject
from cadrart_infra.components.workload_pod import EnvironmentBinding, WorkloadPod, WorkloadPodArgs
from cadrart_infra.model import Color, Workload, WorkloadSpec
from cadrart_infra.rotation.sources import uses_secrets

_READS_SECRETS = {naming.READS_SECRETS: "as an older release made the pods; a snapshot comes with their next roll"}


@dataclass(frozen=True, kw_only=True)
class ColorStackArgs:
    """A colour's images and number of pods, and the environment that they are bound to."""

    namespace: pulumi.Input[str]
    color: Color
    binding: EnvironmentBinding
    pods: Mapping[Workload, WorkloadPodArgs]
    """What each workload's pods are made of."""
    replicas: int
    timeout: int
    """Seconds until new pods have to be ready."""
    wait: int
    """Seconds until the update gives up waiting for them; no part of the Deployment."""
    bound_at: Mapping[str, str]
    """What is recorded with each Deployment, by name, since it was bound as it is wanted (see `Live.bound_at`)."""


class ColorStack(pulumi.ComponentResource):
    """A colour's Deployments and Services, e.g. `backend-<color>`; `hooks` run before a Deployment is written."""

    deployments: list[KubernetesObject]
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
        self.deployments = [self._deployment(spec) for spec in workloads.SHOP]
        for spec in workloads.SHOP:
            self._service(spec)
            if args.replicas > 1:
                self._disruption_budget(spec)
        self.register_outputs({})

    def _deployment(self, spec: WorkloadSpec) -> KubernetesObject:
        args = self._args
        name, selector = self._named(spec)
        pod = WorkloadPod(spec, args.color, args.binding, args.pods[spec.name])
        manifest = {
            "metadata": metadata(name, args.namespace, labels=selector, annotations=self._annotations(spec, name)),
            "spec": {
                "replicas": args.replicas,
                # The old pods go only when as many new ones are ready; a new pod that never is leaves them as they are.
                "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}},
                "progressDeadlineSeconds": args.timeout,
                # With an old ReplicaSet to take up again, a switch would pass for rolled out before a pod is ready.
                "revisionHistoryLimit": 0,
                "selector": {"matchLabels": selector},
                "template": pod.template(),
            },
        }
        return KubernetesObject(DEPLOYMENT, name, manifest, self._deployment_options())

    def _annotations(self, spec: WorkloadSpec, name: str) -> dict[str, str]:
        reads = uses_secrets(spec.name) and not self._args.pods[spec.name].secrets
        return {naming.TURNED_AT: self._args.bound_at[name], **(_READS_SECRETS if reads else {})}

    def _named(self, spec: WorkloadSpec) -> tuple[str, dict[str, str]]:
        """The name of what belongs to a workload in this colour, and the labels that find its pods."""
        color = self._args.color
        return naming.workload_name(spec.name, color), naming.workload_selector(spec.name, color)

    def _deployment_options(self) -> pulumi.ResourceOptions:
        wait = f"{self._args.wait}s"
        return pulumi.ResourceOptions(
            parent=self,
            depends_on=self._depends_on,  # a component's children do not take this over by themselves
            hooks=self._hooks,
            custom_timeouts=pulumi.CustomTimeouts(create=wait, update=wait),
        )

    def _disruption_budget(self, spec: WorkloadSpec) -> KubernetesObject:
        """Lets a node be drained one pod at a time; none for a single pod, which could never be evicted."""
        name, selector = self._named(spec)
        manifest = {
            "metadata": metadata(name, self._args.namespace, labels=selector, annotations=SKIP_AWAIT),
            "spec": {"maxUnavailable": 1, "selector": {"matchLabels": selector}},
        }
        return KubernetesObject(DISRUPTION_BUDGET, name, manifest, pulumi.ResourceOptions(parent=self))

    def _service(self, spec: WorkloadSpec) -> KubernetesObject:
        """The colour's own Service, for people and tools that want this colour whatever its role."""
        name, selector = self._named(spec)
        manifest = {
            "metadata": metadata(name, self._args.namespace, labels=selector, annotations=SKIP_AWAIT),
            "spec": {
                "selector": selector,
                "ports": service_ports({port.name: port.number for port in spec.ports}),
            },
        }
        return KubernetesObject(SERVICE, name, manifest, pulumi.ResourceOptions(parent=self))
