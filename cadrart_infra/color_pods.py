"""What a colour's pods are declared with, from the plan and from what they are bound to."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import pulumi
import pulumi_kubernetes as k8s

from cadrart_infra import naming, workloads
from cadrart_infra.cluster.pods import image_of
from cadrart_infra.components.drain import DrainArgs
from cadrart_infra.components.drain_by_line import looks_by_line
from cadrart_infra.components.environments import EnvironmentConfig
from cadrart_infra.components.migration_pod import ServerImage, migration_pod
from cadrart_infra.components.storage import Storage
from cadrart_infra.components.workload_pod import EnvironmentBinding, WorkloadPod, WorkloadPodArgs
from cadrart_infra.image_pull import server_pull_policy, workload_pull_policy
from cadrart_infra.model import Color, Environment, Volume, Workload
from cadrart_infra.plan import UpdatePlan


@dataclass(frozen=True)
class ColorPods:
    """The pods of both colours; `configs` and `storage` are what they are bound to."""

    plan: UpdatePlan
    configs: Mapping[Environment, EnvironmentConfig]
    storage: Storage

    def binding(self, color: Color, copy: pulumi.Output[str] | None = None) -> EnvironmentBinding:
        """What ties them to their environment; `copy`: see `EnvironmentBinding`."""
        environment = self.plan.bindings[color]
        return EnvironmentBinding(
            environment=environment,
            config=self.configs[environment].snapshot,
            database=self.plan.settings.database.of(environment),
            claims={
                Volume.STATIC_FILES: self.storage.name_of(naming.static_claim(environment)),
                Volume.LOGS: self.storage.name_of(self.plan.logs_claim(color)),
            },
            copy=copy,
        )

    def args(self, workload: Workload, color: Color) -> WorkloadPodArgs:
        """What the settings and the plan say of a workload's pods."""
        plan, settings = self.plan, self.plan.settings
        name, image = naming.workload_name(workload, color), plan.images[color][workload]
        return WorkloadPodArgs(
            image=image,
            pull_policy=workload_pull_policy(image, settings.pull.policy, plan.live.pulled.get(name)),
            pull_secret=settings.pull.secret,
            resources=settings.resources.of(workload),
            startup=plan.startup(workload, color),
            drain=self._drain(name),
            security=plan.security[name],
            secrets=plan.snapshots[name],
        )

    def _drain(self, deployment: str) -> DrainArgs:
        """Pods of an older release look for their connections as they do until they are replaced for another reason."""
        plan, drain = self.plan, self.plan.settings.drain
        stays = deployment not in plan.rolls and looks_by_line(plan.live.templates.get(deployment))
        return DrainArgs(drain.timeout, drain.when_idle, by_line=stays)

    def migrating(self, color: Color) -> k8s.core.v1.PodSpecArgs:
        """The pod of the Job that migrates the database of a colour's environment with the colour's release."""
        spec, plan = workloads.migrating(), self.plan
        args = self.args(spec.name, color)
        confined = replace(args, security=replace(args.security, confined=True))
        pod = WorkloadPod(spec, color, self.binding(color), confined)
        running = plan.live.server.template  # an image that waits for a restart may not be on the node yet
        image = image_of(running) if running else plan.settings.database.image
        policy = server_pull_policy(image, plan.live.pulled.get(naming.DATABASE))
        server = ServerImage(image, policy, replace(plan.security[naming.DATABASE], confined=True))
        return migration_pod(pod, plan.settings.migration.command, server)
