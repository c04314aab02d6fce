"""UpdatePlan: the plan of an update, from its parts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from cadrart_infra import naming
from cadrart_infra.history.entry import Job
from cadrart_infra.history.history import History
from cadrart_infra.live import Live
from cadrart_infra.model import Color, ImagesByColor
from cadrart_infra.plan.backups import Backups
from cadrart_infra.plan.pods import Pods
from cadrart_infra.plan.releases import Releases
from cadrart_infra.plan.roles import ColorRoles
from cadrart_infra.plan.routes import Routes
from cadrart_infra.plan.server import ServerUpdate
from cadrart_infra.pod_security import PodSecurity
from cadrart_infra.rotation.wanted import WantedSecrets
from cadrart_infra.settings import Settings


class Kind(StrEnum):
    """What an update is for."""

    FIRST_INSTALL = "first install"
    SWITCH = "switch"
    """A proxy of production leads elsewhere than to the active colour."""
    RELEASE = "release"
    """No switch, and a colour gets another image."""
    REPAIR = "repair"
    """Neither, but somebody changed what pods or proxies are bound to or deleted them, or a standby's time is up."""
    NOTHING = "nothing"
    """Colours, roles and releases stay as they are; other settings may still change objects."""


@dataclass(frozen=True)
class UpdatePlan:
    """What an update with these `settings` does to a shop that is as `live` and `history` say.

    `secrets`: what the Secrets want of its pods and of its server.
    """

    settings: Settings
    live: Live
    history: History = field(default_factory=History)
    secrets: WantedSecrets = field(default_factory=WantedSecrets)

    @cached_property
    def images(self) -> ImagesByColor:
        """The images that each colour runs after the update."""
        return {color: self.settings.images.of(color).by_workload() for color in Color}

    @cached_property
    def roles(self) -> ColorRoles:
        """Who serves production before and after the update, and what each colour is for."""
        return ColorRoles(self.settings, self.live, self.images)

    @cached_property
    def releases(self) -> Releases:
        """Which images are new to whom, and whether production's database may be migrated."""
        allow_untested = self.settings.promotion.allow_untested
        return Releases(self.images, self.live, self.history, self.roles, allow_untested)

    @cached_property
    def routes(self) -> Routes:
        """What every proxy selects after the update."""
        return Routes(self.live, self.active, self.releases.to_production)

    @cached_property
    def pods(self) -> Pods:
        """What the colours' Deployments are bound to, run and are declared with."""
        return Pods(self.settings, self.live, self.images, self.roles.bindings, self.secrets)

    @cached_property
    def server(self) -> ServerUpdate:
        """What the update does to the database server."""
        live, name = self.live, naming.DATABASE
        return ServerUpdate(self.settings.database, live.server, live.pulled.get(name), live.security.get(name))

    @cached_property
    def backups(self) -> Backups:
        """Whether the update makes a backup, and the place for it."""
        return Backups(
            before_switch=self.settings.backup.before_switch,
            migrates=self.releases.migrates_from is not None,
            upgrades=self.server.upgrade is not None,
            wanted_size=self.settings.storage.backups,
            claim_size=self.live.backups,
        )

    @property
    def active(self) -> Color:
        """The colour that serves production after the update."""
        return self.roles.active

    @property
    def inactive(self) -> Color:
        """The other colour."""
        return self.roles.inactive

    @cached_property
    def kind(self) -> Kind:
        """What the update is for."""
        if not self.live.routed:
            return Kind.FIRST_INSTALL
        if self.roles.is_switch:
            return Kind.SWITCH
        if any(self.releases.changes.values()):
            return Kind.RELEASE
        return Kind.REPAIR if self.pods.rebound or self.routes.rerouted else Kind.NOTHING

    @property
    def known_copy(self) -> str:
        """When staging's copy was taken, by the history; empty where it has none in this database."""
        entry = self.history.latest.get(Job.SYNC)
        facts = entry.facts if entry else {}
        return str(facts.get("snapshot", "")) if facts.get("staging") == self.settings.database.staging else ""

    @cached_property
    def security(self) -> Mapping[str, PodSecurity]:
        """What each Deployment's pods are declared with, the database server's included."""
        return {naming.DATABASE: self.server.security, **self.pods.security}

    @cached_property
    def new_pods(self) -> frozenset[str]:
        """What this update makes pods by: the Deployments that roll, the server's, and the Jobs for its backup."""
        server = [naming.DATABASE] if self.server.starts else []
        jobs = [naming.BACKUP] if self.backups.is_due else []
        jobs += [naming.REHEARSAL] if self.server.is_rehearsed else []
        return frozenset([*self.pods.rolls, *server, *jobs])
