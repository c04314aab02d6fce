"""Where requests are sent: what is switched when the active colour changes (pure functions)."""

from cadrart_infra import naming, workloads
from cadrart_infra.model import Color, Environment, Roles


def routing(active: Color) -> dict[str, dict[str, str]]:
    """Everything that is switched when the active colour changes, by object name.

    The selectors of all proxies, and the data of the ConfigMap that records which colour is which.
    """
    roles = Roles(active)
    selectors = {
        naming.proxy_name(workload, environment): naming.proxy_selector(workload, environment, roles)
        for environment in Environment
        for workload in workloads.names()
    }
    record = {"COLOR_PROD": roles.active.value, "COLOR_TEST": roles.inactive.value}
    return {**selectors, naming.ENVIRONMENT_CONFIG: record}


def proxies(environment: Environment) -> list[str]:
    """The names of an environment's proxies."""
    return [naming.proxy_name(workload, environment) for workload in workloads.names()]


def switch_time_proxy(environment: Environment) -> str:
    """The proxy that says when an environment's traffic was switched.

    It is that of the first workload that is connected to the database.
    """
    workload = next(spec.name for spec in workloads.SHOP if spec.uses_database)
    return naming.proxy_name(workload, environment)
