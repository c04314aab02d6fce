"""The live shop's names, as the rules know them: written here a second time on purpose, see the package."""

PRODUCTION, STAGING = "prod", "stg"

COLOR_LABEL = "environment"
"""Holds the colour on the live cluster."""
ENVIRONMENT_LABEL = "ateliercadrart.com/environment"
KEPT_PULL_POLICY = "ateliercadrart.com/pull-policy"

SERVER = "db"
"""Deployment and container of the database server."""
SERVER_CLAIM = "db-volume"

STATIC_CLAIMS = {PRODUCTION: "static-volume", STAGING: "static-volume-stg"}
ACCOUNT_SECRETS = {PRODUCTION: "cadrart-secret", STAGING: "cadrart-database-stg"}
CONFIGS = {PRODUCTION: "cadrart-config-prod", STAGING: "cadrart-config-stg"}
"""An environment's ConfigMap; its immutable snapshots have this name, a hyphen and a hash (see `is_config`)."""
SYNC_SECRET = "cadrart-database-sync"
SNAPSHOTS = {PRODUCTION: "cadrart-secrets-prod", STAGING: "cadrart-secrets-stg"}
"""An environment's immutable Secrets have this name, a hyphen and a version (see `is_secrets_snapshot`)."""
READS_SECRETS = "ateliercadrart.com/reads-secrets"
"""Annotation of a Deployment whose pods an older release bound to the Secrets themselves."""

PROXIES = {
    "frontend-prod-proxy": PRODUCTION,
    "backend-prod-proxy": PRODUCTION,
    "frontend-test-proxy": STAGING,
    "backend-test-proxy": STAGING,
}
"""The environment of each proxy Service."""

DATABASE_VARIABLE = "CADRART_DB_DATABASE"
DATABASE_KEY = "DATABASE_DATABASE"
ACCOUNT_KEYS = {"DATABASE_USER", "DATABASE_PASSWORD"}
ROOT_KEY = "DATABASE_ROOT_PASSWORD"
_TOKEN_KEYS = ("JWT_SECRET", "TEST_ENDPOINT_SECRET")
TOKENS = {
    PRODUCTION: {("cadrart-secret", key) for key in _TOKEN_KEYS},
    STAGING: {("cadrart-tokens-stg", key) for key in _TOKEN_KEYS},
}
"""Of each environment: with production's, a token that staging made is good in production."""

DATA_FOLDERS = ("/var/lib/mysql", "/var/www/static")
"""What is mounted there outlives every pod."""


def is_config(name: str, environment: str) -> bool:
    """Whether a ConfigMap is an environment's own, or a snapshot of it."""
    return name == CONFIGS[environment] or name.startswith(f"{CONFIGS[environment]}-")


def is_secrets_snapshot(name: str, environment: str) -> bool:
    """Whether a Secret is a snapshot of an environment's."""
    return name.startswith(f"{SNAPSHOTS[environment]}-")
