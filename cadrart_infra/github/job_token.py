"""What GitHub signs for the running job (OpenID Connect), for those who take that in a password's place.

It needs nothing but Python.
"""

import base64
import contextlib
import json
import os
import time
import urllib.error
import urllib.parse
import urllib.request
from http import HTTPStatus
from http.client import HTTPException
from typing import Any

from cadrart_infra.github.api import GitHubError

_SECONDS = 15
_PAUSES = (0, 1, 3)
"""Seconds before each of the attempts: an update is not to fail for one request that was lost."""


def job_token(audience: str, instead: str) -> str:
    """A token of the running job for this audience; raises GitHubError.

    `instead`: what a user may set where GitHub signs nothing, as the end of a sentence.
    """
    url = os.environ.get("ACTIONS_ID_TOKEN_REQUEST_URL", "")
    if not url:
        raise GitHubError(
            "GitHub signs nothing for this job; nothing was changed. Give it the permission `id-token: write`, or "
            f"{instead}."
        )
    joint = "&" if "?" in url else "?"
    request = urllib.request.Request(
        f"{url}{joint}{urllib.parse.urlencode({'audience': audience})}",
        headers={"Authorization": f"Bearer {os.environ.get('ACTIONS_ID_TOKEN_REQUEST_TOKEN', '')}"},
    )
    try:
        return str(json.loads(answer(request))["value"])
    except (OSError, HTTPException, ValueError, KeyError) as error:
        said = f"{type(error).__name__}: {error}"
    raise GitHubError(f"GitHub signs nothing for this job ({said}). Run the job again when GitHub does.")


def claims(token: str) -> dict[str, Any]:
    """What a token says, unchecked; nothing where it is none."""
    with contextlib.suppress(IndexError, ValueError):
        part = token.split(".")[1]
        found = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
        return found if isinstance(found, dict) else {}
    return {}


def answer(request: urllib.request.Request) -> bytes:
    """What is answered; a request that is lost is made again, one that is refused is not.

    Raises OSError, or HTTPException where what answers does not speak HTTP.
    """
    for attempt, pause in enumerate(_PAUSES, 1):
        time.sleep(pause)
        try:
            with urllib.request.urlopen(request, timeout=_SECONDS) as response:
                return bytes(response.read())
        except (OSError, HTTPException) as error:
            refused = isinstance(error, urllib.error.HTTPError) and error.code < HTTPStatus.INTERNAL_SERVER_ERROR
            if refused or attempt == len(_PAUSES):
                raise
    raise AssertionError("the last attempt returns or raises")
