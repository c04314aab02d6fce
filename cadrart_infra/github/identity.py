"""A kubectl credential plugin with the job's OIDC token: `python3 -m cadrart_infra.github.identity AUDIENCE FILE`.

A token is good for some minutes, an update takes longer: clients of the cluster run this as their credential plugin
each time that they need one. FILE keeps the token for the next one that asks. It needs nothing but Python.
"""

import base64
import contextlib
import json
import os
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from cadrart_infra.github.api import GitHubError

API = "client.authentication.k8s.io/v1"
"""Of a credential plugin, as kubectl calls it."""
_MARGIN = 60
"""Seconds before its end from which on a token is not used any more."""
_SECONDS = 30
_PAUSES = (0, 1, 3)
"""Seconds before each of the attempts: an update is not to fail for one request that was lost."""


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
    token = _ask(audience)
    ends = datetime.fromtimestamp(_end(token) - _MARGIN, UTC)
    status = {"token": token, "expirationTimestamp": ends.isoformat(timespec="seconds")}
    text = json.dumps({"apiVersion": API, "kind": "ExecCredential", "status": status})
    _keep(kept, text)
    return text


def _ask(audience: str) -> str:
    """A token of the running job for this audience."""
    url = os.environ.get("ACTIONS_ID_TOKEN_REQUEST_URL", "")
    if not url:
        raise GitHubError(
            "The kubeconfig names no account, and GitHub signs nothing for this job; nothing was changed. Give the job "
            "the permission `id-token: write`, or put a kubeconfig with an account into the secret KUBECONFIG."
        )
    joint = "&" if "?" in url else "?"
    request = urllib.request.Request(
        f"{url}{joint}{urllib.parse.urlencode({'audience': audience})}",
        headers={"Authorization": f"Bearer {os.environ.get('ACTIONS_ID_TOKEN_REQUEST_TOKEN', '')}"},
    )
    refusal = ""
    for pause in _PAUSES:
        time.sleep(pause)
        try:
            with urllib.request.urlopen(request, timeout=_SECONDS) as answer:
                return str(json.load(answer)["value"])
        except (OSError, ValueError, KeyError) as error:
            refusal = f"{type(error).__name__}: {error}"
    raise GitHubError(f"GitHub signs nothing for this job ({refusal}). Run the job again when GitHub does.")


def _end(token: str) -> float:
    """When a token ends, in seconds since 1970; one that does not say so is asked for again at once."""
    with contextlib.suppress(IndexError, ValueError, KeyError, TypeError):
        claims = token.split(".")[1]
        return float(json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))["exp"])
    return time.time()


def _keep(file: Path, text: str) -> None:
    """Whole, and for this user alone; one that asks at the same time keeps its own."""
    beside = file.with_name(f"{file.name}.{os.getpid()}")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as stream:
        stream.write(text)
    beside.replace(file)


if __name__ == "__main__":
    sys.exit(main())
