"""Staging's copy, as Pulumi's dynamic provider makes it."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, ClassVar

from cadrart_infra import naming
from cadrart_infra.cluster import secrets as passwords
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.database_server.boost import boosted
from cadrart_infra.dynamic import Inputs, Provider, Recorded, say
from cadrart_infra.history.entry import Job
from cadrart_infra.history.store import recorded
from cadrart_infra.mysql.session import Endpoint
from cadrart_infra.staging_sync.due import changed_rules, restore_requested, sync_reasons
from cadrart_infra.staging_sync.engine import restore_previous, run_sync
from cadrart_infra.staging_sync.inputs import COPY, SyncInputs
from cadrart_infra.staging_sync.masking.rules import MaskingRules
from cadrart_infra.staging_sync.pace import PACES
from cadrart_infra.staging_sync.plan import SyncRequest
from cadrart_infra.staging_sync.server import reached


class StagingSyncProvider(Provider[SyncInputs]):
    """Makes staging's database a copy of production's when there is a reason to; otherwise only takes note.

    Staging's database stays when the stack goes.
    """

    INPUTS: ClassVar[type[Inputs]] = SyncInputs
    ID = "staging-copy"

    def is_change(self, old: SyncInputs, new: SyncInputs) -> bool:
        """Rules that came with this release are one too, where an older release recorded which ones it had."""
        return super().is_change(old, new) or bool(changed_rules(old, new))

    def perform(self, old: Recorded | None, new: SyncInputs) -> dict[str, Any]:
        """A new copy, the previous one, or neither; `last` tells of the run that made what staging holds."""
        before = SyncInputs.read(old) if old else None
        if old is None or before is None:
            return {"last": _sync(new, sync_reasons(None, new))}
        if restore_requested(before, new):
            return {"last": _restore(new)}
        reasons = sync_reasons(before, new)
        return {"last": _sync(new, reasons) if reasons else old["last"]}


def _now() -> str:
    """What tells this copy from every other one: staging's pods are replaced for each."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _sync(given: SyncInputs, reasons: list[str]) -> dict[str, Any]:
    kubectl = _kubectl(given)
    with recorded(kubectl, Job.SYNC, "; ".join(reasons), say) as work:
        last = _run_sync(given, kubectl)
        work.facts = {**_copy(given, last["snapshot_time"]), "mode": last["mode"], "rows": last["rows"]}
    return {**last, COPY: _now()}


def _run_sync(given: SyncInputs, kubectl: Kubectl) -> dict[str, Any]:
    in_cluster = contextlib.nullcontext() if given.address else boosted(kubectl, say)
    with in_cluster, reached(kubectl, given.address) as endpoint:
        result = run_sync(endpoint, _owner(kubectl, endpoint), _request(kubectl, given), say)
    say(result.summary())
    return result.as_dict()


def _restore(given: SyncInputs) -> dict[str, Any]:
    kubectl = _kubectl(given)
    with recorded(kubectl, Job.SYNC, "the previous copy is brought back", say) as work:
        with reached(kubectl, given.address) as endpoint:
            snapshot_time = restore_previous(endpoint, _owner(kubectl, endpoint), _request(kubectl, given), say)
        work.facts = {**_copy(given, snapshot_time), "mode": "restored"}
    say(f"the copy of {snapshot_time} is back in staging")
    return {"mode": "restored", "snapshot_time": snapshot_time, COPY: _now()}


def _copy(given: SyncInputs, snapshot_time: str) -> dict[str, Any]:
    """What staging's copy is, for the history."""
    return {
        "snapshot": snapshot_time,
        "production": given.databases.production,
        "staging": given.databases.staging,
        "masked": given.masking.enabled,
    }


def _kubectl(given: SyncInputs) -> Kubectl:
    return Kubectl(given.namespace, given.context)


def _request(kubectl: Kubectl, given: SyncInputs) -> SyncRequest:
    return SyncRequest(
        production=given.databases.production,
        staging=given.databases.staging,
        keep_previous=given.keep_previous,
        masking=_masking(kubectl, given),
        time_limit_seconds=given.time_limit,
        pace=PACES[given.pace],
        take_over=given.take_over,
    )


def _masking(kubectl: Kubectl, given: SyncInputs) -> MaskingRules | None:
    """The rules, with a key of their own that is made when it is first needed."""
    if not given.masking.enabled or given.masking_rules is None:
        return None
    key = passwords.ensure_value(kubectl, naming.MASKING_SECRET, "MASKING_KEY")
    return MaskingRules(key, given.masking_rules.columns, frozenset(given.masking_rules.keep))


def _owner(kubectl: Kubectl, endpoint: Endpoint) -> Endpoint:
    """The same server as staging's own account reaches it."""
    account = passwords.account(kubectl, naming.STAGING_ACCOUNT_SECRET)
    return replace(endpoint, user=account.user, password=account.password)
