"""An environment's snapshot of Secrets, as Pulumi's dynamic provider makes it."""

from __future__ import annotations

import time
from http import HTTPStatus
from typing import Any, ClassVar

from cadrart_infra import naming
from cadrart_infra.cluster.errors import ApiError
from cadrart_infra.cluster.kinds import CONFIG_MAP, SECRET, Object
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.cluster.secrets import encoded, plain_values
from cadrart_infra.dynamic import Inputs, Provider, Recorded
from cadrart_infra.model import Environment
from cadrart_infra.rotation.sources import sources
from cadrart_infra.rotation.wanted import version_of
from cadrart_infra.user_errors import UserError

_COLLECTED = 4.0
"""Seconds in which the cluster has removed a Secret whose owner is gone."""


class SnapshotInputs(Inputs):
    """`name`: of the snapshot, and of the ConfigMap that owns it. `versions`: of the Secrets, empty for a new one.

    `missing`: the cluster has no such Secret.
    """

    COUNTS = frozenset({"name"})

    environment: Environment
    name: str
    versions: dict[str, str]
    missing: bool


class SecretsSnapshotProvider(Provider[SnapshotInputs]):
    """Copies the values that pods use from Secret to Secret, through this process and nothing else.

    The copy belongs to the ConfigMap of the same name, which the engine makes before pods need it and deletes when none
    does; the cluster removes the copy with it. So no right to read or delete such Secrets is needed.
    """

    INPUTS: ClassVar[type[Inputs]] = SnapshotInputs
    ID = "secrets-snapshot"

    def is_change(self, old: SnapshotInputs, new: SnapshotInputs) -> bool:
        """One that was deleted by hand is made again."""
        return super().is_change(old, new) or new.missing

    def perform(self, _old: Recorded | None, new: SnapshotInputs) -> dict[str, Any]:
        """The snapshot, unless there is one of this name, which has the same content."""
        kubectl = Kubectl(new.namespace, new.context)
        manifest = _manifest(kubectl, new)
        if not _made(kubectl, manifest):
            time.sleep(_COLLECTED)  # one whose former owner is gone may still be there for a moment
            _made(kubectl, manifest)
        return {"missing": False}


def _made(kubectl: Kubectl, manifest: Object) -> bool:
    """False where there is one already."""
    try:
        kubectl.post(SECRET, manifest)
    except ApiError as error:
        if error.status != HTTPStatus.CONFLICT:
            raise
        return False
    return True


def _manifest(kubectl: Kubectl, new: SnapshotInputs) -> Object:
    wanted = sources(new.environment)
    found = {name: kubectl.find(SECRET, name) for name in set(wanted.values())}
    changed = [name for name, one in found.items() if new.versions.get(name) not in ("", version_of(one))]
    owner = kubectl.find(CONFIG_MAP, new.name)
    if changed or owner is None:
        raise UserError(
            f"{'Secret ' + changed[0] if changed else 'ConfigMap ' + new.name} was changed while the update ran. No "
            "pod has got another value. Run pulumi up again."
        )
    values = {key: plain_values(found[secret])[key] for key, secret in wanted.items()}
    reference = {"apiVersion": "v1", "kind": "ConfigMap", "name": new.name, "uid": owner["metadata"]["uid"]}
    return {
        **{"apiVersion": "v1", "kind": "Secret", "type": "Opaque", "immutable": True},
        "metadata": {"name": new.name, "labels": naming.MADE_BY_PROGRAM, "ownerReferences": [reference]},
        "data": encoded(values),
    }
