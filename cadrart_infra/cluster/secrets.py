"""Passwords and keys: they live in Kubernetes Secrets and nowhere else."""

import base64
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

from cadrart_infra.cluster.kubectl import ClusterError, Kubectl

USER_KEY, PASSWORD_KEY = "DATABASE_USER", "DATABASE_PASSWORD"
ROOT_PASSWORD_KEY = "DATABASE_ROOT_PASSWORD"


@dataclass(frozen=True)
class Credentials:
    """An account's name and password; the password does not show in a traceback or a log."""

    user: str
    password: str = field(repr=False)


def read(kubectl: Kubectl, secret: str, key: str) -> str:
    """One value of a Secret; raises ClusterError where the Secret or the key is missing."""
    encoded = kubectl.run("get", "secret", secret, "-o", f'go-template={{{{index .data "{key}"}}}}')
    if not encoded or encoded == "<no value>":
        raise ClusterError(f"Secret {secret} in namespace {kubectl.namespace} has no key {key}.")
    return base64.b64decode(encoded).decode()


def account(kubectl: Kubectl, secret: str) -> Credentials:
    """The credentials of an account from its Secret."""
    return Credentials(read(kubectl, secret, USER_KEY), read(kubectl, secret, PASSWORD_KEY))


def ensure_account(kubectl: Kubectl, secret: str, user: str) -> Credentials:
    """The account's credentials from its Secret, which is made with a new password where it does not exist."""
    _ensure_secret(kubectl, secret, {USER_KEY: user, PASSWORD_KEY: _generate()})
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
    _ensure_secret(kubectl, secret, {key: _generate()})
    return read(kubectl, secret, key)


def _generate() -> str:
    return secrets.token_urlsafe(24)


def _ensure_secret(kubectl: Kubectl, secret: str, values: Mapping[str, str]) -> None:
    """Makes the Secret with these values unless it exists, whatever it holds then."""
    if kubectl.run("get", "secret", secret, "--ignore-not-found", "-o", "name"):
        return
    kubectl.create(
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": secret, "labels": {"app.kubernetes.io/managed-by": "cadrart-infra"}},
            "type": "Opaque",
            "stringData": dict(values),
        }
    )
