"""Create and update of the backup before a switch, as Pulumi's dynamic provider calls them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pulumi.dynamic import CreateResult, DiffResult, ResourceProvider, UpdateResult

from cadrart_infra.backup.operations import make_backup
from cadrart_infra.backup.triggers import backup_due
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.user_errors import told_as_sentence


class BackupProvider(ResourceProvider):
    """Backs production up when an update is a switch; otherwise only takes note.

    The account's password reaches the Job from its Secret and is neither input nor output.
    """

    serialize_as_secret_always = False

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        """Only a switch counts: no other setting, moved kubeconfig or edited code is a reason for a backup."""
        return DiffResult(changes=backup_due(_news))

    @told_as_sentence
    def create(self, props: dict[str, Any]) -> CreateResult:
        """The first switch's backup; no backup where this update is none."""
        return CreateResult("backup-before-switch", _recorded(props, _backup(props) if backup_due(props) else None))

    @told_as_sentence
    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        """A further backup; `last` tells of the newest."""
        return UpdateResult(_recorded(_news, _backup(_news) if backup_due(_news) else _olds["last"]))

    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        """Nothing: the backups stay on their claim, which outlives the stack."""


def _recorded(props: Mapping[str, Any], last: Mapping[str, Any] | None) -> dict[str, Any]:
    return {**{key: value for key, value in props.items() if key != "__provider"}, "last": last}


def _backup(props: Mapping[str, Any]) -> dict[str, Any]:
    kubectl = Kubectl(props["namespace"], props["context"])
    keep, time_limit = int(props["keep"]), int(props["timeLimit"])
    backup = make_backup(kubectl, props["database"], props["switchFrom"], keep, time_limit, _say)
    _say(f"backup {backup.summary()}")
    return backup.as_dict()


def _say(line: str) -> None:
    """The engine shows what a provider prints under the stack, line by line."""
    print(line, flush=True)
