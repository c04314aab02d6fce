"""How the sync's accounts reach the server: through the pod of `db`, or at the address that the stack names."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from cadrart_infra import naming
from cadrart_infra.cluster import secrets as passwords
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.database_server.connection import forwarded_endpoint
from cadrart_infra.mysql.server import Endpoint
from cadrart_infra.mysql.tls import Tls


@contextlib.contextmanager
def server_endpoint(kubectl: Kubectl, address: str, authorities: str) -> Iterator[Endpoint]:
    """The server as the sync's account reaches it while the block runs, and no other server in its place.

    `address`: host:port, empty for the pod. `authorities`: see `Tls`, for an address alone. Raises ClusterError where
    the account's Secret is not there: it comes with the first update.
    """
    account = passwords.account(kubectl, naming.SYNC_ACCOUNT_SECRET)
    if address:
        host, _, port = address.partition(":")
        yield Endpoint(host, int(port or naming.DATABASE_PORT), account.user, account.password, tls=Tls(authorities))
        return
    with forwarded_endpoint(kubectl, account) as endpoint:
        yield endpoint
