"""The programs that every colour runs. A further one is added here, and to `images` in the settings.

Whoever needs them reads `workloads.SHOP` at the time of use, in this order.
"""

from cadrart_infra import naming
from cadrart_infra.model import (
    Color,
    FromAccount,
    FromConfig,
    FromSecret,
    FromTokens,
    OfPod,
    Port,
    Volume,
    Workload,
    WorkloadSpec,
)

STATIC_ROOT = "/var/www/static"
"""Where pods find the uploaded files of their environment, as its ConfigMap says."""
_LOGS = "/var/log/cadrart"

FRONTEND = WorkloadSpec(
    name=Workload("frontend"),
    ports=(Port("http", 8080, proxy_name="http"),),
    health_path="/",
    ingress_paths={"/": "http"},
    variables={"DEPLOYMENT_COLOR": OfPod.COLOR, "ENVIRONMENT": FromConfig("ENVIRONMENT")},
    mounts={Volume.STATIC_FILES: STATIC_ROOT},
    preview_variable="PREVIEW_URL",
)

BACKEND = WorkloadSpec(
    name=Workload("backend"),
    ports=(Port("http", 3000, proxy_name="api"), Port("ws", 8001, proxy_name="websocket")),
    health_path="/api/health/live",
    schema_path="/api/schema",
    ingress_paths={"/ws": "ws", "/api": "http", "/static": "http"},
    variables={
        # What decides the database stands in the pod's own template.
        "CADRART_DB_HOST": naming.DATABASE,
        "CADRART_DB_DATABASE": OfPod.DATABASE,
        "CADRART_DB_USERNAME": FromAccount(naming.USER_KEY),
        "CADRART_DB_PASSWORD": FromAccount(naming.PASSWORD_KEY),
        "CADRART_DB_TYPE": FromConfig("DATABASE_TYPE"),
        "CADRART_DB_PORT": FromConfig("DATABASE_PORT"),
        "STATIC_ROOT": FromConfig("STATIC_ROOT"),
        "ENVIRONMENT": FromConfig("ENVIRONMENT"),
        "ENV": FromConfig("ENV"),
        "LOG_LEVEL": FromConfig("LOG_LEVEL"),
        "CORS_ORIGINS": FromConfig("CORS_ORIGINS"),
        "CADRART_JWT_SECRET": FromTokens(naming.JWT_KEY),
        "TEST_ENDPOINT_SECRET": FromTokens(naming.TEST_ENDPOINT_KEY),
        "METRICS_API_KEY": FromSecret(naming.METRICS_SECRET, naming.METRICS_KEY),
        "NODE_ENV": "production",
        "TLS_ENABLED": "false",
        "LOG_DIRECTORY": _LOGS,
        "DEPLOYMENT_COLOR": OfPod.COLOR,
    },
    mounts={Volume.STATIC_FILES: STATIC_ROOT, Volume.LOGS: _LOGS},
    run_as=1000,
    migrates=True,
    preview_variable="PREVIEW_API_URL",
)

SHOP: tuple[WorkloadSpec, ...] = (FRONTEND, BACKEND)


def names() -> tuple[Workload, ...]:
    """The names of the shop's workloads."""
    return tuple(spec.name for spec in SHOP)


def spec_of(workload: Workload) -> WorkloadSpec:
    """What describes a workload; raises KeyError for a name that is none."""
    return {spec.name: spec for spec in SHOP}[workload]


def migrating() -> WorkloadSpec:
    """The workload whose releases bring the database's migrations."""
    return next(spec for spec in SHOP if spec.migrates)


def deployments(color: Color) -> list[str]:
    """The names of a colour's Deployments."""
    return [naming.workload_name(workload, color) for workload in names()]


def all_deployments() -> list[str]:
    """The names of both colours' Deployments."""
    return [name for color in Color for name in deployments(color)]
