"""Brings staging's copy up to date for the sync's resource: a new copy, the previous one, or nothing."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from cadrart_infra import naming, workloads
from cadrart_infra.cluster import secrets as passwords
from cadrart_infra.cluster.kinds import DEPLOYMENT, Object, annotations_of, labels_of
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.cluster.pods import image_of
from cadrart_infra.database_server.boost import boosted
from cadrart_infra.dynamic import Recorded, say
from cadrart_infra.history.entry import Job
from cadrart_infra.history.store import recorded
from cadrart_infra.model import Color, Environment
from cadrart_infra.mysql.server import Endpoint
from cadrart_infra.staging_sync.due import reasons_without_record, restore_requested, sync_reasons
from cadrart_infra.staging_sync.inputs import COPY, SyncInputs
from cadrart_infra.staging_sync.journal import read_copy
from cadrart_infra.staging_sync.masking.keyed_rules import keyed_rules
from cadrart_infra.staging_sync.masking.rules import MaskingRules
from cadrart_infra.staging_sync.request import SyncRequest
from cadrart_infra.staging_sync.schemas import Schemas
from cadrart_infra.staging_sync.server import server_endpoint
from cadrart_infra.staging_sync.sync import restore_previous, run_sync


def bring_up_to_date(old: Recorded | None, new: SyncInputs) -> dict[str, Any]:
    """What is due, and the results to record: `last`: the run that made what staging holds."""
    before = SyncInputs.read(old) if old else None
    if old is None or before is None:
        return {"last": _first_run(new)}
    if restore_requested(before, new):
        return {"last": _restore(new)}
    reasons = sync_reasons(before, new)
    return {"last": _sync(new, reasons) if reasons else old["last"]}


def _now() -> str:
    """The identifier of this copy: staging's pods are replaced for each."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _first_run(given: SyncInputs) -> dict[str, Any]:
    """A copy that the server has already is kept, where nothing but Pulumi's record of it is missing."""
    kubectl, schemas = _kubectl(given), Schemas(given.databases.production, given.databases.staging)
    with server_endpoint(kubectl, given.address, given.ca) as endpoint:
        copy = read_copy(endpoint, schemas)
    pods = _templates(kubectl)
    reasons = reasons_without_record(copy, _running(pods, given.staging_color), given)
    if copy is None or reasons:
        return _sync(given, reasons)
    say(f"no sync: staging has the copy of {copy.snapshot_time}, and Pulumi's state had only no record of it")
    return {"mode": "found", "snapshot_time": copy.snapshot_time, COPY: _started_for(pods)}


def _templates(kubectl: Kubectl) -> dict[str, Object]:
    """The pod templates of the colours' Deployments that exist, by name."""
    found = {name: kubectl.find(DEPLOYMENT, name) for name in workloads.all_deployments()}
    return {name: one["spec"]["template"] for name, one in found.items() if one}


def _running(pods: Mapping[str, Object], color: str) -> dict[str, str]:
    """The images of a colour, by workload."""
    names = {one: naming.workload_name(one, Color(color)) for one in workloads.names()}
    return {one: image_of(pods[name]) for one, name in names.items() if name in pods}


def _started_for(pods: Mapping[str, Object]) -> str:
    """The copy that staging's pods were started for, which are not to be replaced; empty where none is noted."""
    staging = [one for one in pods.values() if _environment(one) == Environment.STG.value]
    noted = (annotations_of(one).get(naming.COPY, "") for one in staging)
    return next(filter(None, noted), "")


def _environment(template: Object) -> str:
    return str(labels_of(template).get(naming.ENVIRONMENT_LABEL, ""))


def _sync(given: SyncInputs, reasons: list[str]) -> dict[str, Any]:
    kubectl = _kubectl(given)
    with recorded(kubectl, Job.SYNC, "; ".join(reasons), say) as work:
        last = _run_sync(given, kubectl)
        work.facts = {**_copy(given, last["snapshot_time"]), "mode": last["mode"], "rows": last["rows"]}
    return {**last, COPY: _now()}


def _run_sync(given: SyncInputs, kubectl: Kubectl) -> dict[str, Any]:
    in_cluster = contextlib.nullcontext() if given.address else boosted(kubectl, say)
    with in_cluster, server_endpoint(kubectl, given.address, given.ca) as endpoint:
        result = run_sync(endpoint, _owner(kubectl, endpoint), _request(kubectl, given), say)
    say(result.summary())
    return result.as_dict()


def _restore(given: SyncInputs) -> dict[str, Any]:
    kubectl = _kubectl(given)
    with recorded(kubectl, Job.SYNC, "the previous copy is brought back", say) as work:
        with server_endpoint(kubectl, given.address, given.ca) as endpoint:
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
        pace=given.how_fast,
        take_over=given.take_over,
    )


def _masking(kubectl: Kubectl, given: SyncInputs) -> MaskingRules | None:
    rules = given.masking_rules if given.masking.enabled else None
    return keyed_rules(kubectl, rules.columns, rules.keep) if rules else None


def _owner(kubectl: Kubectl, endpoint: Endpoint) -> Endpoint:
    """The same server as staging's own account reaches it."""
    account = passwords.account(kubectl, naming.STAGING_ACCOUNT_SECRET)
    return replace(endpoint, user=account.user, password=account.password)
