"""Who answers at an address has to be who it says: the right certificate, for that host, or no password is sent."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from cadrart_infra.database_server.connection import certificate_file
from cadrart_infra.mysql.errors import NotVerified
from cadrart_infra.mysql.server import Endpoint
from cadrart_infra.mysql.session import Session
from cadrart_infra.mysql.tls import Tls
from cadrart_infra.staging_sync.errors import UnverifiedServer
from cadrart_infra.staging_sync.sync import run_sync
from sandbox.local_servers import LocalServer
from tests.database.harness import OWNED, STAGING, SYNC_PASSWORD, Shop

_INSIDE = "/mnt"
"""The server's own folder as the server sees it."""


@dataclass(frozen=True)
class Authority:
    """Signs certificates for servers."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @classmethod
    def made(cls, name: str) -> Authority:
        key = ec.generate_private_key(ec.SECP256R1())
        return cls(key, _certificate(name, key, name, key, authority=True))

    @property
    def pem(self) -> str:
        return _pem(self.certificate)

    def sign(self, folder: Path, name: str) -> str:
        """A key and a certificate in the folder, `<name>.key` and `<name>.pem`, for 127.0.0.1 or whatever `name` is."""
        key = ec.generate_private_key(ec.SECP256R1())
        pem = _pem(_certificate(name, key, self.certificate.subject.rfc4514_string()[3:], self.key))
        (folder / f"{name}.pem").write_text(pem)
        (folder / f"{name}.key").write_bytes(key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ))  # fmt: skip
        return pem


def _certificate(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    issuer: str,
    signing: ec.EllipticCurvePrivateKey,
    *,
    authority: bool = False,
) -> x509.Certificate:
    now = datetime.now(UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
    )
    if not authority:
        built = built.add_extension(x509.SubjectAlternativeName([_alternative(name)]), critical=False)
    return built.sign(signing, hashes.SHA256())


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


AUTHORITY, STRANGER = Authority.made("The shop"), Authority.made("Somebody else")


def shows(server: LocalServer, name: str) -> dict[str, str]:
    """Settings with which the server shows that certificate."""
    return {**server.settings, "ssl-cert": f"{_INSIDE}/{name}.pem", "ssl-key": f"{_INSIDE}/{name}.key"}


@pytest.fixture
def plain(server: LocalServer) -> Iterator[LocalServer]:
    """The server, restarted with its own settings after the test."""
    if not server.is_running:
        server.start()
    before = server.settings
    yield server
    server.settings = before
    server.restart()


def root(server: LocalServer, tls: Tls | None, host: str = "127.0.0.1") -> Endpoint:
    return Endpoint(host, server.port, "root", server.root_password, tls=tls)


def cipher(endpoint: Endpoint) -> str:
    session = Session(endpoint)
    try:
        return str((session.row("SHOW STATUS LIKE 'Ssl_cipher'") or ("", ""))[1])
    finally:
        session.close()


def test_only_the_right_certificate_for_the_very_host_is_taken(plain: LocalServer) -> None:
    mine = AUTHORITY.sign(plain.folder, "127.0.0.1")
    another = AUTHORITY.sign(plain.folder, "db.example")
    plain.settings = shows(plain, "127.0.0.1")
    plain.restart()

    assert cipher(root(plain, Tls(AUTHORITY.pem)))
    assert cipher(root(plain, Tls(STRANGER.pem + AUTHORITY.pem)))
    assert cipher(root(plain, Tls(pinned=mine), "localhost"))
    refused = {
        "unable to get local issuer certificate": (Tls(STRANGER.pem), Tls(), Tls(pinned=another)),
        "Hostname mismatch": (Tls(AUTHORITY.pem),),
    }
    for reported, ways in refused.items():
        for tls in ways:
            host = "localhost" if reported.startswith("Hostname") else "127.0.0.1"
            with pytest.raises(NotVerified, match=reported):
                Session(root(plain, tls, host))

    plain.settings = shows(plain, "db.example")
    plain.restart()
    with pytest.raises(NotVerified, match="IP address mismatch"):
        Session(root(plain, Tls(AUTHORITY.pem)))
    assert cipher(root(plain, Tls(pinned=another)))


def test_a_server_without_tls_gets_no_password(plain: LocalServer) -> None:
    without = {"tls-version": ""} if plain.kind.name == "mysql" else {"skip-ssl": "ON"}
    plain.settings = {**plain.settings, **without}
    plain.restart()
    for tls in (Tls(), Tls(AUTHORITY.pem), Tls(pinned=AUTHORITY.pem)):
        with pytest.raises(NotVerified, match="SSL is required but the server doesn't support it"):
            Session(root(plain, tls))
    assert cipher(root(plain, None)) == ""
    assert certificate_file(variables(plain)) == ""


def variables(server: LocalServer) -> dict[str, str]:
    session = Session(root(server, None))
    rows = session.rows(
        "SHOW GLOBAL VARIABLES WHERE Variable_name IN ('ssl_cert', 'tls_version', 'have_ssl', 'datadir')"
    )
    session.close()
    return {row[0]: row[1] for row in rows}


def test_the_file_that_is_pinned_is_the_one_that_the_server_shows(server: LocalServer) -> None:
    """MySQL makes one when it is set up; MariaDB 10.11 has none, and speaks no TLS."""
    file = certificate_file(variables(server))
    if server.kind.name == "mysql":
        pem = (server.folder / Path(file).relative_to(_INSIDE)).read_text()
        assert cipher(root(server, Tls(pinned=pem)))
    else:
        assert file == ""


def test_a_sync_from_an_unverified_server_is_refused_with_nothing_touched(empty_shop: Shop) -> None:
    empty_shop.run("CREATE TABLE c (id int PRIMARY KEY)")
    endpoint = replace(empty_shop.endpoint, tls=Tls(STRANGER.pem))
    with pytest.raises(UnverifiedServer) as caught:
        run_sync(endpoint, empty_shop.owner, empty_shop.request(), empty_shop.lines.append)
    assert "sync.ca" in str(caught.value)
    assert SYNC_PASSWORD not in str(caught.value)
    assert not any(empty_shop.run(f"SHOW DATABASES LIKE '{schema}'", schema=None) for schema in OWNED)
    assert STAGING not in str(empty_shop.lines)
