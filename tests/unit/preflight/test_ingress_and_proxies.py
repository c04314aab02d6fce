"""An Ingress beside the shop's own, and proxies that lost their address."""

from typing import Any

import pytest

from cadrart_infra.model import Environment
from cadrart_infra.preflight.ingress_and_proxies import ingress_and_proxy_problems

HOSTS = {Environment.PROD: "shop.com", Environment.STG: "stg.shop.com"}


def ingress(host: str | None, path: str | None, name: str = "other") -> dict[str, Any]:
    rule: dict[str, Any] = {"host": host, "http": {"paths": [{"path": path, "backend": {}}]}}
    return {"kind": "Ingress", "metadata": {"name": name}, "spec": {"rules": [rule, {"host": "x"}]}}


def service(name: str, address: str) -> dict[str, Any]:
    return {"kind": "Service", "metadata": {"name": name}, "spec": {"clusterIP": address}}


@pytest.mark.parametrize(
    ("item", "said"),
    [
        (ingress("shop.com", "/"), "The Ingress other leads shop.com/ somewhere too"),
        (ingress("stg.shop.com", None), "The Ingress other leads stg.shop.com/ somewhere too"),
        (ingress("shop.com", "/.well-known/acme-challenge/x"), ""),
        (ingress("shop.org", "/"), ""),
        (ingress(None, "/"), ""),
        (ingress("shop.com", "/", name="cadrart-ingress"), ""),
        ({"kind": "Ingress", "metadata": {"name": "none"}, "spec": {}}, ""),
        (service("backend-prod-proxy", "None"), "kubectl -n cadrart delete service backend-prod-proxy"),
        (service("backend-prod-proxy", "10.0.0.1"), ""),
        (service("theirs", "None"), ""),
    ],
)
def test_what_stands_at_the_entrance(item: dict[str, Any], said: str) -> None:
    lines = list(ingress_and_proxy_problems(HOSTS, [item], "cadrart"))
    assert len(lines) == bool(said)
    assert all(said in line for line in lines)
