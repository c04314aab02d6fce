"""Takes the Lease for `pulumi destroy`, which runs no program, but deletes this resource first."""

from __future__ import annotations

import atexit
import time
from typing import Any

from cadrart_infra.cluster import identity, lease
from cadrart_infra.cluster.errors import ClusterError
from cadrart_infra.cluster.identity import Identity
from cadrart_infra.cluster.kinds import DEPLOYMENT, INGRESS
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.dynamic import Inputs, Provider, Recorded, say
from cadrart_infra.engine.process import engine
from cadrart_infra.history.entry import Job, Outcome
from cadrart_infra.history.store import Done, record
from cadrart_infra.user_errors import without_traceback


class UpdateLeaseInputs(Inputs):
    """Where the Lease lies, and which shop it is for (see `cluster.identity.Identity`)."""

    COUNTS = frozenset({"namespace", "context", "stack", "cluster_uid", "namespace_uid", "database"})

    stack: str = ""
    cluster_uid: str = ""
    namespace_uid: str = ""
    database: str = ""


class UpdateLeaseProvider(Provider[UpdateLeaseInputs]):
    """Deleting it takes the Lease: everything else of the stack is deleted after it. An update changes nothing.

    This process lives as long as the engine works, and frees the Lease when it ends. It outlives one that was killed,
    and the Lease runs out then: what the engine began may still be at work.
    """

    INPUTS = UpdateLeaseInputs
    ID = "update-lease"

    def perform(self, _old: Recorded | None, _new: UpdateLeaseInputs) -> dict[str, Any]:
        """Nothing: the program holds the Lease of an update."""
        return {}

    @without_traceback
    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        """Takes the Lease, unless its namespace is gone.

        Raises identity.WrongPlace where the kubeconfig leads to another cluster, the namespace is another one by
        now, or another stack destroys what is this one's, and lease.Held where somebody else changes the shop: nothing
        is deleted then.
        """
        given = self._read(_props)
        kubectl = Kubectl(given.namespace, given.context)
        here = identity.found(kubectl, given.stack, given.database)
        if not here.namespace_uid:
            return
        identity.require_same_place(here, Identity.of(_props))
        identity.require_own_stack(Identity.of(_props), engine().stack())
        doing = f"pulumi destroy of stack {given.stack}"
        destroying = engine()  # once it was killed, nothing leads from this process to it
        held = lease.take(kubectl, destroying.run, doing, say, lambda: destroying.lives)
        say(
            f"The shop of stack {given.stack} is removed: production ends. Its volumes with their data, its "
            "Secrets and its namespace stay. To have it back as it was: pulumi up"
        )
        if held:
            atexit.register(held.release)
            atexit.register(_record, kubectl, doing, time.monotonic())


def _record(kubectl: Kubectl, doing: str, began: float) -> None:
    """The destroy's entry in the history, which it leaves behind: done where nothing of the shop is left."""
    try:
        left = sorted(one["metadata"]["name"] for one in kubectl.objects(DEPLOYMENT, INGRESS))
    except ClusterError as error:
        left = [f"the cluster could not be asked: {error}"]
    outcome, detail = (Outcome.FAILED, f"left: {', '.join(left)}") if left else (Outcome.DONE, "")
    values = {"what": doing, "detail": detail}
    record(kubectl, Done(Job.DESTROY, outcome, time.monotonic() - began, values), say)
