"""Reads and makes Kubernetes Secrets: passwords and keys live nowhere else."""

import base64
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from cadrart_infra.cluster.errors import ClusterError
from cadrart_infra.cluster.kinds import SECRET, Object
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.naming import MADE_BY_PROGRAM, PASSWORD_KEY, USER_KEY, is_secrets_snapshot

_NO_TEXT = "\N{REPLACEMENT CHARACTER}"


@dataclass(frozen=True)
class Credentials:
    """An account's name and password; the password does not show in a traceback or a log."""

    user: str
    password: str = field(repr=False)


def snapshot_of(pod_spec: Mapping[str, Any]) -> str:
    """The snapshot of Secrets that a pod's variables come from; empty for one of an older release, or without any."""
    variables = [one for container in pod_spec["containers"] for one in container.get("env") or []]
    names = ((one.get("valueFrom") or {}).get("secretKeyRef", {}).get("name", "") for one in variables)
    return next(filter(is_secrets_snapshot, names), "")


def values(kubectl: Kubectl, secret: str) -> dict[str, str]:
    """All values of a Secret by key, to mask them in output; empty if it does not exist."""
    return plain_values(kubectl.find(SECRET, secret))


def is_missing(kubectl: Kubectl, secret: str) -> bool:
    """Whether the Secret is missing, for accounts that may create and not read it; False for all others."""
    return kubectl.would_create(SECRET, {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": secret}})


def plain_values(found: Object | None) -> dict[str, str]:
    """All values of a Secret that was read; empty for None. What is no text has `_NO_TEXT` in it."""
    data = (found or {}).get("data") or {}
    return {key: base64.b64decode(one).decode(errors="replace") for key, one in data.items()}


def unfit(values: Mapping[str, str]) -> dict[str, str]:
    """What no pod and no account should be given, by key, each as the end of a sentence about it."""
    found = {key: _unfit(value) for key, value in values.items()}
    return {key: why for key, why in found.items() if why}


def _unfit(value: str) -> str:
    if _NO_TEXT in value or "\0" in value:
        return "has bytes that are no text, as a file in another encoding than UTF-8, and no pod could have them"
    return "ends in a line break, as a value from a file does" if value.endswith("\n") else ""


def encoded(values: Mapping[str, str]) -> dict[str, str]:
    """Values as a Secret's `data` has them: what `plain_values` reads."""
    return {key: base64.b64encode(value.encode()).decode() for key, value in values.items()}


def read(kubectl: Kubectl, secret: str, key: str) -> str:
    """One value of a Secret; raises ClusterError where the Secret or the key is missing."""
    return _value(_require(kubectl, secret), key)


def account(kubectl: Kubectl, secret: str) -> Credentials:
    """The credentials of an account from its Secret; raises ClusterError as `read` does."""
    return account_of(_require(kubectl, secret))


def account_of(found: Object) -> Credentials:
    """The credentials of an account from its Secret, which was read; raises ClusterError where a key is missing."""
    return Credentials(_value(found, USER_KEY), _value(found, PASSWORD_KEY))


def _require(kubectl: Kubectl, secret: str) -> Object:
    found = kubectl.find(SECRET, secret)
    if found is None:
        raise ClusterError(f"Secret {secret} does not exist in namespace {kubectl.namespace}.")
    return found


def _value(found: Object, key: str) -> str:
    value = plain_values(found).get(key, "")
    if value and _NO_TEXT not in value:
        return value
    name, namespace = found["metadata"]["name"], found["metadata"]["namespace"]
    if not value:
        raise ClusterError(f"Secret {name} in namespace {namespace} has no key {key}.")
    raise ClusterError(f"{key} of Secret {name} in namespace {namespace} {_unfit(value)}.")


def ensure_account(kubectl: Kubectl, secret: str, user: str) -> Credentials:
    """The account's credentials from its Secret, which is made with a new password where it does not exist."""
    ensure_secret(kubectl, secret, {USER_KEY: user, PASSWORD_KEY: generate()})
    credentials = account(kubectl, secret)
    if credentials.user != user:
        raise ClusterError(
            f"Secret {secret} in namespace {kubectl.namespace} is for the account {credentials.user}, the "
            f"settings name {user}. Delete the Secret, and the next pulumi up makes a new one: "
            f"kubectl -n {kubectl.namespace} delete secret {secret}"
        )
    return credentials


def ensure_value(kubectl: Kubectl, secret: str, key: str) -> str:
    """A generated value from its Secret, which is made where it does not exist."""
    ensure_values(kubectl, secret, (key,))
    return read(kubectl, secret, key)


def ensure_values(kubectl: Kubectl, secret: str, keys: Iterable[str]) -> None:
    """Makes a Secret with a generated value for each key unless it exists."""
    ensure_secret(kubectl, secret, {key: generate() for key in keys})


def generate() -> str:
    """A password or key that nobody can guess."""
    # A server's policy for passwords may ask for each kind of character, and chance leaves one out in one of three.
    return f"Aa1-{secrets.token_urlsafe(24)}"


def ensure_secret(kubectl: Kubectl, secret: str, values: Mapping[str, str]) -> None:
    """Creates the Secret with these values unless it exists; leaves an existing one as it is."""
    if kubectl.find(SECRET, secret):
        return
    kubectl.create(
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": secret, "labels": MADE_BY_PROGRAM},
            "type": "Opaque",
            "stringData": dict(values),
        }
    )
