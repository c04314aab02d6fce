"""One signed request to an S3 server (AWS Signature Version 4), as its keys' owner makes it by hand.

`python -m tests.cluster.s3 METHOD URL [SERVICE]`: the body from standard input, the keys from AWS_ACCESS_KEY_ID,
AWS_SECRET_ACCESS_KEY and, for those that end, AWS_SESSION_TOKEN; prints the status and what was answered. SERVICE: `s3`
or `iam`.
"""

import hashlib
import hmac
import os
import sys
import urllib.error
import urllib.request
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import reduce
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Keys:
    """Who asks; `token`: of keys that end."""

    key: str
    secret: str
    token: str = ""


def request(method: str, url: str, body: bytes, keys: Keys, service: str = "s3") -> tuple[int, str]:
    """The status and the answer; `url`: a query in it has a name and no value."""
    parts, now = urlsplit(url), datetime.now(UTC)
    digest, time = hashlib.sha256(body).hexdigest(), f"{now:%Y%m%dT%H%M%SZ}"
    headers = {"host": parts.netloc, "x-amz-content-sha256": digest, "x-amz-date": time}
    if keys.token:
        headers["x-amz-security-token"] = keys.token
    within = [time[:8], "us-east-1", service, "aws4_request"]
    names, scope = ";".join(headers), "/".join(within)
    lines = [f"{name}:{value}" for name, value in headers.items()]
    query = f"{parts.query}=" if parts.query else ""
    asked = "\n".join([method, parts.path or "/", query, *lines, "", names, digest])
    text = "\n".join(["AWS4-HMAC-SHA256", time, scope, hashlib.sha256(asked.encode()).hexdigest()])
    signing = reduce(_hmac, within, f"AWS4{keys.secret}".encode())
    signature = _hmac(signing, text).hex()
    headers["Authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={keys.key}/{scope}, SignedHeaders={names}, Signature={signature}"
    )
    try:
        with urllib.request.urlopen(
            urllib.request.Request(url, body or None, headers, method=method), timeout=30
        ) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), "sha256")


def main() -> None:
    """Prints the status, and the answer below it."""
    names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
    method, url, *service = sys.argv[1:]
    keys = Keys(*(os.environ.get(name, "") for name in names))
    print(*request(method, url, sys.stdin.buffer.read(), keys, *service), sep="\n")


if __name__ == "__main__":
    main()
