"""Lets a preview fail where the update of the accounts would."""

from __future__ import annotations

import pulumi

from cadrart_infra import naming
from cadrart_infra.accounts.ownership import require_own_staging
from cadrart_infra.accounts.provider import AccountsInputs
from cadrart_infra.cluster.errors import ClusterError
from cadrart_infra.cluster.kinds import DEPLOYMENT
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.database_server.connection import root_of
from cadrart_infra.dynamic import Recorded
from cadrart_infra.hooks import before_writes
from cadrart_infra.mysql.errors import DatabaseError


def checked_in_preview(opts: pulumi.ResourceOptions | None) -> pulumi.ResourceOptions:
    """Adds a hook with which a preview fails if staging would get a foreign database."""

    def look(args: pulumi.ResourceHookArgs) -> None:
        if pulumi.runtime.is_dry_run() and args.new_inputs is not None:
            require_own(args.old_outputs, args.new_inputs)

    hooks = before_writes("staging-s-own-database", look, in_previews=True)
    return pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(hooks=hooks))


def require_own(recorded: Recorded | None, wanted: Recorded) -> None:
    """Raises AccountsError as the update would; asks the server only if staging's database changes.

    If the server does not run or may not be asked, the preview passes: the update checks again.
    """
    new = AccountsInputs.read(wanted)
    before = AccountsInputs.read(recorded).access.staging if recorded else ""
    if not new.namespace or before == new.access.staging:
        return
    try:
        kubectl = Kubectl(new.namespace, new.context)
        server = kubectl.find(DEPLOYMENT, naming.DATABASE) or {}
        if server.get("status", {}).get("availableReplicas"):
            require_own_staging(root_of(kubectl), new.access)
    except (ClusterError, DatabaseError):
        return
