"""What somebody dropped on the running server: accounts and databases that the program has made there."""

from __future__ import annotations

from cadrart_infra.accounts.statements import Access, Account
from cadrart_infra.cluster.errors import ClusterError
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.database_server.connection import root_of
from cadrart_infra.mysql import sql
from cadrart_infra.mysql.errors import DatabaseError

_SECONDS = 10


def absent_on_server(kubectl: Kubectl, access: Access) -> list[str]:
    """The accounts and databases that the server lacks, as people name them; none where it cannot be asked now.

    It cannot before the first install, while it restarts, or by whoever may only look.
    """
    users, databases = [access.user(account) for account in Account], [access.production, access.staging]
    try:
        rows = root_of(kubectl, _SECONDS).run(
            f"SELECT 'account', user FROM mysql.user WHERE host = '%' AND user IN ({sql.texts(users)})",
            "SELECT 'database', schema_name FROM information_schema.schemata "
            f"WHERE schema_name IN ({sql.texts(databases)})",
        )
    except (ClusterError, DatabaseError):
        return []
    found = {(kind, name.lower()) for kind, name in rows}
    wanted = [*(("account", one) for one in users), *(("database", one) for one in databases)]
    return [f"{kind} {name}" for kind, name in wanted if (kind, name.lower()) not in found]
