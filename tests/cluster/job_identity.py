"""The throw-away cluster takes what an issuer on this machine signs, as deploy/authentication/github.yaml says."""

import contextlib
import hashlib
import json
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from sandbox.cluster import configuration
from sandbox.cluster.cluster import Cluster
from sandbox.paths import REPOSITORY
from sandbox.shop.handle import Shop
from tests.github.issuer import REPOSITORY as SLUG
from tests.github.issuer import Signing

MANIFEST = REPOSITORY / "deploy" / "authentication" / "github.yaml"
ADDRESS = "203.0.113.7"
"""Of who signs: one for documents (RFC 5737), in the cluster's network alone. A token service asks no issuer at an
address of its own machine, nor at another port than HTTPS has."""
_SECONDS, _PORT = "62", "443"
"""A token is good for this long, and used until a minute before its end: an update needs several."""


@dataclass(frozen=True)
class JobIdentity:
    """Who signs, and the kubeconfig that says where the cluster is, and no account."""

    shop: Shop
    signing: Signing
    kubeconfig: Path

    @property
    def server(self) -> str:
        """The address of the API server."""
        document: dict[str, Any] = yaml.safe_load(self.kubeconfig.read_text())
        return str(document["clusters"][0]["cluster"]["server"])

    @property
    def thumbprint(self) -> str:
        """Of the certificate of who signs, by which a token service knows it."""
        return hashlib.sha1(ssl.PEM_cert_to_DER_cert(self.signing.certificate.read_text())).hexdigest()

    def who(self, job: str, **others: str) -> str:
        """The name of the account that a job is to the cluster; "" where it is none."""
        return self.kubectl(job, "auth", "whoami", "--output=jsonpath={.status.userInfo.username}", **others)

    def may(self, job: str, verb: str) -> str:
        """Whether a job may do this with the shop's Deployments, `yes` or `no`."""
        asked = ("auth", "can-i", verb, "deployments", f"--namespace={self.shop.namespace}")
        return self.kubectl(job, *asked).strip()

    def kubectl(self, job: str, *arguments: str, **others: str) -> str:
        """What kubectl prints for a job, with other claims than GitHub would sign where they are given."""
        token = self.signing.token(job, self.server, others=others)
        command = ["kubectl", f"--kubeconfig={self.kubeconfig}", f"--token={token}", *arguments]
        return str(self.shop.cluster.run(command, capture_output=True, text=True).stdout)

    def wait(self) -> None:
        """Returns when the API server has read its configuration again, for which it may take ten seconds."""
        for _ in range(150):
            if self.who("pull_request"):
                return
            time.sleep(0.2)
        raise AssertionError("the API server takes no token of the issuer")


@contextlib.contextmanager
def job_identity(shop: Shop, folder: Path) -> Iterator[JobIdentity]:
    """The cluster takes the issuer's tokens while the block runs, some seconds after its beginning."""
    assert isinstance(shop.cluster, Cluster)
    command = [sys.executable, "-m", "tests.github.issuer", str(folder), _SECONDS, ADDRESS, _PORT]
    _address(shop.cluster, "add")
    process = shop.cluster.popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True)
    configured = shop.cluster.paths.authentication
    try:
        url = process.stdout.readline().strip() if process.stdout else ""
        kubeconfig = folder / "kubeconfig"
        _without_an_account(shop, kubeconfig)
        made = JobIdentity(shop, Signing(folder, url), kubeconfig)
        configured.write_text(json.dumps(_authentication(made)))
        yield made
    finally:
        configured.write_text(configuration.authentication())
        process.kill()
        process.communicate()
        _address(shop.cluster, "delete")


def _address(cluster: Cluster, verb: str) -> None:
    cluster.run(["ip", "address", verb, f"{ADDRESS}/32", "dev", "lo"], check=verb == "add")


def _authentication(identity: JobIdentity) -> dict[str, Any]:
    """The shipped file, with this issuer in GitHub's place."""
    document: dict[str, Any] = yaml.safe_load(MANIFEST.read_text())
    (github,) = document["jwt"]
    certificate = identity.signing.certificate.read_text()
    github["issuer"] |= {"url": identity.signing.url, "certificateAuthority": certificate}
    github["issuer"]["audiences"] = [identity.server]
    github["claimValidationRules"][0]["requiredValue"] = SLUG
    return document


def _without_an_account(shop: Shop, file: Path) -> None:
    """By the commands of docs/workflows.md."""
    view = _config(shop, "view", "--raw", "--minify", "--output=json")
    cluster = json.loads(view)["clusters"][0]["cluster"]
    authority = f"--certificate-authority={cluster['certificate-authority']}"
    here = f"--kubeconfig={file}"
    _config(shop, "set-cluster", "k3s", here, f"--server={cluster['server']}", authority, "--embed-certs")
    _config(shop, "set-context", "k3s", here, "--cluster=k3s")
    _config(shop, "use-context", "k3s", here)


def _config(shop: Shop, *arguments: str) -> str:
    command = ["kubectl", "config", *arguments]
    return str(shop.cluster.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout)
