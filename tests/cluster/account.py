"""An account of the cluster with the rights of a Role, and the cluster as this account's kubeconfig shows it."""

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path

from sandbox.cluster.cluster import Cluster
from sandbox.shop.handle import Shop
from sandbox.shop.stack import Stack


class ClusterOfAccount(Cluster):
    """The throw-away cluster, reached with this kubeconfig instead of the administrator's."""

    def __init__(self, cluster: Cluster, kubeconfig: Path) -> None:
        super().__init__(cluster.name, cluster.progress)
        self._kubeconfig = kubeconfig

    def env(self, base: Mapping[str, str] | None = None) -> dict[str, str]:
        return {**super().env(base), "KUBECONFIG": str(self._kubeconfig)}


def as_account(shop: Shop, name: str, role: Path, folder: Path) -> Shop:
    """The shop, handled by a ServiceAccount that has only the Role in this manifest."""
    assert isinstance(shop.cluster, Cluster)
    shop.kubectl("apply", "-f", str(role))
    shop.kubectl("create", "serviceaccount", name)
    account = f"{shop.namespace}:{name}"
    shop.kubectl("create", "rolebinding", name, f"--role={role_name(role)}", f"--serviceaccount={account}")
    token = shop.kubectl("create", "token", name, "--duration=2h").strip()
    kubeconfig = folder / f"{name}.kubeconfig"
    kubeconfig.touch(mode=0o600)
    kubeconfig.write_text(json.dumps(_kubeconfig(shop, token)))
    cluster = ClusterOfAccount(shop.cluster, kubeconfig)
    return Shop(cluster, Stack(cluster, shop.stack.name, shop.stack.folder), shop.namespace)


def role_name(role: Path) -> str:
    """The name of the Role in a manifest."""
    return next(line.split()[1] for line in role.read_text().splitlines() if line.startswith("  name: "))


def _kubeconfig(shop: Shop, token: str) -> dict[str, object]:
    """The administrator's, with this token instead of his certificate."""
    command = ["kubectl", "config", "view", "--raw", "--minify", "-o", "json"]
    view = json.loads(shop.cluster.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout)
    user = {"name": view["contexts"][0]["context"]["user"], "user": {"token": token}}
    return {**view, "users": [user]}
