"""The running database server, as Pulumi's dynamic provider keeps it."""

from __future__ import annotations

from typing import Any, ClassVar

from cadrart_infra import naming
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.dynamic import Inputs, Provider, Recorded, say


class ServerInputs(Inputs):
    """When the server is to restart, and how it is set."""

    restart: str
    """The setting `database.restart`."""
    timeout: int
    """Seconds until a restart that does not answer is taken back."""
    settings: dict[str, str]
    """The setting `database.settings`."""
    due: list[str]
    """Why there is something to do, as the program read it in the cluster."""


class DatabaseServerProvider(Provider[ServerInputs]):
    """Starts the server, restarts it on request, and otherwise leaves its pod alone."""

    INPUTS: ClassVar[type[Inputs]] = ServerInputs
    ID = naming.DATABASE

    def is_change(self, _old: ServerInputs, new: ServerInputs) -> bool:
        """What the cluster has decides, not what was recorded."""
        return bool(new.due)

    def perform(self, _old: Recorded | None, new: ServerInputs) -> dict[str, Any]:
        """A server that answers: a new one is started, one that runs already goes on."""
        from cadrart_infra.database_server.boost import put_back
        from cadrart_infra.database_server.control import Control
        from cadrart_infra.database_server.restart import Restart
        from cadrart_infra.database_server.state import WantedServer

        kubectl = Kubectl(new.namespace, new.context)
        put_back(kubectl, say)
        Restart(Control(kubectl), WantedServer(new.restart, new.timeout, new.settings), say).run()
        return {"due": []}
