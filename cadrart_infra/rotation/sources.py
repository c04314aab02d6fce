"""Which values of which Secrets the pods of an environment use (pure)."""

from collections.abc import Mapping

from cadrart_infra import naming, workloads
from cadrart_infra.model import Environment, FromAccount, FromSecret, FromTokens, Source, Workload

PRODUCTION_ACCOUNT = (naming.APP_SECRET, naming.PASSWORD_KEY)
STAGING_ACCOUNT = (naming.STAGING_ACCOUNT_SECRET, naming.PASSWORD_KEY)
SYNC_ACCOUNT = (naming.SYNC_ACCOUNT_SECRET, naming.PASSWORD_KEY)
"""No pod uses it: it changes on the server alone."""
ROOT = (naming.APP_SECRET, naming.ROOT_PASSWORD_KEY)


def secret_of(source: Source, environment: Environment) -> str:
    """The Secret that a variable of a pod of this environment comes from; empty for one that comes from none."""
    match source:
        case FromSecret(secret, _):
            return secret
        case FromAccount():
            return naming.account_secret(environment)
        case FromTokens():
            return naming.token_secret(environment)
    return ""


def sources(environment: Environment) -> Mapping[str, str]:
    """The Secret of each key that the environment's pods use. Two Secrets with the same key would be one too many."""
    found: dict[str, str] = {}
    for spec in workloads.SHOP:
        for source in spec.variables.values():
            if isinstance(source, FromSecret | FromAccount | FromTokens):
                secret = secret_of(source, environment)
                if found.setdefault(source.key, secret) != secret:
                    raise ValueError(f"{source.key} comes from {found[source.key]} and from {secret}")
    return found


def uses_secrets(workload: Workload) -> bool:
    """Whether the workload's pods have a variable from a Secret."""
    variables = workloads.spec_of(workload).variables
    return any(secret_of(source, Environment.PROD) for source in variables.values())


def all_sources() -> tuple[str, ...]:
    """The Secrets of both environments' pods, by name."""
    return tuple(sorted({secret for environment in Environment for secret in sources(environment).values()}))
