"""Where requests are sent: what is switched when the active colour changes (pure functions)."""

from collections.abc import Mapping

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
    record = {_PRODUCTION: roles.active.value, _STAGING: roles.inactive.value}
    return {**selectors, naming.ENVIRONMENT_CONFIG: record}


_PRODUCTION, _STAGING = "COLOR_PROD", "COLOR_TEST"


def record_in(data: Mapping[str, str] | None) -> dict[str, str]:
    """The record of the colours in the data of its live ConfigMap, to which clients may have added other keys."""
    return {key: value for key, value in (data or {}).items() if key in {_PRODUCTION, _STAGING}}


def production_in(data: Mapping[str, str] | None) -> Color | None:
    """The colour that a live record calls production's; None where it does not say."""
    said = (data or {}).get(_PRODUCTION)
    return next((one for one in Color if one == said), None)


def proxies(environment: Environment) -> list[str]:
    """The names of an environment's proxies."""
    return [naming.proxy_name(workload, environment) for workload in workloads.names()]


def switch_time_proxy(environment: Environment) -> str:
    """The proxy that says when an environment's traffic was switched.

    It is that of the first workload that is connected to the database.
    """
    workload = next(spec.name for spec in workloads.SHOP if spec.uses_database)
    return naming.proxy_name(workload, environment)
