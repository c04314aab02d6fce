"""How one namespace of the cluster is read and worked in: the one way that every room uses.

Questions go to the API server (see `api_server`); what is no question (a command in a pod, a forwarded port, a log)
is left to the `kubectl` that every user of a kubeconfig has.
"""

import contextlib
import json
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from cadrart_infra.cluster.api_server import api_server
from cadrart_infra.cluster.commands import error_of_kubectl, kubectl_command, serving_process
from cadrart_infra.cluster.errors import ApiError, ClusterError
from cadrart_infra.cluster.kinds import Kind, Object


def document_of(answer: str) -> Object:
    """An answer of the API server's; raises ClusterError where something else answers in its place."""
    try:
        found = json.loads(answer)
    except json.JSONDecodeError:
        found = None
    if not isinstance(found, dict):
        raise ClusterError(
            "What answers at the cluster's address is no API server; a portal or a proxy may stand before it. Its "
            f"answer begins so: {' '.join(answer.split())[:80]!r}\n  Check KUBECONFIG with: kubectl get --raw /version"
        )
    return found


def items_of(answer: str) -> list[Object]:
    """The objects in an answer that lists some; raises ClusterError as `document_of` does."""
    items = document_of(answer).get("items")
    if not isinstance(items, list):
        raise ClusterError(f"The cluster's answer lists nothing; it begins so: {' '.join(answer.split())[:80]!r}")
    return items


@dataclass(frozen=True)
class Kubectl:
    """One context and one namespace of the cluster.

    `context` is a context of the kubeconfig, empty for its current one. Values of Secrets pass through a socket or
    the standard streams only: an argument list is visible to every user of the machine.
    """

    namespace: str
    context: str = ""

    def ask(self, path: str, timeout: float = 5) -> str:
        """What the API server, or a pod behind it, answers to a GET of `path` within `timeout` seconds.

        Raises ApiError for a status of 400 and more, ClusterError where there is no answer at all.
        """
        return api_server(self.context).request("GET", path, timeout=timeout)

    def objects(self, *kinds: Kind, selector: str = "", fields: str = "", timeout: float = 30) -> list[Object]:
        """Objects of these kinds in the namespace, by labels (`selector`) and fields; raises ClusterError."""
        asked = {"labelSelector": selector, "fieldSelector": fields}
        query = urlencode({key: value for key, value in asked.items() if value})
        found: list[Object] = []
        for kind in kinds:
            answer = self.ask(f"{kind.path(self.namespace)}{'?' if query else ''}{query}", timeout)
            found += [{"kind": kind.name, **item} for item in items_of(answer)]
        return found

    def find(self, kind: Kind, name: str, timeout: float = 30) -> Object | None:
        """One object, None where it does not exist; raises ClusterError."""
        return self._found(kind.path(self.namespace, name), timeout)

    def find_namespace(self, timeout: float = 30) -> Object | None:
        """The namespace itself, None where it does not exist; raises ClusterError."""
        return self._found(f"/api/v1/namespaces/{self.namespace}", timeout)

    def _found(self, path: str, timeout: float) -> Object | None:
        try:
            return document_of(self.ask(path, timeout))
        except ApiError as error:
            if error.status == HTTPStatus.NOT_FOUND:
                return None
            raise

    def now(self, timeout: float = 5) -> datetime:
        """What time it is at the API server, to the second; raises ClusterError."""
        return api_server(self.context).time(timeout)

    def review(self, reviews: str, spec: Object) -> Object:
        """What the API server answers to a question of this kind (its path, e.g. of SelfSubjectAccessReviews).

        Such an object is an answer alone; nothing is made. Raises ClusterError.
        """
        return document_of(api_server(self.context).request("POST", f"/{reviews}", {"spec": spec}))

    def post(self, kind: Kind, manifest: Object) -> None:
        """Creates one object; raises ApiError 409 where it exists already."""
        api_server(self.context).request("POST", kind.path(self.namespace), manifest)

    def would_create(self, kind: Kind, manifest: Object) -> bool:
        """Whether an object could be created, by a dry run: for accounts that may create and not read it.

        False also where the cluster would refuse it for another reason.
        """
        return self.refusal(kind, manifest, timeout=5) is None

    def refusal(self, kind: Kind, manifest: Object, timeout: float = 30) -> ApiError | None:
        """Dry run: how the cluster would refuse to create this object; None if it would admit it.

        Admission is asked too: what may be in the namespace, and webhooks, within `timeout` seconds. Raises
        ClusterError where there is no answer.
        """
        return self._refused("POST", kind.path(self.namespace), manifest, timeout)

    def refused_change(self, kind: Kind, name: str, change: Object) -> ApiError | None:
        """Dry run: how the cluster would refuse to patch an object; None if it would admit the change.

        Admission is asked too. Raises ClusterError where there is no answer.
        """
        return self._refused("PATCH", kind.path(self.namespace, name), change, 30, "merge-patch+json")

    def _refused(self, method: str, path: str, body: Object, timeout: float, content: str = "json") -> ApiError | None:
        try:
            api_server(self.context).request(method, f"{path}?dryRun=All", body, timeout, content)
        except ApiError as error:
            return error
        return None

    def replace(self, kind: Kind, found: Object) -> None:
        """Writes an object that was read; raises ApiError 409 where it is another one by now."""
        path = kind.path(self.namespace, found["metadata"]["name"])
        api_server(self.context).request("PUT", path, found)

    def patch(self, kind: Kind, name: str, change: Object) -> None:
        """Merges a change into one object; with a resourceVersion in it raises ApiError 409 where it is another one."""
        path = kind.path(self.namespace, name)
        api_server(self.context).request("PATCH", path, change, content="merge-patch+json")

    def delete(self, kind: Kind, name: str, version: str) -> None:
        """Deletes an object that was read in this version; raises ApiError 409 where it is another one by now."""
        options = {"kind": "DeleteOptions", "apiVersion": "v1", "preconditions": {"resourceVersion": version}}
        api_server(self.context).request("DELETE", kind.path(self.namespace, name), options)

    def run(self, *arguments: str, stdin: str = "", timeout: float = 30) -> str:
        """What kubectl prints for these arguments.

        `timeout` (seconds) bounds each request and, with a small margin, the whole command. Raises ClusterError
        with kubectl's own message.
        """
        command = self._command(f"--request-timeout={timeout:g}s", *arguments)
        try:
            done = subprocess.run(
                command, input=stdin, capture_output=True, encoding="utf-8", timeout=timeout + 5, check=False
            )
        except subprocess.TimeoutExpired:
            raise ClusterError(f"kubectl {arguments[0]} gave no answer within {timeout:g} s.") from None
        if done.returncode:
            raise ClusterError(
                error_of_kubectl(done.stderr) or f"kubectl {arguments[0]} failed with exit code {done.returncode}."
            )
        return done.stdout

    def create(self, manifest: Object) -> None:
        """Creates one object; raises ClusterError where it exists already."""
        self.run("create", "-f", "-", stdin=json.dumps(manifest))

    def apply(self, *manifests: Mapping[str, Any], manager: str, timeout: float = 30) -> None:
        """Server-side apply: creates the objects or sets their fields, whoever owned them.

        `manager`: under whose name; what it wrote before and leaves out now goes. Raises ClusterError.
        """
        # Not as a List: kubectl itself would look at what is in one, and refuse a part of an object.
        listed = "\n".join(map(json.dumps, manifests))
        how = ("--server-side", "--force-conflicts", f"--field-manager={manager}", "-f", "-")
        self.run("apply", *how, stdin=listed, timeout=timeout)

    def wait_until_rolled_out(self, deployment: str, timeout: float = 300) -> None:
        """Returns when a Deployment's pods are all new and ready; raises ClusterError after `timeout` seconds.

        The provider's own await is content with a Deployment that has just scaled its old pods down, as it does when
        an existing object with strategy Recreate is taken over.
        """
        self.run("rollout", "status", f"deployment/{deployment}", f"--timeout={timeout:g}s", timeout=timeout + 5)

    def exec_command(self, target: str) -> Sequence[str]:
        """The command that runs a command in a pod of `target`, standard input handed on."""
        return self._command("exec", "--stdin", target, "--")

    @contextlib.contextmanager
    def port_forward(self, target: str, port: int) -> Iterator[int]:
        """A local port (127.0.0.1) that leads to `port` of `target`, e.g. `deployment/db`, while the block runs.

        Raises ClusterError where it does not open in time.
        """
        command = self._command("port-forward", "--address=127.0.0.1", target, f":{port}")
        with serving_process(command, r"Forwarding from 127\.0\.0\.1:(\d+)") as announced:
            yield int(announced[1])

    @contextlib.contextmanager
    def forward_when_available(self, deployment: str, port: int) -> Iterator[int]:
        """`port_forward` to a Deployment's pod, once one is ready, be it of a template before a change that waits."""
        self.run("wait", "--for=condition=Available", f"deployment/{deployment}", "--timeout=300s", timeout=305)
        with self.port_forward(f"deployment/{deployment}", port) as local_port:
            yield local_port

    def _command(self, *arguments: str) -> list[str]:
        return kubectl_command(self.context, f"--namespace={self.namespace}", *arguments)
