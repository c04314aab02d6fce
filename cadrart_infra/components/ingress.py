"""The shop's Ingress: hosts and paths to proxies."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from cadrart_infra import naming, workloads
from cadrart_infra.cluster.kinds import INGRESS
from cadrart_infra.components._metadata import SKIP_AWAIT, metadata
from cadrart_infra.components.kubernetes_object import KubernetesObject, Manifest
from cadrart_infra.model import Environment, WorkloadSpec


@dataclass(frozen=True, kw_only=True)
class IngressArgs:
    """The hosts, the controller's class, and where certificates come from (`issuer` empty: not cert-manager)."""

    namespace: pulumi.Input[str]
    production_host: str
    staging_host: str
    class_name: pulumi.Input[str]
    issuer: str
    tls_secret: pulumi.Input[str]


def shop_ingress(args: IngressArgs, opts: pulumi.ResourceOptions) -> KubernetesObject:
    """`cadrart-ingress`; its write is not waited for, since a switch never goes through it."""
    hosts = {Environment.PROD: args.production_host, Environment.STG: args.staging_host}
    annotations = {**SKIP_AWAIT, **issued_by(args.issuer)}
    manifest = {
        "metadata": metadata(naming.INGRESS, args.namespace, annotations=annotations),
        "spec": ingress_spec(hosts, args.class_name, args.tls_secret),
    }
    return KubernetesObject(INGRESS, naming.INGRESS, manifest, opts)


def ingress_spec(
    hosts: Mapping[Environment, str], class_name: pulumi.Input[str], tls_secret: pulumi.Input[str]
) -> Manifest:
    """The spec of an Ingress that leads each environment's host to its proxies, with one certificate for all."""
    return {
        "ingressClassName": class_name,
        "tls": [{"hosts": list(hosts.values()), "secretName": tls_secret}],
        "rules": [_rule(environment, host) for environment, host in hosts.items()],
    }


def issued_by(issuer: str) -> dict[str, str]:
    """The annotation by which cert-manager makes the certificate; none without an issuer."""
    return {"cert-manager.io/cluster-issuer": issuer} if issuer else {}


def _rule(environment: Environment, host: str) -> Manifest:
    paths = [
        {"path": path, "pathType": "Prefix", "backend": {"service": _proxy(spec, environment, port)}}
        for spec in workloads.SHOP
        for path, port in spec.ingress_paths.items()
    ]
    return {"host": host, "http": {"paths": paths}}


def _proxy(spec: WorkloadSpec, environment: Environment, port: str) -> Manifest:
    return {"name": naming.proxy_name(spec.name, environment), "port": {"number": spec.port(port).number}}
