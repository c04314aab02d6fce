"""The end of a change of Secrets: what is noted is what pods and server have got."""

from __future__ import annotations

from typing import Any

import pytest

from cadrart_infra import naming
from cadrart_infra.accounts.completion import operations, provider
from cadrart_infra.accounts.completion.provider import SecretsCompletionProvider
from cadrart_infra.cluster.kinds import SECRET, Kind
from cadrart_infra.cluster.secrets import encoded
from cadrart_infra.model import Environment
from cadrart_infra.rotation.in_use import ValuesInUse
from cadrart_infra.rotation.wanted import version_of
from cadrart_infra.user_errors import UserError

SECRETS = {**naming.REQUIRED_SECRETS, **naming.GENERATED_SECRETS}
SNAPSHOTS = {one.value: naming.secrets_snapshot(one, "new") for one in Environment}


def secret(name: str, version: int) -> dict[str, Any]:
    data = encoded({key: f"{key} {version}" for key in SECRETS[name]})
    return {"metadata": {"name": name, "uid": name, "resourceVersion": str(version)}, "data": data}


class Cluster:
    """Secrets with one version each, and no pod that has other values than they have."""

    namespace = "shop"

    def __init__(self) -> None:
        self.secrets = {name: secret(name, 1) for name in SECRETS}
        self.noted = ValuesInUse()

    def find(self, kind: Kind, name: str, _timeout: float = 0) -> dict[str, Any] | None:
        if name == naming.IN_USE_SECRET:
            return {"data": ValuesInUse(recorded=True, unfinished=True).data()}
        return self.secrets.get(name) if kind is SECRET else None

    def objects(self, *_: object, **__: object) -> list[dict[str, Any]]:
        return []

    def patch(self, _kind: Kind, _name: str, change: dict[str, Any]) -> None:
        self.noted = ValuesInUse.parse(change)

    def change(self, name: str) -> None:
        self.secrets[name] = secret(name, 2)


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Cluster:
    cluster = Cluster()
    monkeypatch.setattr(provider, "Kubectl", lambda *_: cluster)
    monkeypatch.setattr(operations, "_discard", lambda *_: None)
    return cluster


def complete(cluster: Cluster) -> None:
    versions = {name: version_of(secret(name, 1)) for name in cluster.secrets}
    inputs = {"namespace": "shop", "context": "", "snapshots": SNAPSHOTS, "versions": versions}
    SecretsCompletionProvider().create({**inputs, "changed": ["a key"], "due": ["a key"], "drain": 0})


def test_a_value_that_changes_before_former_passwords_are_discarded_keeps_them_good(cluster: Cluster) -> None:
    cluster.change(naming.APP_SECRET)
    with pytest.raises(UserError, match="former passwords are still good"):
        complete(cluster)
    assert not cluster.noted.root


def test_a_value_that_changes_after_that_is_left_to_the_next_update(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing of the error above would be true: the former passwords are discarded."""
    monkeypatch.setattr(operations, "_discard", lambda *_: cluster.change(naming.APP_SECRET))
    complete(cluster)
    assert cluster.noted.root == f"{naming.ROOT_PASSWORD_KEY} 1"
    assert cluster.noted.snapshots == {one: SNAPSHOTS[one.value] for one in Environment}
    assert not cluster.noted.unfinished
