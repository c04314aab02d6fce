"""Keys of the state's bucket for the running job: `python3 -m cadrart_infra.github.bucket_keys ROLE SERVICE`.

Amazon's SDK, by which Pulumi reads and writes the bucket, runs this as its `credential_process`, and again when the
keys end: after an hour, where the role says nothing else. SERVICE is the address of a token service, which exchanges
what GitHub signs for the job for keys of ROLE (`AssumeRoleWithWebIdentity`). It needs nothing but Python.
"""

import json
import os
import sys
import urllib.error
import urllib.parse
import urllib.request
import xml.etree.ElementTree as Xml
from collections.abc import Sequence
from http.client import HTTPException

from cadrart_infra.github.api import GitHubError
from cadrart_infra.github.job_token import answer, claims, job_token
from cadrart_infra.user_errors import UserError

_AUDIENCE = "sts.amazonaws.com"
"""Whom the token is for, also where the service is not Amazon's."""
_INSTEAD = "put keys of the bucket into the secrets AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
_PARTS = ("AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration")


class NoBucketKeys(UserError):
    """The token service gave no keys."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the keys as the SDK reads them; 1: there are none, and standard error says why."""
    role, service = sys.argv[1:] if arguments is None else arguments
    try:
        print(json.dumps({"Version": 1, **bucket_keys(role, service)}))
    except (GitHubError, NoBucketKeys) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def bucket_keys(role: str, service: str) -> dict[str, str]:
    """Keys of the role for the running job; raises GitHubError and NoBucketKeys."""
    token = job_token(_AUDIENCE, _INSTEAD)
    session = f"cadrart-{os.environ.get('GITHUB_RUN_ID', 'job')}"
    form = {"Action": "AssumeRoleWithWebIdentity", "Version": "2011-06-15", "WebIdentityToken": token}
    form |= {"RoleArn": role, "RoleSessionName": session}
    try:
        text = answer(urllib.request.Request(service, urllib.parse.urlencode(form).encode()))
        found = {part: _named(text, part) for part in _PARTS}
    except urllib.error.HTTPError as error:
        raise NoBucketKeys(
            f"{service} gives this job no keys of {role}: {_refusal(error)}\nNothing was changed. Look whether the "
            f"role trusts the job's subject ({claims(token).get('sub')}), and which CADRART_BUCKET_ROLE the repository "
            "and the job's environment have."
        ) from None
    except (OSError, HTTPException, ValueError) as error:
        raise NoBucketKeys(
            f"{service} does not answer: {error}. Nothing was changed. Look at CADRART_TOKEN_SERVICE, and run the job "
            "again."
        ) from None
    if not all(found.values()):
        raise NoBucketKeys(
            f"{service} answers without keys. Nothing was changed. CADRART_TOKEN_SERVICE has to be the address of a "
            "token service (STS), which is often another one than the bucket's."
        )
    return found


def _refusal(error: urllib.error.HTTPError) -> str:
    """What the service said, in its own words."""
    return _named(error.read(), "Message") or str(error)


def _named(text: bytes, name: str) -> str:
    """What stands under this name in the service's answer; "" where it is not there, or the text is no XML."""
    try:
        return Xml.fromstring(text).findtext(f".//{{*}}{name}") or ""
    except Xml.ParseError:
        return ""


if __name__ == "__main__":
    sys.exit(main())
