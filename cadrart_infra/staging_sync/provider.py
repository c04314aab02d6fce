"""Create and update of staging's copy, as Pulumi's dynamic provider calls them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from pulumi.dynamic import CreateResult, DiffResult, ResourceProvider, UpdateResult

from cadrart_infra import naming
from cadrart_infra.cluster import secrets as passwords
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.database_server import PORT, forwarded
from cadrart_infra.mysql.session import Endpoint
from cadrart_infra.staging_sync.engine import restore_previous, run_sync
from cadrart_infra.staging_sync.masking import MaskingRules, shop_rules
from cadrart_infra.staging_sync.pace import PACES
from cadrart_infra.staging_sync.plan import SyncRequest
from cadrart_infra.staging_sync.triggers import restore_requested, sync_reasons
from cadrart_infra.user_errors import told_as_sentence

RECORDED = ("stagingColor", "images", "databases", "masking", "request", "restorePrevious")
"""What a later update is compared with; how the server is reached and how a run is made are no reasons for one."""


class StagingSyncProvider(ResourceProvider):
    """Makes staging's database a copy of production's when there is a reason to; otherwise only takes note.

    Accounts are read from Kubernetes Secrets inside the operation and are neither inputs nor outputs.
    """

    serialize_as_secret_always = False

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        """A change of anything recorded is an update, be it only to take note of it."""
        return DiffResult(changes=any(_olds.get(key) != _news[key] for key in RECORDED))

    @told_as_sentence
    def create(self, props: dict[str, Any]) -> CreateResult:
        """The first copy."""
        return CreateResult("staging-copy", {**_recorded(props), "last": _sync(props)})

    @told_as_sentence
    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        """A new copy, the previous one, or neither; `last` tells of the run that made what staging holds."""
        last = _olds["last"]
        if restore_requested(_olds, _news):
            last = _restore(_news)
        elif sync_reasons(_olds, _news):
            last = _sync(_news)
        return UpdateResult({**_recorded(_news), "last": last})

    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        """Nothing: staging's database stays with the volume that outlives the stack."""


def _recorded(props: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in props.items() if key != "__provider"}


def _sync(props: Mapping[str, Any]) -> dict[str, Any]:
    kubectl = _kubectl(props)
    with _endpoint(kubectl, props) as endpoint:
        result = run_sync(endpoint, _owner(kubectl, endpoint), _request(kubectl, props), _say)
    _say(result.summary())
    return result.as_dict()


def _restore(props: Mapping[str, Any]) -> dict[str, Any]:
    kubectl = _kubectl(props)
    with _endpoint(kubectl, props) as endpoint:
        snapshot_time = restore_previous(endpoint, _owner(kubectl, endpoint), _request(kubectl, props), _say)
    _say(f"the copy of {snapshot_time} is back in staging")
    return {"mode": "restored", "snapshot_time": snapshot_time}


def _say(line: str) -> None:
    """The engine shows what a provider prints under the stack, line by line."""
    print(line, flush=True)


def _kubectl(props: Mapping[str, Any]) -> Kubectl:
    return Kubectl(props["namespace"], props["context"])


def _request(kubectl: Kubectl, props: Mapping[str, Any]) -> SyncRequest:
    databases = props["databases"]
    return SyncRequest(
        production=databases["production"],
        staging=databases["staging"],
        keep_previous=props["keepPrevious"],
        masking=_masking(kubectl, props["masking"]),
        time_limit_seconds=props["timeLimit"],
        pace=PACES[props["pace"]],
    )


def _masking(kubectl: Kubectl, masking: Mapping[str, Any]) -> MaskingRules | None:
    """The rules, with a key of their own; without rules in the stack, the ready set for the shop's tables."""
    if not masking["enabled"]:
        return None
    key = passwords.ensure_value(kubectl, naming.MASKING_SECRET, "MASKING_KEY")
    ready = shop_rules(key)
    return MaskingRules(key, {**ready.columns, **masking["columns"]}, ready.keep | frozenset(masking["keep"]))


def _owner(kubectl: Kubectl, endpoint: Endpoint) -> Endpoint:
    """The same server as staging's own account reaches it."""
    account = passwords.account(kubectl, naming.STAGING_ACCOUNT_SECRET)
    return replace(endpoint, user=account.user, password=account.password)


@contextlib.contextmanager
def _endpoint(kubectl: Kubectl, props: Mapping[str, Any]) -> Iterator[Endpoint]:
    account = passwords.account(kubectl, naming.SYNC_ACCOUNT_SECRET)
    if props["address"]:
        host, _, port = props["address"].partition(":")
        yield Endpoint(host, int(port or PORT), account.user, account.password)
        return
    with forwarded(kubectl, account) as endpoint:
        yield endpoint
