"""What an update does to the database server: restart, upgrade, rehearsal."""

from dataclasses import dataclass
from functools import cached_property

from cadrart_infra.database_server.state import ServerState, is_asked_for
from cadrart_infra.database_server.upgrade import Upgrade, upgrade_of
from cadrart_infra.image_pull import Pulled
from cadrart_infra.pod_security import PodSecurity, server_security
from cadrart_infra.settings.database import DatabaseSettings


@dataclass(frozen=True)
class ServerUpdate:
    """What these `settings` do to a server in this `state`.

    `deployed` and `confined`: the image of its Deployment, and its pods' security; None where there is none.
    """

    settings: DatabaseSettings
    state: ServerState
    deployed: Pulled | None
    confined: PodSecurity | None

    @cached_property
    def upgrade(self) -> Upgrade | None:
        """The upgrade that this update brings."""
        return upgrade_of(self.state, self.settings.restart, self.settings.image)

    @property
    def is_rehearsed(self) -> bool:
        """Whether an upgrade is tried on a copy first."""
        return self.upgrade is not None and self.settings.rehearse

    @property
    def starts(self) -> bool:
        """Whether it gets a new pod: its first one, or one for a requested restart."""
        return self.state.running is None or is_asked_for(self.state, self.settings.restart)

    @property
    def security(self) -> PodSecurity:
        """What its pods are declared with."""
        new_image = self.deployed is not None and self.deployed.image != self.settings.image
        return server_security(self.confined, self.settings.run_as, new_image=new_image)
