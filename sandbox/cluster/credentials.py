"""A cluster's own certificate authority, keys, tokens and kubeconfigs; made new for every cluster."""

import json
import os
import secrets
import subprocess
from pathlib import Path

from sandbox.cluster.slots import AddressPlan
from sandbox.errors import SandboxError
from sandbox.paths import ClusterPaths

# Name of the kubeconfig: user and group, as Kubernetes' own roles expect them.
_USERS = {
    "admin": ("sandbox-admin", "system:masters"),
    "kube-controller-manager": ("system:kube-controller-manager", ""),
    "kube-scheduler": ("system:kube-scheduler", ""),
    "kube-proxy": ("system:kube-proxy", ""),
    "network-policies": ("system:network-policies", ""),
}
_LIFE_IN_DAYS = "30"


def make(paths: ClusterPaths, addresses: AddressPlan) -> None:
    """Write everything below `credentials/`; the folder is the owner's alone."""
    folder = paths.credentials
    folder.mkdir(parents=True, mode=0o700)
    _certificate_authority(folder)
    _certificate(folder, "apiserver", "/CN=kube-apiserver", _server_names(addresses))
    _certificate(folder, "kubelet", f"/CN={paths.identity}", f"IP:{addresses.node},DNS:{paths.identity}")
    _certificate(folder, "kubelet-client", "/O=system:masters/CN=kube-apiserver-kubelet-client", "")
    _openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", f"{folder}/service-account.key")
    _openssl("ec", "-in", f"{folder}/service-account.key", "-pubout", "-out", f"{folder}/service-account.pub")
    _tokens(paths, addresses)


def kubeconfig(server: str, authority: str, cluster: str, user: str, token: str) -> str:
    """A kubeconfig with one context, as JSON, which is YAML."""
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": cluster, "cluster": {"server": server, "certificate-authority": authority}}],
        "users": [{"name": user, "user": {"token": token}}],
        "contexts": [{"name": cluster, "context": {"cluster": cluster, "user": user}}],
        "current-context": cluster,
    }
    return json.dumps(document, indent=2) + "\n"


def _tokens(paths: ClusterPaths, addresses: AddressPlan) -> None:
    users = {**_USERS, "kubelet": (f"system:node:{paths.identity}", "system:nodes")}
    lines = []
    for name, (user, group) in users.items():
        token = secrets.token_hex(24)
        lines.append(f'{token},{user},{user},"{group}"' if group else f"{token},{user},{user}")
        authority = str(paths.credentials / "ca.crt")
        text = kubeconfig(addresses.server, authority, paths.identity, user, token)
        _write_secret(paths.kubeconfig_of(name), text)
    _write_secret(paths.credentials / "tokens.csv", "\n".join(lines) + "\n")


def _write_secret(path: Path, text: str) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)


def _server_names(addresses: AddressPlan) -> str:
    kubernetes = ["kubernetes", "kubernetes.default", "kubernetes.default.svc"]
    names = ["localhost", *kubernetes, "kubernetes.default.svc.cluster.local"]
    numbers = ["127.0.0.1", addresses.node, addresses.api_service]
    return ",".join([*(f"DNS:{name}" for name in names), *(f"IP:{number}" for number in numbers)])


def _certificate_authority(folder: Path) -> None:
    _openssl(
        *("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
        *("-subj", "/CN=cadrart-sandbox", "-days", _LIFE_IN_DAYS),
        *("-addext", "keyUsage=critical,keyCertSign,digitalSignature"),
        *("-keyout", f"{folder}/ca.key", "-out", f"{folder}/ca.crt"),
    )


def _certificate(folder: Path, name: str, subject: str, alternative_names: str) -> None:
    """A key and a certificate signed by the cluster's authority; without alternative names, a client's."""
    extensions = folder / f"{name}.extensions"
    usage = "serverAuth" if alternative_names else "clientAuth"
    text = f"extendedKeyUsage={usage}\n"
    extensions.write_text(text + (f"subjectAltName={alternative_names}\n" if alternative_names else ""))
    _openssl(
        *("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", subject),
        *("-keyout", f"{folder}/{name}.key", "-out", f"{folder}/{name}.csr"),
    )
    _openssl(
        *("x509", "-req", "-in", f"{folder}/{name}.csr", "-out", f"{folder}/{name}.crt"),
        *("-CA", f"{folder}/ca.crt", "-CAkey", f"{folder}/ca.key", "-CAcreateserial"),
        *("-days", _LIFE_IN_DAYS, "-extfile", str(extensions)),
    )


def _openssl(*arguments: str) -> None:
    result = subprocess.run(["openssl", *arguments], capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise SandboxError(f"`openssl {arguments[0]}` failed: {result.stderr.strip()}")
