"""A shop on a cluster, as tests and benchmarks handle it: its stack, its objects, its answers, its databases."""

import base64
import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from cadrart_infra.cluster.kinds import DECLARED, EVENT, JOB, LEASE, POD, SECRET, key_of
from cadrart_infra.mysql.root_client import RootClient
from sandbox.cluster.cluster import Cluster
from sandbox.cluster.own_cluster import OwnCluster
from sandbox.paths import REPOSITORY
from sandbox.shop import answers
from sandbox.shop.answers import Request
from sandbox.shop.stack import Stack

REFERENCES = {
    "client": "company",
    "job": "orderId",
    "task": "comment",
    "offer": "number",
    "article": "name",
    "tag": "name",
}
"""Where the stand-in backend keeps a written row's reference, by table."""

_READ = {kind.plural: kind for kind in (*DECLARED, POD, JOB, SECRET, EVENT, LEASE)}
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

    def program(self, *arguments: str, check: bool = True) -> "subprocess.CompletedProcess[str]":
        """`python -m cadrart_infra`, with what it printed."""
        command = [sys.executable, "-m", "cadrart_infra", *arguments, "--stack", self.stack.name]
        return self.cluster.run(
            command, cwd=self.stack.folder, text=True, check=check, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )

    def switch(self, color: str) -> "subprocess.CompletedProcess[str]":
        """The user's own two commands."""
        self.stack.pulumi_config_set("activeColor", color)
        return self.up()

    def kubectl(self, *arguments: str, stdin: str | None = None) -> str:
        """What kubectl prints for the shop's namespace."""
        command = ["kubectl", "--namespace", self.namespace, *arguments]
        done = self.cluster.run(command, stdout=subprocess.PIPE, text=True, input=stdin, check=True)
        return str(done.stdout)

    def get(self, kinds: str, labels: str = "") -> dict[str, dict[str, Any]]:
        """Objects by kind/name, those with `labels` alone; `kinds`: their plurals, with commas between them."""
        found: dict[str, dict[str, Any]] = {}
        for kind in (_READ[plural] for plural in kinds.split(",")):
            listed = self.cluster.read(f"{kind.path(self.namespace)}?{urlencode({'labelSelector': labels})}")["items"]
            items = [{"apiVersion": kind.version, "kind": kind.name, **item} for item in listed]
            found |= {key_of(item): item for item in items}
        return found

    def identities(self) -> dict[str, str]:
        """Every object's UID: it changes when an object is deleted and made again."""
        return {key: item["metadata"]["uid"] for key, item in self.get(KINDS).items()}

    def pods(self) -> dict[str, str]:
        """Pods that are not on their way out, with their UIDs."""
        pods = self.get("pods").items()
        return {key: pod["metadata"]["uid"] for key, pod in pods if "deletionTimestamp" not in pod["metadata"]}

    def secret(self, name: str) -> dict[str, str]:
        """A Secret's values."""
        data = self.cluster.read(SECRET.path(self.namespace, name)).get("data", {})
        return {key: base64.b64decode(value).decode() for key, value in data.items()}

    def who_serves(self) -> dict[str, dict[str, Any]]:
        """What answers behind each proxy."""
        return answers.who_serves(self.cluster, self.namespace)

    def post(self, proxy: str, path: str, body: Any) -> dict[str, Any]:
        """A write through a proxy."""
        return self._ask(Request(proxy, 3000, path, body))

    def fetch(self, proxy: str, path: str, method: str = "GET") -> dict[str, Any]:
        """A read, or a DELETE, through a proxy."""
        return self._ask(Request(proxy, 3000, path, method=method))

    def put(self, proxy: str, path: str, body: Any) -> dict[str, Any]:
        """An upload through a proxy."""
        return self._ask(Request(proxy, 3000, path, body, "PUT"))

    def _ask(self, request: Request) -> dict[str, Any]:
        (answer,) = answers.ask(self.cluster, self.namespace, request)
        return answer

    def sql(self, credentials: Mapping[str, str], *statements: str) -> list[Any]:
        """Runs statements as an account on the server: for each its rows, or the server's error number."""
        request = {"namespace": self.namespace, "statements": statements, **credentials}
        command = [sys.executable, "-m", "sandbox.shop.sql"]
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
        kubectl = ["kubectl", "--namespace", self.namespace, "exec", "--stdin", "deployment/db", "--"]
        return RootClient(self.cluster.whole_command(kubectl), password).run(*statements)

    def rows_with(self, database: str, reference: str) -> int:
        """How many rows of a database carry a reference that begins so."""
        counts = self.as_root(
            *(
                f"SELECT COUNT(*) FROM `{database}`.`{table}` WHERE `{column}` LIKE '{reference}%'"
                for table, column in REFERENCES.items()
            )
        )
        return sum(int(row[0]) for row in counts)
