"""What to do about an error of the server, with the shop's own commands where there are any."""

from collections.abc import Mapping

from cadrart_infra.mysql import errors as server
from cadrart_infra.naming import DATABASE, SERVICE_LABEL

_COMMANDS: Mapping[type[server.DatabaseError], str] = {
    server.FileMissing: (
        # Its Deployment is paused, and kubectl refuses to restart one.
        "The shop's server is started once more, which interrupts production for some seconds, by: "
        f"kubectl -n <namespace> delete pod --selector={SERVICE_LABEL}={DATABASE}"
    ),
    server.ConnectionsUsedUp: (
        "For the shop's server: pulumi config set --path database.settings.max_connections 300, and what pulumi "
        "preview names then"
    ),
    server.TextCutShort: (
        "For the shop's server: pulumi config set --path database.settings.max_allowed_packet 128M, and the restart "
        "that pulumi preview names then"
    ),
}


def what_to_do(error: server.DatabaseError, then: str, otherwise: str) -> str:
    """The remedy that is the same whoever asked, and what to do `then`; `otherwise` where the error knows none."""
    known = filter(None, (error.remedy, _COMMANDS.get(type(error), "")))
    return ". ".join([*known, f"Then {then}."]) if error.remedy else otherwise
