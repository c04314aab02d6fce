"""The API server, asked by this process itself: a kubectl for each question takes a tenth of a second."""

import http.client
import json
import ssl
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sandbox.errors import SandboxError

_SECONDS = 30


def read(kubeconfig: Path, path: str) -> dict[str, Any]:
    """The answer to a GET of `path`, as the user of a kubeconfig that `credentials` wrote: JSON, with a token.

    Raises SandboxError for every other answer than success, and where there is none.
    """
    document = json.loads(kubeconfig.read_text())
    (cluster,), (user,) = document["clusters"], document["users"]
    server = urlsplit(cluster["cluster"]["server"])
    assert server.hostname
    trusted = ssl.create_default_context(cafile=cluster["cluster"]["certificate-authority"])
    connection = http.client.HTTPSConnection(server.hostname, server.port, timeout=_SECONDS, context=trusted)
    try:
        connection.request("GET", path, headers={"Authorization": f"Bearer {user['user']['token']}"})
        answer = connection.getresponse()
        said = answer.read()
    except (OSError, http.client.HTTPException) as error:
        raise SandboxError(f"The API server does not answer to GET {path}: {error}") from None
    finally:
        connection.close()
    if answer.status != http.client.OK:
        raise SandboxError(f"The API server answers {answer.status} to GET {path}: {said.decode(errors='replace')}")
    found: dict[str, Any] = json.loads(said)
    return found
