"""Run inside the cluster's network: a client with one kept-alive connection, until the server closes it.

Arguments: host and port. One JSON line an answer on standard output: when it came, what it said, whether the server
announced with it that it closes the connection, and on which local port it was heard.
"""

import http.client
import json
import sys
import time
from datetime import UTC, datetime
from typing import Any

_EVERY = 0.2
"""Seconds between two requests."""


def ask(connection: http.client.HTTPConnection) -> dict[str, Any]:
    """One request on the connection; http.client would open a new one by itself, so the socket is looked at."""
    connection.request("GET", "/api/health/live")
    own = connection.sock.getsockname()[1] if connection.sock else 0
    response = connection.getresponse()
    said = json.loads(response.read())
    return {"at": datetime.now(UTC).isoformat(), "port": own, "closes": response.will_close, **said}


def main() -> None:
    """Asks until an answer closes the connection; a connection that is cut is an error."""
    connection = http.client.HTTPConnection(sys.argv[1], int(sys.argv[2]), timeout=10)
    while True:
        answer = ask(connection)
        print(json.dumps(answer), flush=True)
        if answer["closes"]:
            return
        time.sleep(_EVERY)


if __name__ == "__main__":
    main()
