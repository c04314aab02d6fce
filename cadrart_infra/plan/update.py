"""What an update means: worked out once, from the settings and from what the cluster does now (pure).

The program declares the shop from it; the preview's text and the stack's outputs read it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property

from cadrart_infra import naming, traffic, workloads
from cadrart_infra.database_server.state import is_asked_for
from cadrart_infra.database_server.upgrade import Upgrade, upgrade_of
from cadrart_infra.history.entry import Job
from cadrart_infra.history.history import History
from cadrart_infra.live import Live
from cadrart_infra.model import Color, Environment, Workload
from cadrart_infra.pod_security import PodSecurity, server_security, workload_security
from cadrart_infra.rotation.sources import uses_secrets
from cadrart_infra.rotation.wanted import WantedSecrets
from cadrart_infra.settings import Settings

RELEASES_TO_PRODUCTION = "releasesToProduction"
"""Of an update's entry in the history: the colour whose pods got another release while it served production."""


class Kind(StrEnum):
    """What an update is for."""

    FIRST_INSTALL = "first install"
    SWITCH = "switch"
    """Production is served, and not by the active colour alone."""
    RELEASE = "release"
    """No switch, and a colour gets another image."""
    REPAIR = "repair"
    """Neither, but somebody changed what pods or proxies are bound to, or a standby's time is up."""
    NOTHING = "nothing"
    """Colours, roles and releases stay as they are; other settings may still change objects."""


class Role(StrEnum):
    """What a colour is for."""

    PRODUCTION = "production"
    STAGING = "staging"
    STANDBY = "standby"
    """Bound to production and kept warm, but no proxy leads to it; there is no staging meanwhile."""


@dataclass(frozen=True)
class Change:
    """A workload's image, as it runs now (empty where there is none) and as it is wanted."""

    before: str
    after: str


@dataclass(frozen=True)
class UpdatePlan:
    """What an update with these `settings` does to a shop that is as `live` says, after what `history` tells.

    `secrets`: what the Secrets want of its pods and of its server.
    """

    settings: Settings
    live: Live
    history: History = field(default_factory=History)
    secrets: WantedSecrets = field(default_factory=WantedSecrets)

    @property
    def active(self) -> Color:
        """The colour that serves production after the update."""
        return self.settings.active_color

    @property
    def inactive(self) -> Color:
        """The other colour."""
        return self.active.other

    @property
    def served_by(self) -> Color | None:
        """The colour that serves production before the update; None where none does, or the proxies disagree."""
        return self.live.production

    @property
    def is_switch(self) -> bool:
        """Whether production is served now, and not by the active colour alone."""
        return self.live.is_switch_to(self.active)

    @property
    def migrates_from(self) -> Color | None:
        """The colour that serves production before pods can migrate its database; None where nothing can.

        Pods of the active colour that stand by already ran with this database: a switch back to them should not wait.
        """
        if self.is_switch:
            return None if self.stands_by else self.inactive
        return self.active if self.releases_to_production else None

    @cached_property
    def releases_to_production(self) -> bool:
        """Whether production gets another release without a switch, which goes through all that a switch goes through.

        So does the next update where one that did so has not got to its end.
        """
        if self.served_by is not self.active:
            return False
        unfinished = self.history.unfinished
        again = unfinished is not None and unfinished.facts.get(RELEASES_TO_PRODUCTION) == self.active
        return bool(self._new_to_active) or again

    @cached_property
    def _new_to_active(self) -> Mapping[Workload, Change]:
        """The workloads of the active colour that run another image now; one whose Deployment was deleted runs none."""
        running = {one: self.live.pulled.get(naming.workload_name(one, self.active)) for one in workloads.names()}
        changes = {one: Change(now.image, self.images[self.active][one]) for one, now in running.items() if now}
        return {workload: change for workload, change in changes.items() if change.before != change.after}

    @cached_property
    def untested(self) -> Mapping[Workload, Change]:
        """The workloads of the active colour with an image that neither it nor production has run.

        None where production is not served yet: a first install may need a second try with another image.
        """
        if self.served_by is None and not self.is_switch:
            return {}
        new = self._new_to_active
        return {workload: new[workload] for workload in new if not self._has_served(workload, new[workload].after)}

    def tested_as(self, workload: Workload) -> frozenset[str]:
        """The digests of the active colour's image with which staging runs it, or ran it last.

        Empty where nothing is known, and where the stack takes what staging has not run.
        """
        image = self.images[self.active][workload]
        if self.settings.promotion.allow_untested:
            return frozenset()
        return self.live.tested.get(image) or self.history.tested.get(image, frozenset())

    def _has_served(self, workload: Workload, image: str) -> bool:
        serves = self.live.colors.get(self.served_by) if self.served_by else None
        now = serves.images.get(workload) if serves else None
        return image == now or self.history.has_served(workload, image)

    @property
    def goes_back(self) -> bool:
        """Whether production only gets images that it has run before, as far as is known: nothing new migrates it."""
        images = self.images[self.active].items()
        return self.migrates_from is not None and all(self._has_served(*one) for one in images)

    @property
    def brings_migrations(self) -> str:
        """Why production's database may need what the active colour's release brings; empty where it does not."""
        if self.served_by is None and not self.is_switch:
            return f"{self.active} is to serve production"
        if self.migrates_from is None or self.goes_back:
            return ""
        if self.releases_to_production:
            return f"{self.active} gets another release"
        return f"{self.active} takes over from {self.inactive}"

    @property
    def stands_by(self) -> bool:
        """Whether the active colour's pods are bound to production already, as they are wanted, and ready."""
        return self.live.stands_by(self.active, self.images[self.active])

    @cached_property
    def kind(self) -> Kind:
        """What the update is for."""
        if not self.live.routed:
            return Kind.FIRST_INSTALL
        if self.is_switch:
            return Kind.SWITCH
        if any(self.releases.values()):
            return Kind.RELEASE
        return Kind.REPAIR if self._rebound or self.rerouted else Kind.NOTHING

    @cached_property
    def images(self) -> Mapping[Color, Mapping[Workload, str]]:
        """The images that each colour runs after the update."""
        return {color: self.settings.images.of(color).by_workload() for color in Color}

    def change(self, color: Color, workload: Workload) -> Change:
        """A workload's image before and after the update."""
        before = self.live.colors.get(color)
        return Change(before.images.get(workload, "") if before else "", self.images[color][workload])

    @cached_property
    def releases(self) -> Mapping[Color, Mapping[Workload, Change]]:
        """The workloads of each colour that get another image."""
        changes = {color: {one: self.change(color, one) for one in workloads.names()} for color in Color}
        return {
            color: {workload: change for workload, change in mine.items() if change.before != change.after}
            for color, mine in changes.items()
        }

    @property
    def known_copy(self) -> str:
        """When staging's copy was taken, as the history tells; empty where it tells of none in this database."""
        entry = self.history.latest.get(Job.SYNC)
        facts = entry.facts if entry else {}
        return str(facts.get("snapshot", "")) if facts.get("staging") == self.settings.database.staging else ""

    @cached_property
    def held_until(self) -> datetime | None:
        """When the hold of a warm standby ends; None where the inactive colour is staging.

        A warm standby goes on untouched, bound to production, for `promotion.hold` seconds after production left
        it. It ends before that with a release to it: that is a release to staging. Only a colour that is bound to
        production already, and could take it over again at once, is held.
        """
        if self.settings.standby != "warm" or not self.live.stands_by(self.inactive, self.images[self.inactive]):
            return None
        turned = datetime.fromisoformat(self.live.turned_at(self.routing)[traffic.turned_with(Environment.PROD)])
        until = turned + timedelta(seconds=self.settings.promotion.hold)
        return until if until > self.live.read_at else None

    @cached_property
    def bindings(self) -> Mapping[Color, Environment]:
        """What each colour's pods are bound to after the update: both to production during a warm standby."""
        inactive = Environment.PROD if self.held_until else Environment.STG
        return {color: Environment.PROD if color is self.active else inactive for color in Color}

    @property
    def roles(self) -> Mapping[Color, Role]:
        """What each colour is for after the update."""
        return {self.active: Role.PRODUCTION, self.inactive: Role.STANDBY if self.held_until else Role.STAGING}

    @cached_property
    def routing(self) -> Mapping[str, Mapping[str, str]]:
        """What every proxy selects, and what the record of the colours says (see `traffic.routing`)."""
        return traffic.routing(self.active)

    @cached_property
    def turned_at(self) -> Mapping[str, str]:
        """When each of them was switched to that; a release to production switches production's to its new pods."""
        kept = self.live.turned_at(self.routing)
        if not self.releases_to_production:
            return kept
        production = (*traffic.proxies(Environment.PROD), naming.ENVIRONMENT_CONFIG)
        return {**kept, **dict.fromkeys(production, self.live.now)}

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
        """What is recorded with each Deployment since it was bound to that (see `Live.bound_at`)."""
        return self.live.bound_at(self.bound)

    @property
    def rolls(self) -> list[str]:
        """The Deployments whose pods are replaced because of what they are bound to or run."""
        return [name for name in self.bound if name in self._rebound or name in self.rotated]

    @cached_property
    def _rebound(self) -> list[str]:
        return _different(self.bound, {name: one.content for name, one in self.live.bound.items()})

    @property
    def rotated(self) -> list[str]:
        """The Deployments whose pods get another snapshot of their environment's Secrets."""
        bound, using = self.live.snapshots, [one for one in workloads.names() if uses_secrets(one)]
        names = [naming.workload_name(one, color) for color in Color for one in using]
        return [name for name in names if name in bound and bound[name] != self.snapshots[name]]

    @cached_property
    def snapshots(self) -> Mapping[str, str]:
        """The snapshot that each Deployment's pods are bound to; empty: the Secrets themselves.

        Pods of an older release keep that until they roll for another reason, or a value has changed.
        """
        found = {}
        for color in Color:
            environment = self.bindings[color]
            for name in workloads.deployments(color):
                older = self.live.snapshots.get(name) == "" and name not in self._rebound
                stays = older and not self.secrets.changed[environment]
                now = self.live.snapshots.get(name, "")
                found[name] = "" if stays else self.secrets.snapshots[environment] or now
        return found

    @property
    def rerouted(self) -> list[str]:
        """The proxies and the record that are not as they will be."""
        return _different(self.routing, {name: one.content for name, one in self.live.routed.items()})

    @cached_property
    def security(self) -> Mapping[str, PodSecurity]:
        """What each Deployment's pods are declared with, the database server's included."""
        now, database = self.live.security, self.settings.database
        running = self.live.pulled.get(naming.DATABASE)
        new_image = running is not None and running.image != database.image
        found = {naming.DATABASE: server_security(now.get(naming.DATABASE), database.run_as, new_image=new_image)}
        for color in Color:
            for workload in workloads.names():
                name, user = naming.workload_name(workload, color), self.settings.run_as.of(workload)
                found[name] = workload_security(now.get(name), user, rolls=name in self.rolls)
        return found

    def logs_claim(self, color: Color) -> str:
        """Where a colour's pods write their logs.

        Both environments had one claim in older releases; staging's pods get their own with their next roll.
        """
        names = workloads.deployments(color)
        former = naming.logs_claim(Environment.PROD)
        stays = any(self.live.logs.get(name) == former and name not in self.rolls for name in names)
        return former if stays else naming.logs_claim(self.bindings[color])

    def startup(self, workload: Workload, color: Color) -> int:
        """Seconds until a pod that does not get healthy is started again: one that migrates is not cut off.

        Pods of an older release keep theirs until they are replaced for another reason.
        """
        timeout, name = self.settings.rollout.timeout, naming.workload_name(workload, color)
        if not workloads.spec_of(workload).migrates or self.settings.migration.command:
            return timeout
        if name not in self.rolls and self.live.startup(name) == timeout:
            return timeout
        return max(timeout, self.settings.migration.time_limit)

    @cached_property
    def upgrade(self) -> Upgrade | None:
        """The upgrade of the database server that this update brings."""
        database = self.settings.database
        return upgrade_of(self.live.server, database.restart, database.image)

    @property
    def wants_backups(self) -> bool:
        """Whether there has to be a place for backups: the stack wants one before a switch, or an upgrade needs one."""
        return self.settings.backup.before_switch or self.upgrade is not None

    @property
    def backs_up(self) -> bool:
        """Whether this update makes a backup (see `backup.due`): before a switch or a release that can migrate."""
        before_migrations = self.settings.backup.before_switch and self.migrates_from is not None
        return before_migrations or self.upgrade is not None

    @property
    def backups_size(self) -> str | None:
        """The size of the claim for backups; one that is not needed now stays as it is. None where there is none."""
        return self.settings.storage.backups if self.wants_backups else self.live.backups or None

    @cached_property
    def new_pods(self) -> frozenset[str]:
        """What this update makes pods by: the Deployments that roll, the server's, and the Jobs for its backup."""
        database = self.settings.database
        starts = self.live.server.running is None or is_asked_for(self.live.server, database.restart)
        jobs = [naming.BACKUP] if self.backs_up else []
        jobs += [naming.REHEARSAL] if self.upgrade and database.rehearse else []
        return frozenset([*self.rolls, *([naming.DATABASE] if starts else []), *jobs])


def _different(wanted: Mapping[str, Mapping[str, str]], found: Mapping[str, Mapping[str, str]]) -> list[str]:
    names: Iterable[str] = wanted
    return [name for name in names if found.get(name) != wanted[name]]
