"""What the colours' Deployments are bound to, run and are declared with; which of them an update rolls."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from cadrart_infra import naming, workloads
from cadrart_infra.live import Live, differing_names
from cadrart_infra.model import Color, Environment, ImagesByColor, Workload
from cadrart_infra.pod_security import PodSecurity, workload_security
from cadrart_infra.rotation.sources import uses_secrets
from cadrart_infra.rotation.wanted import WantedSecrets
from cadrart_infra.settings import Settings


@dataclass(frozen=True)
class Pods:
    """The pods of both colours; `bindings`: see `ColorRoles`, `secrets`: what the Secrets want of them."""

    settings: Settings
    live: Live
    images: ImagesByColor
    bindings: Mapping[Color, Environment]
    secrets: WantedSecrets

    @cached_property
    def bound(self) -> Mapping[str, Mapping[str, str]]:
        """What each Deployment's pods are bound to, and what they run (see `naming.binding`)."""
        return {
            naming.workload_name(workload, color): naming.binding(self.bindings[color], image)
            for color in Color
            for workload, image in self.images[color].items()
        }

    @cached_property
    def bound_at(self) -> Mapping[str, str]:
        """Since when each Deployment is bound as it will be (see `Live.bound_at`)."""
        return self.live.bound_at(self.bound)

    @property
    def rolls(self) -> list[str]:
        """The Deployments whose pods are replaced because of what they are bound to or run."""
        return [name for name in self.bound if name in self.rebound or name in self.rotated]

    @cached_property
    def rebound(self) -> list[str]:
        """The Deployments whose binding or image is another one than it will be."""
        return differing_names(self.bound, self.live.bound)

    @property
    def rotated(self) -> list[str]:
        """The Deployments whose pods get another snapshot of their environment's Secrets."""
        bound, using = self.live.snapshots, [one for one in workloads.names() if uses_secrets(one)]
        names = [naming.workload_name(one, color) for color in Color for one in using]
        return [name for name in names if name in bound and bound[name] != self.snapshots[name]]

    @cached_property
    def snapshots(self) -> Mapping[str, str]:
        """The snapshot that each Deployment's pods will be bound to; empty: the Secrets themselves.

        Pods of an older release read the Secrets themselves until they roll for another reason, or a value changes.
        """
        found = {}
        for color in Color:
            environment = self.bindings[color]
            for name in workloads.deployments(color):
                older = self.live.snapshots.get(name) == "" and name not in self.rebound
                stays = older and not self.secrets.changed[environment]
                now = self.live.snapshots.get(name, "")
                found[name] = "" if stays else self.secrets.snapshots[environment] or now
        return found

    @cached_property
    def security(self) -> Mapping[str, PodSecurity]:
        """What each Deployment's pods are declared with."""
        found = {}
        for color in Color:
            for workload in workloads.names():
                name, user = naming.workload_name(workload, color), self.settings.run_as.of(workload)
                found[name] = workload_security(self.live.security.get(name), user, rolls=name in self.rolls)
        return found

    def logs_claim(self, color: Color) -> str:
        """The claim to which a colour's pods write their logs.

        Both environments had one claim in older releases; staging's pods get their own with their next roll.
        """
        names = workloads.deployments(color)
        former = naming.logs_claim(Environment.PROD)
        stays = any(self.live.logs.get(name) == former and name not in self.rolls for name in names)
        return former if stays else naming.logs_claim(self.bindings[color])

    def startup(self, workload: Workload, color: Color) -> int:
        """Seconds until a pod that does not get healthy is restarted; one that migrates gets more time.

        Pods of an older release keep theirs until they are replaced for another reason.
        """
        timeout, name = self.settings.rollout.timeout, naming.workload_name(workload, color)
        if not workloads.spec_of(workload).migrates or self.settings.migration.command:
            return timeout
        if name not in self.rolls and self.live.startup(name) == timeout:
            return timeout
        return max(timeout, self.settings.migration.time_limit)
