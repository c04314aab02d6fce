"""The shop's database server as the cluster reaches it: root in its pod, accounts through a forwarded port."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from functools import partial

from cadrart_infra import naming
from cadrart_infra.cluster import secrets as passwords
from cadrart_infra.cluster.kubectl import ClusterError, Kubectl
from cadrart_infra.cluster.secrets import Credentials
from cadrart_infra.mysql.disk_space import available
from cadrart_infra.mysql.root_client import RootClient
from cadrart_infra.mysql.session import Endpoint
from cadrart_infra.rotation.in_use import read_in_use

PORT = 3306
_POD = f"deployment/{naming.DATABASE}"
_DATA_FOLDER = "/var/lib/mysql"


def root_of(kubectl: Kubectl) -> RootClient:
    """Root on the server; raises ClusterError where its password cannot be read."""
    password = passwords.read(kubectl, naming.APP_SECRET, passwords.ROOT_PASSWORD_KEY)
    former = partial(former_root_password, kubectl)
    return RootClient(kubectl.exec_command(_POD), password, former=former)


def former_root_password(kubectl: Kubectl) -> str:
    """The one that the server has where the Secret's has not been carried to it yet; empty where it is not known."""
    return read_in_use(kubectl).root


@contextlib.contextmanager
def forwarded(kubectl: Kubectl, account: Credentials) -> Iterator[Endpoint]:
    """The server as an account reaches it from here while the block runs, once its pod is the new one."""
    with kubectl.forward_when_available(naming.DATABASE, PORT) as port:
        yield Endpoint("127.0.0.1", port, account.user, account.password, partial(_free_bytes, kubectl))


def _free_bytes(kubectl: Kubectl) -> int | None:
    """What `df` in the server's pod says about its data's file system; None where the image has no `df`."""
    try:
        return available(kubectl.run("exec", _POD, "--", "df", "-Pk", _DATA_FOLDER))
    except ClusterError:
        return None
