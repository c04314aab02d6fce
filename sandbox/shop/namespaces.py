"""Namespaces that whoever made them may fill and delete, known by a label; every other one is left alone."""

import json
import subprocess
from dataclasses import dataclass

from sandbox.cluster.cluster import Cluster
from sandbox.cluster.own_cluster import OwnCluster
from sandbox.errors import SandboxError

LABEL = "ateliercadrart.com/made-by"


@dataclass(frozen=True)
class OwnedNamespace:
    """The namespace `name` of `owner`: a demo, a benchmark, or one run of the tests."""

    cluster: Cluster | OwnCluster
    name: str
    owner: str
    """The value of the label: at most 63 letters, digits, hyphens and dots."""

    def make(self) -> None:
        """Makes the namespace, or takes up the owner's own; raises SandboxError for anybody else's."""
        metadata = {"name": self.name, "labels": {LABEL: self.owner}}
        manifest = {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}
        made = self._kubectl("create", "-f", "-", stdin=json.dumps(manifest))
        if made.returncode and "AlreadyExists" not in made.stderr:
            raise SandboxError(f"Namespace {self.name} could not be created: {made.stderr.strip()}")
        if made.returncode and not self._owned():
            raise SandboxError(
                f"Namespace {self.name} is on this cluster already, and {self.owner} did not make it: it does not have "
                f"the label {LABEL}={self.owner}. Nothing was changed.\n"
                f"If nothing in it is needed, delete it, or give it away: "
                f"kubectl label namespace {self.name} {LABEL}={self.owner}"
            )

    def remove(self) -> None:
        """Deletes it with everything in it, without waiting; does nothing where it is gone or somebody else's."""
        self._kubectl("delete", "namespaces", *self._selected(), "--wait=false", "--ignore-not-found")

    def wait_until_gone(self) -> None:
        """Waits up to two minutes for an earlier one of the owner's to be gone, if there is one that ends."""
        self._kubectl("wait", "--for=delete", "namespaces", *self._selected(), "--timeout=120s")

    def _owned(self) -> bool:
        listed = self._kubectl("get", "namespaces", *self._selected(), "-o", "name")
        return bool(listed.stdout.strip())

    def _selected(self) -> tuple[str, str]:
        """The API server itself picks by name and label, so that a namespace that changes hands is not touched."""
        return f"--selector={LABEL}={self.owner}", f"--field-selector=metadata.name={self.name}"

    def _kubectl(self, *arguments: str, stdin: str = "") -> "subprocess.CompletedProcess[str]":
        pipe = subprocess.PIPE
        return self.cluster.run(["kubectl", *arguments], input=stdin, text=True, stdout=pipe, stderr=pipe)
