"""Probes production's health through its proxies, whichever colour serves it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from cadrart_infra import naming, workloads
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.health import health_problem, service_url
from cadrart_infra.model import Environment, WorkloadSpec

Problems = Callable[[], list[str]]
"""Probes once and returns what is wrong; empty if production is healthy."""


@dataclass(frozen=True)
class ProductionProbe:
    """The health of every workload, asked of its proxy as a client would."""

    kubectl: Kubectl
    database: str

    def problems(self) -> list[str]:
        """One line for each proxy with a bad answer; all are asked in parallel."""
        with ThreadPoolExecutor() as pool:
            return list(filter(None, pool.map(self._health, workloads.SHOP)))

    def _health(self, workload: WorkloadSpec) -> str:
        proxy = naming.proxy_name(workload.name, Environment.PROD)
        url = service_url(self.kubectl.namespace, workload, proxy, workload.health_path)
        return health_problem(self.kubectl.ask, workload, proxy, url, self.database)[0]
