"""Run inside the cluster's network: statements on the shop's server, from standard input to standard output."""

import contextlib
import json
import sys
from collections.abc import Iterator, Sequence
from typing import Any

from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.mysql.errors import AccessDenied, DatabaseError
from cadrart_infra.mysql.server import Endpoint
from cadrart_infra.mysql.session import connect


def results(namespace: str, user: str, password: str, statements: Sequence[str]) -> Iterator[Any]:
    """For each statement its rows, or the server's error number."""
    with contextlib.ExitStack() as stack:
        port = stack.enter_context(Kubectl(namespace).port_forward("deployment/db", 3306))
        try:
            session = connect(Endpoint("127.0.0.1", port, user, password))
        except AccessDenied as error:
            yield from (error.number for _ in statements)
            return
        stack.callback(session.close)
        for statement in statements:
            try:
                yield list(session.rows(statement))
            except DatabaseError as error:
                yield error.number


if __name__ == "__main__":
    print(json.dumps(list(results(**json.load(sys.stdin))), default=str))
