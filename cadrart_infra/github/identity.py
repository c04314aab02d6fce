"""A kubectl credential plugin with the job's OIDC token: `python3 -m cadrart_infra.github.identity AUDIENCE FILE`.

A token is good for some minutes, an update takes longer: clients of the cluster run this as their credential plugin
each time that they need one. FILE keeps the token for the next one that asks. It needs nothing but Python.
"""

import contextlib
import json
import os
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from cadrart_infra.github.api import GitHubError
from cadrart_infra.github.job_token import claims, job_token

API = "client.authentication.k8s.io/v1"
"""Of a credential plugin, as kubectl calls it."""
_MARGIN = 60
"""Seconds before its end from which on a token is not used any more."""
_INSTEAD = "put a kubeconfig that names an account into the secret KUBECONFIG"


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the credential; 1: GitHub gave none, and standard error says why."""
    audience, kept = sys.argv[1:] if arguments is None else arguments
    try:
        print(credential(audience, Path(kept)))
    except GitHubError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def credential(audience: str, kept: Path) -> str:
    """The credential in `kept` while its token is good, else a new one, which is kept; raises GitHubError."""
    with contextlib.suppress(OSError, ValueError, KeyError):
        text = kept.read_text("utf-8")
        if datetime.fromisoformat(json.loads(text)["status"]["expirationTimestamp"]) > datetime.now(UTC):
            return text
    token = job_token(audience, _INSTEAD)
    ends = datetime.fromtimestamp(_end(token) - _MARGIN, UTC)
    status = {"token": token, "expirationTimestamp": ends.isoformat(timespec="seconds")}
    text = json.dumps({"apiVersion": API, "kind": "ExecCredential", "status": status})
    _keep(kept, text)
    return text


def _end(token: str) -> float:
    """When a token ends, in seconds since 1970; one that does not say so is asked for again at once."""
    with contextlib.suppress(KeyError, TypeError, ValueError):
        return float(claims(token)["exp"])
    return time.time()


def _keep(file: Path, text: str) -> None:
    """Whole, and for this user alone; one that asks at the same time keeps its own."""
    beside = file.with_name(f"{file.name}.{os.getpid()}")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as stream:
        stream.write(text)
    beside.replace(file)


if __name__ == "__main__":
    sys.exit(main())
