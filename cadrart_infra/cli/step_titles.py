"""Titles for the steps of the engine, in words that people know (pure functions)."""

from cadrart_infra import naming, workloads
from cadrart_infra.cluster.kinds import CONFIG_MAP, DEPLOYMENT, SERVICE
from cadrart_infra.model import Environment

_TITLES = {
    naming.DATABASE: "the database server",
    naming.ENVIRONMENT_CONFIG: "the record of the colours",
    "backup": "backup of production",
    "database-accounts": "databases, accounts and grants",
    "migration-production": "migration of production's database",
    "migration-staging": "migration of staging's database",
    "production-watch": "watch over production",
    "smoke-production": "smoke test before production is switched",
    "smoke-staging": "smoke test before staging is switched",
    "staging-sync": "staging's copy of production's database",
}


def step_title(kind: str, name: str) -> str:
    """The title of a resource by its type token and name; empty for a component, which only groups others."""
    short = kind.rpartition(":")[2]
    if kind.startswith(("cadrart:", "pulumi:")):
        return ""
    if short == DEPLOYMENT.name and name != naming.DATABASE:
        return f"{name}: new pods, until they are ready"
    for environment in Environment:
        if short == SERVICE.name and name in {naming.proxy_name(one, environment) for one in workloads.names()}:
            return f"{environment.spoken}'s traffic is switched: {name}"
    if short in (SERVICE.name, CONFIG_MAP.name) and name == naming.DATABASE:
        return f"{short} {name}"
    return _TITLES.get(name, f"{short} {name}")
