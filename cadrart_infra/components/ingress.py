"""The entrance from outside: hosts and paths to proxies."""

from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s

from cadrart_infra import naming, workloads
from cadrart_infra.components._metadata import SKIP_AWAIT, metadata
from cadrart_infra.model import Environment


@dataclass(frozen=True, kw_only=True)
class IngressArgs:
    """The hosts, the controller's class, and where certificates come from (`issuer` empty: not cert-manager)."""

    namespace: pulumi.Input[str]
    production_host: str
    staging_host: str
    class_name: pulumi.Input[str]
    issuer: str
    tls_secret: pulumi.Input[str]


def shop_ingress(args: IngressArgs, opts: pulumi.ResourceOptions) -> k8s.networking.v1.Ingress:
    """`cadrart-ingress`; its write is not waited for, since a switch never goes through it."""
    hosts = {Environment.PROD: args.production_host, Environment.STG: args.staging_host}
    issuer = {"cert-manager.io/cluster-issuer": args.issuer} if args.issuer else {}
    return k8s.networking.v1.Ingress(
        naming.INGRESS,
        metadata=metadata(naming.INGRESS, args.namespace, annotations={**SKIP_AWAIT, **issuer}),
        spec=k8s.networking.v1.IngressSpecArgs(
            ingress_class_name=args.class_name,
            tls=[k8s.networking.v1.IngressTLSArgs(hosts=list(hosts.values()), secret_name=args.tls_secret)],
            rules=[_rule(environment, host) for environment, host in hosts.items()],
        ),
        opts=opts,
    )


def _rule(environment: Environment, host: str) -> k8s.networking.v1.IngressRuleArgs:
    return k8s.networking.v1.IngressRuleArgs(
        host=host,
        http=k8s.networking.v1.HTTPIngressRuleValueArgs(
            paths=[
                k8s.networking.v1.HTTPIngressPathArgs(
                    path=path,
                    path_type="Prefix",
                    backend=k8s.networking.v1.IngressBackendArgs(
                        service=k8s.networking.v1.IngressServiceBackendArgs(
                            name=naming.proxy_name(spec.name, environment),
                            port=k8s.networking.v1.ServiceBackendPortArgs(number=spec.port(port).number),
                        )
                    ),
                )
                for spec in workloads.SHOP
                for path, port in spec.ingress_paths.items()
            ]
        ),
    )
