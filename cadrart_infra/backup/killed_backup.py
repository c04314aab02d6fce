"""Removes what a killed backup left: its Job, and its comparison copy of production.

The next backup removes both. So does the next update that makes none: the Job's pod would go on with its dump beside
production, and the copy, with all of the customers' data, would lie there until somebody wants a backup.
Either may be there alone: the server was away when the Job was removed, or somebody deleted that.
"""

from __future__ import annotations

from contextlib import closing

from cadrart_infra import naming
from cadrart_infra.backup.comparison import remove_leftover
from cadrart_infra.backup.databases import comparison_database
from cadrart_infra.backup.errors import BackupError
from cadrart_infra.cluster import secrets as passwords
from cadrart_infra.cluster.errors import ClusterError
from cadrart_infra.cluster.job_runner import remove_leftover_job
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.cluster.pods import is_ready
from cadrart_infra.database_server.connection import forwarded_endpoint
from cadrart_infra.database_server.state import read_server
from cadrart_infra.mysql.errors import DatabaseError
from cadrart_infra.mysql.session import Session


def remove(kubectl: Kubectl, copy: str) -> str:
    """Removes what was left and says so; empty where nothing was. For whoever holds the Lease.

    `copy`: the database of a comparison that is there, empty where none was seen.
    """
    if not remove_leftover_job(kubectl, naming.BACKUP) and not copy:
        return ""
    try:
        _remove_copy(kubectl)
    except (BackupError, ClusterError, DatabaseError) as error:
        return (
            "backup: the one of an update that was killed is removed. Its copy of production, if it had made one yet, "
            f"stays until the next update or backup: {error}"
        )
    return "backup: the one of an update that was killed is removed, with its copy of production"


def _remove_copy(kubectl: Kubectl) -> None:
    if not any(map(is_ready, read_server(kubectl).pods)):
        raise BackupError("the database server is not ready")  # this update may be the one that brings it back
    account, copy = passwords.account(kubectl, naming.SYNC_ACCOUNT_SECRET), comparison_database(kubectl)
    with forwarded_endpoint(kubectl, account) as endpoint, closing(Session(endpoint)) as session:
        remove_leftover(session, copy)
