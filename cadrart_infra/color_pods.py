"""The pod templates of a colour, from the plan and from the environment that they are bound to."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import pulumi

from cadrart_infra import naming, workloads
from cadrart_infra.cluster.manifests import plain
from cadrart_infra.cluster.pods import image_of
from cadrart_infra.components.drain import DrainArgs
from cadrart_infra.components.drain_by_line import looks_by_line
from cadrart_infra.components.environments import environment_data
from cadrart_infra.components.kubernetes_object import Manifest
from cadrart_infra.components.migration_pod import ServerImage, migration_pod
from cadrart_infra.components.workload_pod import EnvironmentBinding, WorkloadPod, WorkloadPodArgs
from cadrart_infra.image_pull import server_pull_policy, workload_pull_policy
from cadrart_infra.model import Color, Environment, Volume, Workload
from cadrart_infra.plan import UpdatePlan
from cadrart_infra.settings import Settings


def config_data(settings: Settings, environment: Environment, database: str) -> dict[str, str]:
    """What an environment's pods are configured with, where their database has this name."""
    values = settings.environments.of(environment)
    return environment_data(
        environment, database=database, log_level=values.log_level, cors_origins=values.cors_origins
    )


def by_names(plan: UpdatePlan) -> "ColorPods":
    """The pods, bound to what will be there once the update has written it."""
    settings = plan.settings
    data = {one: config_data(settings, one, settings.database.of(one)) for one in Environment}
    return ColorPods(plan, {one: naming.snapshot_name(one, data[one]) for one in Environment}, str)


@dataclass(frozen=True)
class ColorPods:
    """The pods of both colours, bound to these `configs` (of ConfigMaps) and to the claims whose names `claim` says."""

    plan: UpdatePlan
    configs: Mapping[Environment, pulumi.Input[str]]
    claim: Callable[[str], pulumi.Input[str]]

    def binding(self, color: Color, copy: pulumi.Output[str] | None = None) -> EnvironmentBinding:
        """What ties them to their environment; `copy`: see `EnvironmentBinding`."""
        environment = self.plan.roles.bindings[color]
        return EnvironmentBinding(
            environment=environment,
            config=self.configs[environment],
            database=self.plan.settings.database.of(environment),
            claims={
                Volume.STATIC_FILES: self.claim(naming.static_claim(environment)),
                Volume.LOGS: self.claim(self.plan.pods.logs_claim(color)),
            },
            copy=copy,
        )

    def template(self, workload: Workload, color: Color) -> Manifest:
        """The template of a Deployment's pods, for pods that are bound `by_names`."""
        pod = WorkloadPod(workloads.spec_of(workload), color, self.binding(color), self.args(workload, color))
        template: Manifest = plain(pod.template())
        return template

    def args(self, workload: Workload, color: Color) -> WorkloadPodArgs:
        """What the settings and the plan say of a workload's pods."""
        plan, settings = self.plan, self.plan.settings
        name, image = naming.workload_name(workload, color), plan.images[color][workload]
        return WorkloadPodArgs(
            image=image,
            pull_policy=workload_pull_policy(image, settings.pull.policy, plan.live.pulled.get(name)),
            pull_secret=settings.pull.secret,
            resources=settings.resources.of(workload),
            startup=plan.pods.startup(workload, color),
            drain=self._drain(name),
            security=plan.security[name],
            secrets=plan.pods.snapshots[name],
        )

    def _drain(self, deployment: str) -> DrainArgs:
        """Pods of an older release look for their connections as they do until they are replaced for another reason."""
        plan, drain = self.plan, self.plan.settings.drain
        stays = deployment not in plan.pods.rolls and looks_by_line(plan.live.templates.get(deployment))
        return DrainArgs(drain.timeout, drain.when_idle, by_line=stays)

    def migrating(self, color: Color) -> Manifest:
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
