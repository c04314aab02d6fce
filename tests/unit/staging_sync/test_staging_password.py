"""The password of masked accounts: made once, and in its Secret alone."""

import base64
import json

import bcrypt

from cadrart_infra.cluster.kinds import Kind, Object
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.staging_sync.masking.rules import MaskingRules
from cadrart_infra.staging_sync.masking.staging_password import ensure_password_hash


class Secrets(Kubectl):
    """A cluster that has the Secrets that were made."""

    made: dict[str, Object] = {}  # noqa: RUF012 - one test, one cluster

    def find(self, _kind: Kind, name: str, _timeout: float = 30) -> Object | None:
        return self.made.get(name)

    def create(self, manifest: Object) -> None:
        plain = json.loads(json.dumps(manifest))
        data = {key: base64.b64encode(value.encode()).decode() for key, value in plain.pop("stringData").items()}
        self.made[plain["metadata"]["name"]] = {**plain, "data": data}


def test_it_is_generated_once_and_opens_what_is_masked() -> None:
    cluster = Secrets("cadrart")
    digest = ensure_password_hash(cluster)
    values = {key: base64.b64decode(one) for key, one in cluster.made["cadrart-staging-password"]["data"].items()}
    assert bcrypt.checkpw(values["PASSWORD"], digest.encode())
    assert not bcrypt.checkpw(b"staging", digest.encode())
    assert len(digest) == 60
    assert ensure_password_hash(cluster) == digest


def test_another_password_is_another_masking() -> None:
    rules = [MaskingRules("key", {}, password_hash=one) for one in ("one", "another", "one")]
    first, second, third = (one.fingerprint() for one in rules)
    assert first == third != second
    assert "one" not in repr(rules[0])
