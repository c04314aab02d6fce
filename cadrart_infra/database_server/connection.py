"""Connections to the shop's database server: root inside its pod, accounts through a forwarded port."""

from __future__ import annotations

import contextlib
import posixpath
import re
from collections.abc import Iterator, Mapping
from functools import partial

from cadrart_infra import naming
from cadrart_infra.cluster import secrets as passwords
from cadrart_infra.cluster.errors import ClusterError
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.cluster.secrets import Credentials
from cadrart_infra.database_server.processor_counters import reading_counters
from cadrart_infra.database_server.state import DEPLOYMENT_KEY
from cadrart_infra.mysql.disk_space import free_bytes_at
from cadrart_infra.mysql.errors import DatabaseError
from cadrart_infra.mysql.root_client import RootClient
from cadrart_infra.mysql.server import Endpoint
from cadrart_infra.mysql.tls import Tls
from cadrart_infra.rotation.in_use import read_in_use

BRIEFLY = 10
"""Seconds for a question to the server whose answer an update can do without."""
_DATA_FOLDER = "/var/lib/mysql"
_ABOUT_TLS = "'ssl_cert', 'tls_version', 'have_ssl', 'datadir'"
_CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.S)


def root_of(kubectl: Kubectl, seconds: int = 120, pod: str = DEPLOYMENT_KEY) -> RootClient:
    """Root on the server, for statements of at most so many seconds; raises ClusterError without its password.

    `pod`: one of several pods, as kubectl names it.
    """
    password = passwords.read(kubectl, naming.APP_SECRET, naming.ROOT_PASSWORD_KEY)
    former = partial(former_root_password, kubectl)
    return RootClient(kubectl.exec_command(pod), password, former=former, seconds=seconds)


def former_root_password(kubectl: Kubectl) -> str:
    """The password that the server still has if the Secret's is new; empty if unknown."""
    return read_in_use(kubectl).root


@contextlib.contextmanager
def forwarded_endpoint(kubectl: Kubectl, account: Credentials) -> Iterator[Endpoint]:
    """The server as an account reaches it from here while the block runs, once its pod is the new one."""
    with kubectl.forward_when_available(naming.DATABASE, naming.DATABASE_PORT) as port:
        in_its_pod = kubectl.exec_command(DEPLOYMENT_KEY)
        free_bytes = partial(free_bytes_at, in_its_pod, _DATA_FOLDER)
        with reading_counters(in_its_pod) as processor:
            yield Endpoint(
                "127.0.0.1", port, account.user, account.password, free_bytes, pinned_certificate(kubectl), processor
            )


def pinned_certificate(kubectl: Kubectl) -> Tls | None:
    """The certificate in the server's pod, which the server behind a forwarded port has to show.

    None where the server has none in a file (MariaDB unless it was given one), or root cannot ask it: the way to its
    pod, through the API server, is safe by itself. Raises ClusterError where its file cannot be read.
    """
    try:
        rows = root_of(kubectl).run(f"SHOW GLOBAL VARIABLES WHERE Variable_name IN ({_ABOUT_TLS})")
    except (ClusterError, DatabaseError):
        return None
    path = certificate_file({row[0]: row[1] for row in rows if len(row) > 1})
    if not path:
        return None
    found = _CERTIFICATE.search(kubectl.run("exec", DEPLOYMENT_KEY, "--", "cat", path))
    if found is None:
        raise ClusterError(f"{path} in the pod of {naming.DATABASE}, the server's ssl_cert, holds no certificate.")
    return Tls(pinned=found[0])


def certificate_file(variables: Mapping[str, str]) -> str:
    """The path of the server's certificate, by its variables; empty without TLS or a file."""
    speaks_tls = variables.get("tls_version", "") and variables.get("have_ssl", "YES") == "YES"
    file = variables.get("ssl_cert", "")
    return posixpath.join(variables.get("datadir", _DATA_FOLDER), file) if speaks_tls and file else ""
