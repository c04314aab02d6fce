"""The shop as an older release declared it, before pods were confined."""

import copy
import json
from pathlib import Path
from typing import Any

from cadrart_infra.live import mounted_claims
from tests.unit.database_server.objects import replica_set
from tests.unit.program import FakeKubectl

OLDER = json.loads(Path(__file__).with_name("older_deployments.json").read_text())
"""Its Deployments, as they were declared."""

Object = dict[str, Any]


def running() -> FakeKubectl:
    """The shop of an older release, as the cluster has it."""
    found = copy.deepcopy(list(OLDER.values()))
    for one in found:
        writers = [{"manager": "pulumi-kubernetes-1a2b3c", "fieldsV1": {}}]
        one["metadata"] |= {"generation": 1, "managedFields": writers, "uid": f"uid-of-{one['metadata']['name']}"}
    server = replica_set("db-1", 1, 1, older("db"), owner="uid-of-db")
    claims = {name for one in found for name in mounted_claims(one)}
    return FakeKubectl(deployments=[*found, server], claims=[_claim(name) for name in sorted(claims)])


def _claim(name: str) -> Object:
    return {
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": name},
        "spec": {"storageClassName": "linode-block-storage-retain", "resources": {"requests": {"storage": "10Gi"}}},
    }


def older(name: str) -> Object:
    found: Object = OLDER[f"deployment/{name}"]["spec"]["template"]
    return found
