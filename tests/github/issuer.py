"""Signs for jobs as GitHub does (OpenID Connect): `python -m tests.github.issuer FOLDER SECONDS ADDRESS PORT`.

It serves until it is ended.

A job is what the last part of GitHub's `sub` says of it: `environment:prod`, `pull_request`, `ref:refs/heads/main`. The
folder has the key, the certificate of the server, what a job shows to be signed for, and which jobs have asked for
which audience.
"""

import base64
import contextlib
import ipaddress
import json
import secrets
import ssl
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

REPOSITORY = "shop/infra"
_KEY, _CERTIFICATE, _PERMISSION, _ASKED = "key.pem", "certificate.pem", "permission", "asked"
_HTTPS = 443
_NAMES = {"shop": "shop@4217", "infra": "infra@90210"}
"""With the numbers that GitHub puts into the subject of a repository of since July 2026."""


class Signing:
    """What the folder of an issuer is good for, also while another process serves it at `url`."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder, self.url = folder, url

    @property
    def certificate(self) -> Path:
        """Of the server, which it signed itself."""
        return self.folder / _CERTIFICATE

    def environment(self, job: str) -> dict[str, str]:
        """What GitHub's runner gives a job with the permission `id-token: write`."""
        return {
            "ACTIONS_ID_TOKEN_REQUEST_URL": f"{self.url}/sign?api-version=2.0",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": f"{(self.folder / _PERMISSION).read_text()}.{job}",
            "SSL_CERT_FILE": str(self.certificate),
        }

    def asked(self, audience: str) -> list[str]:
        """The jobs that were signed for, for this audience, in their order."""
        file = self.folder / _ASKED
        lines = [line.split() for line in (file.read_text().splitlines() if file.exists() else [])]
        return [job for job, whom in lines if whom == audience]

    def token(self, job: str, audience: str, seconds: int = 300, others: Mapping[str, str] | None = None) -> str:
        """What is signed for a job; `others`: claims that are not as they would be."""
        now = int(time.time())
        kind, _, rest = job.partition(":")
        claims = {
            **{"iss": self.url, "aud": audience, "iat": now, "nbf": now - 5, "exp": now + seconds},
            "jti": secrets.token_hex(8),
            "sub": f"{subject_of(REPOSITORY)}:{job}",
            **{"repository": REPOSITORY, "repository_owner": REPOSITORY.partition("/")[0]},
            "event_name": "pull_request" if kind == "pull_request" else "workflow_dispatch",
            "ref": rest if kind == "ref" else "refs/pull/7/merge" if kind == "pull_request" else "refs/heads/main",
            **({"environment": rest} if kind == "environment" else {}),
            **(others or {}),
        }
        signed = f"{_part(json.dumps({'alg': 'RS256', 'kid': 'one', 'typ': 'JWT'}))}.{_part(json.dumps(claims))}"
        signature = _key(self.folder).sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{signed}.{_part(signature)}"


def subject_of(repository: str) -> str:
    """How the subject of each of its jobs begins."""
    return f"repo:{'/'.join(_NAMES[part] for part in repository.split('/'))}"


def claims(token: str) -> dict[str, Any]:
    """What a token says."""
    part = token.split(".")[1]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return found


class Issuer(Signing):
    """Serves, with tokens that are good for `seconds`; without a port at any that is free."""

    def __init__(self, folder: Path, seconds: int, address: str = "127.0.0.1", port: int = 0) -> None:
        _make(folder, address)
        self._lost, self._seconds = 0, seconds
        self.server = ThreadingHTTPServer((address, port), _handler(self))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / _CERTIFICATE, folder / _KEY)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        shown = "" if port == _HTTPS else f":{self.server.server_port}"
        super().__init__(folder, f"https://{address}{shown}")

    @contextlib.contextmanager
    def serving(self) -> Iterator[None]:
        """Serves while the block runs."""
        thread = threading.Thread(target=self.server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield
        finally:
            self.server.shutdown()
            thread.join()
            self.server.server_close()

    def lose(self, requests: int) -> None:
        """The next requests get no answer of use."""
        self._lost = requests

    def answer(self, address: str, permission: str) -> tuple[int, Any]:
        """The status and the answer."""
        url = urlsplit(address)
        if self._lost:
            self._lost -= 1
            return 503, {"message": "busy"}
        if url.path == "/.well-known/openid-configuration":
            return 200, {
                **{"issuer": self.url, "jwks_uri": f"{self.url}/keys", "response_types_supported": ["id_token"]},
                **{"subject_types_supported": ["public"], "id_token_signing_alg_values_supported": ["RS256"]},
            }
        if url.path == "/keys":
            return 200, {"keys": [_public(self.folder)]}
        good, _, job = permission.removeprefix("Bearer ").partition(".")
        if url.path != "/sign" or good != (self.folder / _PERMISSION).read_text():
            return 403, {"message": "not allowed"}
        (audience,) = parse_qs(url.query)["audience"]
        with (self.folder / _ASKED).open("a") as file:
            file.write(f"{job} {audience}\n")
        return 200, {"value": self.token(job, audience, self._seconds)}


def _handler(issuer: Issuer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, answer = issuer.answer(self.path, self.headers.get("Authorization") or "")
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(answer).encode())

        def log_message(self, *_: Any) -> None:
            pass

    return Handler


def _make(folder: Path, address: str) -> None:
    """The key, the server's certificate and what a job shows."""
    folder.mkdir(parents=True, exist_ok=True)
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    secret = serialization.NoEncryption()
    form = serialization.PrivateFormat.PKCS8
    (folder / _KEY).write_bytes(key.private_bytes(serialization.Encoding.PEM, form, secret))
    (folder / _CERTIFICATE).write_bytes(_certificate(key, address).public_bytes(serialization.Encoding.PEM))
    (folder / _PERMISSION).write_text(secrets.token_hex(16))


def _certificate(key: rsa.RSAPrivateKey, address: str) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "signs as GitHub does")])
    now, public = datetime.now(UTC), key.public_key()
    usage = {use: use in ("digital_signature", "key_cert_sign") for use in _USES}
    return (
        x509.CertificateBuilder(name, name, public, x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.KeyUsage(**usage), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(public), critical=False)
        .sign(key, hashes.SHA256())
    )


_USES = (
    *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement"),
    *("key_cert_sign", "crl_sign", "encipher_only", "decipher_only"),
)


def _key(folder: Path) -> rsa.RSAPrivateKey:
    key = serialization.load_pem_private_key((folder / _KEY).read_bytes(), None)
    assert isinstance(key, rsa.RSAPrivateKey)
    return key


def _public(folder: Path) -> dict[str, str]:
    numbers = _key(folder).public_key().public_numbers()
    modulus, exponent = (
        _part(number.to_bytes((number.bit_length() + 7) // 8, "big")) for number in (numbers.n, numbers.e)
    )
    return {"kty": "RSA", "alg": "RS256", "use": "sig", "kid": "one", "n": modulus, "e": exponent}


def _part(content: str | bytes) -> str:
    raw = content.encode() if isinstance(content, str) else content
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def main() -> None:
    """Serves until it is ended; says its address on standard output."""
    folder, seconds, address, port = sys.argv[1:]
    issuer = Issuer(Path(folder), int(seconds), address, int(port))
    print(issuer.url, flush=True)
    issuer.server.serve_forever()


if __name__ == "__main__":
    main()
