"""The account that a restore works with: made for it, and gone after it.

It needs what only root has: to make views, triggers and routines that belong to others, and to do so with the binary
log on. Root itself is let in through the server's own socket only, and a Job's pod comes over the network.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from cadrart_infra import naming
from cadrart_infra.cluster import secrets as passwords
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.cluster.secrets import Credentials
from cadrart_infra.database_server.connection import root_of
from cadrart_infra.mysql import sql
from cadrart_infra.mysql.root_client import RootClient

_USER = "cadrart-restore"


@contextlib.contextmanager
def restore_account(kubectl: Kubectl) -> Iterator[Credentials]:
    """The account and its Secret (`naming.RESTORE_ACCOUNT_SECRET`) while the block runs.

    What a killed run left of either is created again, with another password.
    """
    root = root_of(kubectl)
    user = sql.user_at_any_host(_USER)
    _remove(kubectl, root)
    try:
        credentials = passwords.ensure_account(kubectl, naming.RESTORE_ACCOUNT_SECRET, _USER)
        root.run(
            f"CREATE USER {user} IDENTIFIED BY {sql.string(credentials.password)}",
            f"GRANT ALL PRIVILEGES ON *.* TO {user}",
        )
        yield credentials
    finally:
        _remove(kubectl, root)


def _remove(kubectl: Kubectl, root: RootClient) -> None:
    root.run(f"DROP USER IF EXISTS {sql.user_at_any_host(_USER)}")
    kubectl.run("delete", "secret", naming.RESTORE_ACCOUNT_SECRET, "--ignore-not-found")
