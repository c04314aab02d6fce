"""Upgrades of the database server: refuses an image that cannot take up the data files."""

import re
from dataclasses import dataclass

from cadrart_infra.cluster.errors import ClusterError
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.cluster.pods import image_of
from cadrart_infra.database_server.state import DEPLOYMENT_KEY, ServerState, is_asked_for, is_cut_off
from cadrart_infra.database_server.template import requested_restart, to_take_back
from cadrart_infra.mysql.server import Server
from cadrart_infra.mysql.upgrade_paths import WantedServer, is_moving, upgrade_obstacle
from cadrart_infra.terminal import Say
from cadrart_infra.user_errors import UserError

_ASK = ("exec", DEPLOYMENT_KEY, "--", "sh", "-c", "mysqld --version || mariadbd --version")
_SAID = re.compile(r"\bVer (\S+)")


class ImpossibleUpgrade(UserError):
    """The server in the wanted image would not start on production's data files; nothing was changed."""


def require_possible(state: ServerState, image: str, kubectl: Kubectl, warn: Say) -> None:
    """Raises ImpossibleUpgrade if `image` cannot follow what runs.

    Asks the running server's own program for its version, in its pod; where that cannot be done, its image's name has
    to say it. `warn` is called where the wanted image's name has no version.
    """
    running = running_image(state)
    if not running or running == image:
        return
    if is_moving(image):
        raise ImpossibleUpgrade(
            f"database.image {image} has no version: another server could be pulled by that name at any restart; "
            f"nothing was changed. Name the version: pulumi config set --path database.image {running}"
        )
    wanted = WantedServer.of(image)
    if now := running_server(running, kubectl):
        if why := upgrade_obstacle(now, wanted):
            raise ImpossibleUpgrade(
                f"database.image {image} cannot follow what runs, {running}: {why}. Nothing was changed. "
                f"Set it back: pulumi config set --path database.image {running}"
            )
        if wanted.series:
            return
    warn(
        f"Whether {image} can take up the data files of {running} does not follow from their names. A server that does "
        "not start on them is taken back; one that converts them is not"
    )


@dataclass(frozen=True)
class Upgrade:
    """Another image of the server, as a restart brings it that was asked for."""

    before: str
    after: str
    request_before: str = ""
    """The value of database.restart that the running server was started for."""

    @property
    def way_to_stay(self) -> str:
        """The commands after which the next update lets the running server be: the image alone would restart it."""
        return f"pulumi config set --path database.image {self.before} && {to_take_back(self.request_before)}"


def upgrade_of(state: ServerState, restart: str, image: str) -> Upgrade | None:
    """The upgrade that this update begins; None also if a killed update has begun it.

    `restart` and `image` are the stack's database.restart and database.image.
    """
    running = running_image(state)
    if is_cut_off(state) or not is_asked_for(state, restart) or running == image:
        return None
    assert state.template is not None
    return Upgrade(running, image, requested_restart(state.template))


def running_image(state: ServerState) -> str:
    """The image of the server that runs, or is to run; empty where there is none."""
    template = state.template
    return image_of(template) if template else ""


def running_server(image: str, kubectl: Kubectl) -> Server | None:
    """The running server, by its own version, else by its image's name; None if neither says it."""
    try:
        if said := _SAID.search(kubectl.run(*_ASK)):
            return Server.parse(said[1])
    except ClusterError:
        pass
    named = WantedServer.of(image)
    if named.series is None or named.is_mariadb is None:
        return None
    return Server(named.is_mariadb, (*named.series, named.patch or 0))
