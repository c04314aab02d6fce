"""Names, labels and selectors of every object, as the live cluster has them (pure functions)."""

import hashlib
import json
from collections.abc import Mapping

from cadrart_infra.model import PROGRAM, Color, Environment, Roles, Workload

SERVICE_LABEL = "io.kompose.service"
COLOR_LABEL = "environment"
"""On the live cluster this key holds the *colour*, and it is part of selectors that can never change."""
ENVIRONMENT_LABEL = "ateliercadrart.com/environment"
"""prod or stg; set when a pod is created and never changed in its life."""
TURNED_AT = "ateliercadrart.com/turned-at"
"""Annotation of everything in `traffic.routing`: when it was switched to what it says. Deployments have it too: the
version of theirs that was bound another way before."""
REPAIRED = "ateliercadrart.com/repaired"
"""Annotation of an object that was found edited or missing: another value with each repair, so that it is written."""
COPY = "ateliercadrart.com/copy"
"""Annotation of the pods that are connected to staging's database: when the copy came in that they were started for."""
READS_SECRETS = "ateliercadrart.com/reads-secrets"
"""Annotation of a Deployment whose pods an older release bound to the Secrets themselves."""
REVIEW_OF = "ateliercadrart.com/review-of"
"""Label of a review's namespace: the namespace of the shop that it is a review of."""
REVIEW_FOR = "ateliercadrart.com/review-for"
"""Annotation of a review's namespace: the repository whose pull request it shows."""
REVIEW_ENDS = "ateliercadrart.com/review-ends"
"""Annotation of a review's namespace: from when on it may be removed (ISO 8601, UTC)."""
REVIEW_COPY = "ateliercadrart.com/review-copy"
"""Annotation of a review's namespace: the instant of production that its database shows; there once it is whole."""
MADE_BY_PROGRAM = {"app.kubernetes.io/managed-by": PROGRAM}
"""Labels of what the program writes past the engine."""
DATABASE_CLIENTS = "db-clients"
"""The NetworkPolicy that says who reaches the database server."""
NETWORK_LABELS = {"io.kompose.network/cadrart-default": "true"}

DATABASE = "db"
DATABASE_PORT = 3306
DATABASE_LABELS = {SERVICE_LABEL: DATABASE}
RESTART_REQUEST = "ateliercadrart.com/restart"
"""Annotation of the server's pod template: the value of database.restart that its pods are started for."""
RESTART_JOURNAL = "ateliercadrart.com/restart-journal"
"""Annotation of the server's Deployment: how far its last start or restart has come."""
BOOST = "ateliercadrart.com/boost"
"""Annotation of the server's Deployment: what its pod's limits are raised to meanwhile (`database.boost`)."""
LIMITS_BEFORE = "ateliercadrart.com/limits-before"
"""Annotation of the server's pod while its limits are raised: what they were."""
SERVER_SETTINGS = "db-settings"
"""ConfigMap with the server's settings file, written as the server takes them over."""
DATABASE_CLAIM = "db-volume"
INIT_SCRIPTS = "db-init-scripts"
BACKUP_CLAIM = "cadrart-backups"
BACKUP = "cadrart-backup"
BACKUP_LABELS = {SERVICE_LABEL: BACKUP}
"""Of the Jobs that read or write BACKUP_CLAIM, and of their pods."""
MIGRATION = "cadrart-migration"
"""Of the Jobs that migrate a database, and of their pods, as their label."""
MIGRATES = "ateliercadrart.com/migrates"
"""Annotation of such a Job: identifies it among migrations by other releases, or of other copies."""
PULL_CHECK = "cadrart-pull-check"
"""Of the Jobs that only pull an update's new images, and of their pods, as their label."""
NODE_CHECK = "cadrart-node-check"
"""Of the Job that asks whether a node takes the database server's next pod, and of its pod, as their label."""
REHEARSAL = "cadrart-rehearsal"
REHEARSAL_LABELS = {SERVICE_LABEL: REHEARSAL}
"""Of the Job that rehearses an upgrade of the database server, and of its pod; a policy lets nothing out or in."""
ENVIRONMENT_CONFIG = "environment-config"
INGRESS = "cadrart-ingress"

IDENTITY = "cadrart-identity"
"""The namespace's record of whose shop it holds (see `cluster.identity`)."""
UPDATE_LEASE = "cadrart-update"
"""Says who changes the shop now (see `cluster.lease`)."""
HISTORY = "cadrart-history"
"""ConfigMap with what was done to the shop (see `history`); it outlives the stack, as the volumes do."""

USER_KEY, PASSWORD_KEY, ROOT_PASSWORD_KEY = "DATABASE_USER", "DATABASE_PASSWORD", "DATABASE_ROOT_PASSWORD"
ACCOUNT_KEYS = (USER_KEY, PASSWORD_KEY)
"""Keys of a Secret with an account of the database server's."""
TOKEN_KEYS = JWT_KEY, TEST_ENDPOINT_KEY = "JWT_SECRET", "TEST_ENDPOINT_SECRET"
"""Keys of a Secret with what an environment's backend signs and lets in by; staging has its own."""
METRICS_KEY = "metrics-api-key"

APP_SECRET = "cadrart-secret"
METRICS_SECRET = "cadrart-metrics-secret"
STAGING_ACCOUNT_SECRET = "cadrart-database-stg"
SYNC_ACCOUNT_SECRET = "cadrart-database-sync"
RESTORE_ACCOUNT_SECRET = "cadrart-database-restore"
"""There only while a backup is being restored."""
MASKING_SECRET = "cadrart-masking-key"
STAGING_TOKENS_SECRET = "cadrart-tokens-stg"
"""JWT_SECRET and TEST_ENDPOINT_SECRET of staging: with production's, a token of staging's would be good there."""
STAGING_PASSWORD_SECRET = "cadrart-staging-password"
"""The password of every masked account in staging, for testers."""
IN_USE_SECRET = "cadrart-secrets-in-use"
"""What pods and the database server have now of the other Secrets (see `rotation.in_use`)."""
REQUIRED_SECRETS: Mapping[str, tuple[str, ...]] = {
    APP_SECRET: (*ACCOUNT_KEYS, ROOT_PASSWORD_KEY, *TOKEN_KEYS),
    METRICS_SECRET: (METRICS_KEY,),
}
"""The shop's own, which come before the program, and the keys that each must have."""
GENERATED_SECRETS: Mapping[str, tuple[str, ...]] = {
    STAGING_ACCOUNT_SECRET: ACCOUNT_KEYS,
    SYNC_ACCOUNT_SECRET: ACCOUNT_KEYS,
    STAGING_TOKENS_SECRET: TOKEN_KEYS,
}
"""Those that an update makes where they are missing, and the keys of each."""
SHOP_SECRETS = (
    APP_SECRET,
    METRICS_SECRET,
    STAGING_ACCOUNT_SECRET,
    SYNC_ACCOUNT_SECRET,
    RESTORE_ACCOUNT_SECRET,
    MASKING_SECRET,
    STAGING_PASSWORD_SECRET,
    STAGING_TOKENS_SECRET,
    IN_USE_SECRET,
)
"""The Secrets that the program reads or makes; the one for pulling images is a setting."""


REVIEW_PREFIX = "pr-"
"""What the namespace of every review begins with, and of nothing else: `deploy/rbac/reviewer.yaml` rests on it."""
REVIEW_ROLE = "cadrart-review"
"""The ClusterRole of whoever opens reviews, within a review's namespace, and its binding there."""


def shadow_database(staging: str) -> str:
    """Where the sync makes staging's next copy."""
    return f"{staging}_next"


def notes_database(staging: str) -> str:
    """Where the sync keeps its notes."""
    return f"{staging}_sync"


def comparison_database(staging: str) -> str:
    """Where a backup is loaded to be compared with production: the sync's account may make databases there."""
    return f"{staging}_backup"


def replaced_prefix(production: str) -> str:
    """What the names of all databases begin with that hold what restores have replaced."""
    return f"{production}-replaced-"


EXCHANGE_JOURNAL = "cadrart_exchange"
"""The table in such a database that says how far a restore is which puts a backup in production's place."""
RESTORE_LOCK = "cadrart-restore"
"""The server's named lock of whoever restores; his session holds it."""
COMPARISON_PLAN = "cadrart_backup_plan"
"""What the Job of a backup is to send, in the database for the comparison: it says that a backup made that."""
OWN_NOTES = "own"
"""The table of notes that says which databases this program made, or was asked to take over."""
COPIES_NOTES = "generation"
"""The table of notes that says which copy lies where."""


def workload_name(workload: Workload, color: Color) -> str:
    """Name of a colour's Deployment, container and Service, e.g. `backend-green`."""
    return f"{workload}-{color}"


def workload_selector(workload: Workload, color: Color) -> dict[str, str]:
    """The Deployment's `selector.matchLabels`: immutable, so exactly what the live cluster has."""
    return {SERVICE_LABEL: workload_name(workload, color), COLOR_LABEL: color.value}


def pod_labels(workload: Workload, color: Color, environment: Environment) -> dict[str, str]:
    """Labels of a colour's pods: the selector, and the environment they are bound to."""
    return {**workload_selector(workload, color), **NETWORK_LABELS, ENVIRONMENT_LABEL: environment.value}


def release_of(image: str) -> str:
    """An image as people speak of it, without its registry and path, e.g. `backend:1.4.2`."""
    return image.rpartition("/")[2]


def proxy_name(workload: Workload, environment: Environment) -> str:
    """Name of a proxy Service, e.g. `backend-prod-proxy`; the live cluster calls staging `test` here."""
    return f"{workload}-{'prod' if environment is Environment.PROD else 'test'}-proxy"


def proxy_selector(workload: Workload, environment: Environment, roles: Roles) -> dict[str, str]:
    """What a proxy selects: colour AND environment.

    A pod of the right colour that is still (or already) bound to the other environment is never selected, so
    no request reaches the wrong database whatever the moment.
    """
    return {
        SERVICE_LABEL: workload_name(workload, roles.color_of(environment)),
        ENVIRONMENT_LABEL: environment.value,
    }


def binding(environment: str, image: str) -> dict[str, str]:
    """What says whether a Deployment is the one that is wanted: what its pods are bound to, and what they run."""
    return {ENVIRONMENT_LABEL: str(environment), "image": image}


def config_name(environment: Environment) -> str:
    """Name of an environment's ConfigMap, e.g. `cadrart-config-prod`: the readable record."""
    return f"cadrart-config-{environment}"


def snapshot_name(environment: Environment, data: Mapping[str, str]) -> str:
    """Name of the immutable ConfigMap that pods are bound to: the environment's, with a hash of its content."""
    content = json.dumps(dict(data), sort_keys=True).encode()
    return f"{config_name(environment)}-{hashlib.sha256(content).hexdigest()[:10]}"


def static_claim(environment: Environment) -> str:
    """Claim with an environment's uploaded files: a tester cannot delete production's pictures."""
    return "static-volume" if environment is Environment.PROD else "static-volume-stg"


def logs_claim(environment: Environment) -> str:
    """Claim with the logs of an environment's backends: a tester's requests cannot fill up production's."""
    return "cadrart-logs-pvc" if environment is Environment.PROD else "cadrart-logs-stg-pvc"


def account_secret(environment: Environment) -> str:
    """Secret with DATABASE_USER and DATABASE_PASSWORD of an environment's application."""
    return APP_SECRET if environment is Environment.PROD else STAGING_ACCOUNT_SECRET


def token_secret(environment: Environment) -> str:
    """Secret with JWT_SECRET and TEST_ENDPOINT_SECRET of an environment's application."""
    return APP_SECRET if environment is Environment.PROD else STAGING_TOKENS_SECRET


def secrets_snapshot(environment: Environment, version: str) -> str:
    """Name of the immutable Secret that an environment's pods are bound to, and of the ConfigMap that owns it."""
    return f"cadrart-secrets-{environment}-{version}"


def is_secrets_snapshot(name: str) -> bool:
    """Whether a Secret of this name is one that only pods are bound to."""
    return any(name.startswith(secrets_snapshot(environment, "")) for environment in Environment)
