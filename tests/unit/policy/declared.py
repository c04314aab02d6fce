"""A small shop's resources, as the engine shows them to rules; a test spoils one value at a time."""

import copy
from collections.abc import Sequence
from typing import Any

from policy.pack import RULES
from policy.resources import Resource

COLOR, ENVIRONMENT = "environment", "ateliercadrart.com/environment"


def resource(kind: str, name: str, retained: bool | None = None, **props: Any) -> Resource:
    """An object of the cluster; `props` besides its name."""
    props = {**props, "metadata": {"name": name, **props.get("metadata", {})}}
    return Resource(f"kubernetes:any/v1:{kind}", f"urn:pulumi:t::t::any::{name}", props, retained)


def backend(environment: str) -> Resource:
    """A colour's Deployment, bound to an environment as it must be."""
    production = environment == "prod"
    account = "cadrart-secret" if production else "cadrart-database-stg"
    container = {
        "name": "backend",
        "image": "shop/backend:1.0.0",
        "imagePullPolicy": "IfNotPresent",
        "securityContext": {"runAsNonRoot": True},
        "env": [
            {"name": "CADRART_DB_DATABASE", "value": "shop" if production else "shop-stg"},
            _secret("CADRART_DB_PASSWORD", account, "DATABASE_PASSWORD"),
            _secret("CADRART_JWT_SECRET", f"cadrart-secrets-{environment}-3c4d", "JWT_SECRET"),
            {
                "name": "LOG_LEVEL",
                "valueFrom": {"configMapKeyRef": {"name": f"cadrart-config-{environment}-1a2b", "key": "LOG_LEVEL"}},
            },
        ],
        "volumeMounts": [{"name": "static", "mountPath": "/var/www/static"}],
    }
    claim = "static-volume" if production else "static-volume-stg"
    pod = {
        "containers": [container],
        "volumes": [{"name": "static", "persistentVolumeClaim": {"claimName": claim}}],
    }
    labels = {COLOR: "blue" if production else "green", ENVIRONMENT: environment}
    template = {"metadata": {"labels": labels}, "spec": pod}
    return resource("Deployment", f"backend-{labels[COLOR]}", spec={"template": template})


def _secret(variable: str, name: str, key: str) -> dict[str, Any]:
    return {"name": variable, "valueFrom": {"secretKeyRef": {"name": name, "key": key}}}


def projected(**source: Any) -> dict[str, Any]:
    """A volume of several sources, here of one."""
    return {"name": "static", "projected": {"sources": [source]}}


def server() -> Resource:
    """The database server's Deployment."""
    container = {
        "name": "db",
        "image": "mysql:8.0",
        "imagePullPolicy": "IfNotPresent",
        "env": [_secret("MYSQL_ROOT_PASSWORD", "cadrart-secret", "DATABASE_ROOT_PASSWORD")],
        "volumeMounts": [{"name": "data", "mountPath": "/var/lib/mysql"}],
    }
    volumes = [{"name": "data", "persistentVolumeClaim": {"claimName": "db-volume"}}]
    return resource("Deployment", "db", spec={"template": {"spec": {"containers": [container], "volumes": volumes}}})


def proxy(name: str, environment: str) -> Resource:
    """A proxy Service."""
    return resource("Service", name, spec={"selector": {"io.kompose.service": "any", ENVIRONMENT: environment}})


def ingress(**services: str) -> Resource:
    """The Ingress; `services`: the proxy behind `production` and `staging`."""
    hosts = {"production": "shop.example.com", "staging": "stg.example.com"}
    rules = [
        {"host": host, "http": {"paths": [{"path": "/", "backend": {"service": {"name": services[environment]}}}]}}
        for environment, host in hosts.items()
    ]
    return resource("Ingress", "cadrart-ingress", spec={"rules": rules})


def config(environment: str, database: str) -> Resource:
    """An environment's ConfigMap."""
    return resource("ConfigMap", f"cadrart-config-{environment}", data={"DATABASE_DATABASE": database})


def settings(**values: Any) -> Resource:
    """The stack's settings, as the engine shows them."""
    props = {f"cadrart-infra:{key}": value for key, value in values.items()}
    return Resource("pulumi:providers:pulumi-python", "urn:pulumi:t::t::pulumi:providers:pulumi-python::default", props)


def dynamic(name: str, **props: Any) -> Resource:
    """A resource of the program's own providers."""
    return Resource(f"pulumi-python:dynamic/cadrart:{name}", f"urn:pulumi:t::t::any::{name}", props)


def shop() -> list[Resource]:
    """Everything of a shop that no rule objects to."""
    grants = [
        "GRANT ALL PRIVILEGES ON `shop`.* TO `shop`@`%`",
        "GRANT ALL PRIVILEGES ON `shop-stg%`.* TO `shop-stg`@`%`",
    ]
    access = {"production": "shop", "staging": "shop-stg", "production_user": "shop", "staging_user": "shop-stg"}
    return [
        settings(production="true", ingress='{"productionHost": "shop.example.com", "stagingHost": "stg.example.com"}'),
        resource("PersistentVolumeClaim", "db-volume", retained=True),
        config("prod", "shop"),
        config("stg", "shop-stg"),
        server(),
        backend("prod"),
        backend("stg"),
        proxy("backend-prod-proxy", "prod"),
        proxy("backend-test-proxy", "stg"),
        ingress(production="backend-prod-proxy", staging="backend-test-proxy"),
        dynamic("DatabaseAccounts", access={**access, "sync_user": "sync"}, grants=grants),
        dynamic("StagingSync", databases={"production": "shop", "staging": "shop-stg"}),
    ]


def with_value(declared: Resource, path: Sequence[str | int], value: Any) -> Resource:
    """The same resource with one value at a path of keys and indices changed."""
    props = copy.deepcopy(dict(declared.props))
    place: Any = props
    for key in path[:-1]:
        place = place.setdefault(key, {}) if isinstance(place, dict) else place[key]
    place[path[-1]] = value
    return Resource(declared.type, declared.urn, props, declared.retained)


def found(*resources: Resource) -> dict[str, list[str]]:
    """What the rules say of a shop in which these resources stand in the place of those with the same name."""
    replaced = {(one.type, one.urn): one for one in [*shop(), *resources]}
    everything = list(replaced.values())
    said: dict[str, list[str]] = {}
    for rule in RULES:
        for declared, message in rule.violations(everything):
            said.setdefault(rule.name, []).append(f"{declared.label}: {message}")
    return said
