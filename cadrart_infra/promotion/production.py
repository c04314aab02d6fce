"""How production answers through its own proxies, whoever serves it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from cadrart_infra import naming, workloads
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.health import health_problem, service_url
from cadrart_infra.model import Environment, WorkloadSpec

Problems = Callable[[], list[str]]
"""Asks once, and says what is wrong; nothing where production answers well."""


@dataclass(frozen=True)
class Production:
    """Production as its clients meet it: every workload's health, asked of the proxy."""

    kubectl: Kubectl
    database: str

    def problems(self) -> list[str]:
        """What is wrong with the answers, one line for each proxy; all proxies are asked side by side."""
        with ThreadPoolExecutor() as pool:
            return list(filter(None, pool.map(self._health, workloads.SHOP)))

    def _health(self, workload: WorkloadSpec) -> str:
        proxy = naming.proxy_name(workload.name, Environment.PROD)
        url = service_url(self.kubectl.namespace, workload, proxy, workload.health_path)
        return health_problem(self.kubectl.ask, workload, proxy, url, self.database)[0]
