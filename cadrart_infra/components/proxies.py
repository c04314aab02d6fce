"""The proxy Services: what the Ingress sends production's and staging's requests to."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from cadrart_infra import naming, workloads
from cadrart_infra.cluster.kinds import SERVICE
from cadrart_infra.cluster.manifests import service_ports
from cadrart_infra.components._metadata import SKIP_AWAIT, metadata
from cadrart_infra.components.kubernetes_object import KubernetesObject
from cadrart_infra.model import Environment, WorkloadSpec


@dataclass(frozen=True, kw_only=True)
class ProxiesArgs:
    """The environment whose proxies these are, and where they lead.

    `routing`: every proxy's selector by its name (see `traffic.routing`); `turned_at`: when it was turned there.
    """

    namespace: pulumi.Input[str]
    environment: Environment
    routing: Mapping[str, Mapping[str, str]]
    turned_at: Mapping[str, str]


class Proxies(pulumi.ComponentResource):
    """The proxies of one environment, one a workload, e.g. `backend-prod-proxy`.

    They depend on the same things, so the engine writes them side by side. `hooks` run before either is written.
    """

    def __init__(
        self,
        name: str,
        args: ProxiesArgs,
        hooks: pulumi.ResourceHookBinding | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("cadrart:index:Proxies", name, None, opts)
        # A component's children do not take over what it depends on by themselves.
        child = pulumi.ResourceOptions(parent=self, depends_on=opts.depends_on if opts else None, hooks=hooks)
        self.services = [_service(spec, args, child) for spec in workloads.SHOP]
        self.register_outputs({})


def _service(spec: WorkloadSpec, args: ProxiesArgs, opts: pulumi.ResourceOptions) -> KubernetesObject:
    name = naming.proxy_name(spec.name, args.environment)
    annotations = {**SKIP_AWAIT, naming.TURNED_AT: args.turned_at[name]}
    manifest = {
        "metadata": metadata(name, args.namespace, labels={"app": name}, annotations=annotations),
        "spec": {
            "type": "ClusterIP",
            "selector": args.routing[name],
            "ports": service_ports({port.proxy_name: port.number for port in spec.ports}),
        },
    }
    return KubernetesObject(SERVICE, name, manifest, opts)
