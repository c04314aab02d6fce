"""The releases in an update: which images are new to a colour, and whether one may migrate production's database."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from cadrart_infra import naming, workloads
from cadrart_infra.history.history import History
from cadrart_infra.live import Live
from cadrart_infra.model import Color, ImagesByColor, Workload
from cadrart_infra.plan.roles import ColorRoles

RELEASES_TO_PRODUCTION = "releasesToProduction"
"""A fact of an update's entry in the history: the colour that got another release while it served production."""


@dataclass(frozen=True)
class ImageChange:
    """A workload's image, as it runs now (empty where there is none) and as it is wanted."""

    before: str
    after: str


@dataclass(frozen=True)
class Releases:
    """The images of an update, compared with those that run and with those in the history.

    `allow_untested`: whether production may run what staging has not run.
    """

    images: ImagesByColor
    live: Live
    history: History
    roles: ColorRoles
    allow_untested: bool

    def change(self, color: Color, workload: Workload) -> ImageChange:
        """A workload's image before and after the update."""
        before = self.live.pulled.get(naming.workload_name(workload, color))
        return ImageChange(before.image if before else "", self.images[color][workload])

    @cached_property
    def changes(self) -> Mapping[Color, Mapping[Workload, ImageChange]]:
        """The workloads of each colour that get another image."""
        again = self.made_again
        return {
            color: {workload: change for workload, change in found.items() if workload not in again[color]}
            for color, found in self.unlike.items()
        }

    @cached_property
    def unlike(self) -> Mapping[Color, Mapping[Workload, ImageChange]]:
        """The workloads of each colour that get another image than they have now, those without a Deployment too."""
        return {color: _changed({one: self.change(color, one) for one in workloads.names()}) for color in Color}

    @cached_property
    def made_again(self) -> Mapping[Color, Mapping[Workload, ImageChange]]:
        """The workloads of each colour whose Deployment was deleted and comes back as it was: that is no release."""
        return {
            color: {one: change for one, change in found.items() if not change.before and self._had(color, one)}
            for color, found in self.unlike.items()
        }

    def _had(self, color: Color, workload: Workload) -> bool:
        """Whether the history knows a colour's image as its last one; of staging it has the images alone."""
        image = self.images[color][workload]
        if color is self.roles.served_by or self.roles.held_until:
            return self.history.served_by(color).get(workload) == image
        return image in self.history.tested_last

    @cached_property
    def to_production(self) -> bool:
        """Whether production gets another release without a switch: it passes the same checks as a switch.

        Also where a proxy is gone: what the other one leads to serves all the same. The next update does so again where
        such an update did not reach its end.
        """
        active = self.roles.active
        if self.roles.is_switch or self.roles.begins_to_serve:
            return False
        unfinished = self.history.unfinished
        again = unfinished is not None and unfinished.facts.get(RELEASES_TO_PRODUCTION) == active
        return bool(self._new_to_active) or again

    @cached_property
    def _new_to_active(self) -> Mapping[Workload, ImageChange]:
        """The workloads of the active colour that run another image now.

        Of one whose Deployment was deleted it is what it served with last, where it serves and that is known.
        """
        active = self.roles.active
        served = {} if self.roles.is_switch else self.history.served_by(active)
        running = {one: self.change(active, one).before or served.get(one, "") for one in workloads.names()}
        return _changed({one: ImageChange(now, self.images[active][one]) for one, now in running.items() if now})

    @cached_property
    def untested(self) -> Mapping[Workload, ImageChange]:
        """The workloads of the active colour with an image that neither it nor production has run.

        None where production is not served yet: a first install may need a second try with another image.
        """
        if self.roles.begins_to_serve:
            return {}
        new = self._new_to_active
        return {workload: new[workload] for workload in new if not self._has_served(workload, new[workload].after)}

    def tested_as(self, workload: Workload) -> frozenset[str]:
        """The digests as which staging runs the active colour's image, or ran it last.

        Empty where nothing is known, and where production may run what staging has not run.
        """
        image = self.images[self.roles.active][workload]
        if self.allow_untested:
            return frozenset()
        return self.live.tested.get(image) or self.history.tested.get(image, frozenset())

    def _has_served(self, workload: Workload, image: str) -> bool:
        return image == self._in_production(workload) or self.history.has_served(workload, image)

    def _in_production(self, workload: Workload) -> str | None:
        """The image that production is served with now; None where it is not served."""
        serves = self.live.colors.get(self.roles.served_by) if self.roles.served_by else None
        return serves.images.get(workload) if serves else None

    @property
    def migrates_from(self) -> Color | None:
        """The colour that serves production before pods can migrate its database; None where nothing can.

        A warm standby already ran with this database, and a switch back to it should not wait.
        """
        if self.roles.is_switch:
            return None if self.roles.stands_by else self.roles.inactive
        return self.roles.active if self.to_production else None

    @property
    def _wanted(self) -> Mapping[Workload, str]:
        """The images that production will be served with."""
        return self.images[self.roles.active]

    @property
    def goes_back(self) -> bool:
        """Whether production only gets images that its database is known to have been run with: nothing migrates it."""
        return self.migrates_from is not None and all(self._is_migrated_for(*one) for one in self._wanted.items())

    def _is_migrated_for(self, workload: Workload, image: str) -> bool:
        """Not so for what ran before a backup took the database's place."""
        return image == self._in_production(workload) or self.history.has_run_with_database(workload, image)

    @property
    def takes_back(self) -> bool:
        """Whether a switch gives production an earlier image than the one that it runs now."""
        others = [one for one, image in self._wanted.items() if image != self._in_production(one)]
        return self.roles.is_switch and self.goes_back and bool(others)

    @property
    def brings_migrations(self) -> str:
        """Why production's database may need what the active colour's release brings; empty where it does not."""
        active = self.roles.active
        if self.roles.begins_to_serve:
            return f"{active} is to serve production"
        if self.migrates_from is None or self.goes_back:
            return ""
        if self.to_production:
            return f"{active} gets another release"
        return f"{active} takes over from {self.roles.inactive}"


def _changed(changes: Mapping[Workload, ImageChange]) -> Mapping[Workload, ImageChange]:
    return {workload: change for workload, change in changes.items() if change.before != change.after}
