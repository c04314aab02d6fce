"""A shop on the cluster, as tests handle it: its stack, its objects, its answers, its databases."""

import base64
import json
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cadrart_infra.model import Color
from sandbox.cluster.cluster import Cluster
from sandbox.cluster.own_cluster import OwnCluster
from sandbox.paths import REPOSITORY
from sandbox.shop import answers
from sandbox.shop.stack import Stack

DRAIN = 20
"""Seconds that old pods of the test shop go on: less than the default, so that a test can wait for their end."""

KINDS = "deployments,services,configmaps,persistentvolumeclaims,ingresses,networkpolicies"


@dataclass(frozen=True)
class Shop:
    """One stack in one namespace."""

    cluster: Cluster | OwnCluster
    stack: Stack
    namespace: str

    def up(self, *arguments: str, **options: Any) -> "subprocess.CompletedProcess[str]":
        """`pulumi up`, with what it printed."""
        return self.pulumi("up", "--yes", "--skip-preview", *arguments, **options)

    def pulumi(self, *arguments: str, **options: Any) -> "subprocess.CompletedProcess[str]":
        """pulumi with both streams kept in `stdout`."""
        return self.stack.pulumi(*arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **options)

    def switch(self, color: str) -> "subprocess.CompletedProcess[str]":
        """The user's own two commands."""
        self.stack.config_set("activeColor", color)
        return self.up()

    def kubectl(self, *arguments: str, stdin: str | None = None) -> str:
        """What kubectl prints for the shop's namespace."""
        command = ["kubectl", "--namespace", self.namespace, *arguments]
        done = self.cluster.run(command, stdout=subprocess.PIPE, text=True, input=stdin, check=True)
        return str(done.stdout)

    def get(self, kinds: str) -> dict[str, dict[str, Any]]:
        """Objects by kind/name."""
        items = json.loads(self.kubectl("get", kinds, "-o", "json"))["items"]
        return {f"{item['kind'].lower()}/{item['metadata']['name']}": item for item in items}

    def identities(self) -> dict[str, str]:
        """Every object's UID: it changes when an object is deleted and made anew."""
        return {key: item["metadata"]["uid"] for key, item in self.get(KINDS).items()}

    def pods(self) -> dict[str, str]:
        """Pods that are not on their way out, with their UIDs."""
        pods = self.get("pods").items()
        return {key: pod["metadata"]["uid"] for key, pod in pods if "deletionTimestamp" not in pod["metadata"]}

    def secret(self, name: str) -> dict[str, str]:
        """A Secret's values."""
        data = json.loads(self.kubectl("get", "secret", name, "-o", "json"))["data"]
        return {key: base64.b64decode(value).decode() for key, value in data.items()}

    def who_serves(self) -> dict[str, dict[str, Any]]:
        """What answers behind each proxy."""
        return answers.who_serves(self.cluster, self.namespace)

    def post(self, proxy: str, path: str, body: Any) -> dict[str, Any]:
        """A write through a proxy."""
        return self._ask(proxy, {"path": path, "body": body})

    def fetch(self, proxy: str, path: str, method: str = "GET") -> dict[str, Any]:
        """A read, or a DELETE, through a proxy."""
        return self._ask(proxy, {"path": path, "method": method})

    def put(self, proxy: str, path: str, body: Any) -> dict[str, Any]:
        """An upload through a proxy."""
        return self._ask(proxy, {"path": path, "body": body, "method": "PUT"})

    def _ask(self, proxy: str, request: dict[str, Any]) -> dict[str, Any]:
        address = answers.addresses(self.cluster, self.namespace)[proxy]
        url = f"http://{address}:3000{request.pop('path')}"
        (answer,) = answers.ask(self.cluster, {"url": url, **request})
        return answer

    def sql(self, credentials: Mapping[str, str], *statements: str) -> list[Any]:
        """Runs statements as an account on the server: for each its rows, or the server's error number."""
        request = {"namespace": self.namespace, "statements": statements, **credentials}
        command = [sys.executable, "-m", "tests.cluster.sql"]
        done = self.cluster.run(
            command, cwd=REPOSITORY, input=json.dumps(request), stdout=subprocess.PIPE, text=True, check=True
        )
        results: list[Any] = json.loads(done.stdout)
        return results

    def account(self, secret: str) -> dict[str, str]:
        """Credentials of an application or of the sync."""
        values = self.secret(secret)
        return {"user": values["DATABASE_USER"], "password": values["DATABASE_PASSWORD"]}

    def as_root(self, *statements: str) -> list[list[str]]:
        """The rows of statements that root runs."""
        password = self.secret("cadrart-secret")["DATABASE_ROOT_PASSWORD"]
        (rows,) = self.sql({"user": "root", "password": password}, *statements)
        return list(rows)


def serving(color: str) -> dict[str, tuple[str, str, str]]:
    """Colour, environment and database behind each proxy when `color` is production."""
    other = Color(color).other.value
    return {
        "frontend-prod-proxy": (color, "PROD", "-"),
        "backend-prod-proxy": (color, "PROD", "atelier-cadrart"),
        "frontend-test-proxy": (other, "STG", "-"),
        "backend-test-proxy": (other, "STG", "atelier-cadrart-stg"),
    }


def seen(shop: Shop) -> dict[str, tuple[str, str, str]]:
    """The same, as the proxies answer."""
    return {
        proxy: (
            str(answer.get("color", answer.get("error"))),
            str(answer.get("environment")),
            str(answer.get("database", "-")),
        )
        for proxy, answer in shop.who_serves().items()
    }


def assert_serving(shop: Shop, color: str) -> None:
    """Production answers from `color` at once; staging, which turns last, within ten seconds."""
    expected = serving(color)
    for _ in range(20):
        answers_now = seen(shop)
        for proxy in ("frontend-prod-proxy", "backend-prod-proxy"):
            assert answers_now[proxy] == expected[proxy]
        if answers_now == expected:
            return
        time.sleep(0.5)
    assert answers_now == expected
