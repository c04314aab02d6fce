"""One signed request to an S3 server (AWS Signature Version 4), as its keys' owner makes it by hand.

`python -m tests.cluster.s3 METHOD URL`: the body from standard input, the keys from AWS_ACCESS_KEY_ID and
AWS_SECRET_ACCESS_KEY; prints the status and what was answered.
"""

import hashlib
import hmac
import os
import sys
import urllib.error
import urllib.request
from datetime import UTC, datetime
from functools import reduce
from urllib.parse import urlsplit

_SCOPE = ("us-east-1", "s3", "aws4_request")


def request(method: str, url: str, body: bytes, key: str, secret: str) -> tuple[int, str]:
    """The status and the answer; `url`: a query in it has a name and no value."""
    parts, now = urlsplit(url), datetime.now(UTC)
    digest, time = hashlib.sha256(body).hexdigest(), f"{now:%Y%m%dT%H%M%SZ}"
    headers = {"host": parts.netloc, "x-amz-content-sha256": digest, "x-amz-date": time}
    names, scope = ";".join(headers), "/".join([time[:8], *_SCOPE])
    lines = [f"{name}:{value}" for name, value in headers.items()]
    query = f"{parts.query}=" if parts.query else ""
    asked = "\n".join([method, parts.path, query, *lines, "", names, digest])
    text = "\n".join(["AWS4-HMAC-SHA256", time, scope, hashlib.sha256(asked.encode()).hexdigest()])
    signing = reduce(_hmac, [time[:8], *_SCOPE], f"AWS4{secret}".encode())
    signature = _hmac(signing, text).hex()
    headers["Authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={key}/{scope}, SignedHeaders={names}, Signature={signature}"
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
    keys = os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"]
    print(*request(sys.argv[1], sys.argv[2], sys.stdin.buffer.read(), *keys), sep="\n")


if __name__ == "__main__":
    main()
