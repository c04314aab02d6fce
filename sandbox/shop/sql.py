"""Run inside the cluster's network: statements on the shop's server, from standard input to standard output."""

import json
import sys
from collections.abc import Iterator, Sequence
from typing import Any

import pymysql

from cadrart_infra.accounts.server import Server
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.cluster.secrets import Credentials
from cadrart_infra.mysql.root_client import RootClient


def results(namespace: str, user: str, password: str, statements: Sequence[str]) -> Iterator[Any]:
    """For each statement its rows, or the server's error number; root's rows are text, all in one."""
    kubectl = Kubectl(namespace)
    if user == "root":
        yield RootClient(kubectl.exec_command("deployment/db"), password).run(*statements)
        return
    with (
        kubectl.port_forward("deployment/db", 3306) as port,
        Server("127.0.0.1", port).connect(Credentials(user, password)) as connection,
        connection.cursor() as cursor,
    ):
        for statement in statements:
            try:
                cursor.execute(statement)
                yield list(cursor.fetchall())
            except pymysql.err.MySQLError as error:
                yield error.args[0]


if __name__ == "__main__":
    print(json.dumps(list(results(**json.load(sys.stdin))), default=str))
