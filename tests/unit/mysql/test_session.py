"""How a session is opened."""

import ssl

import pytest

from cadrart_infra.mysql.errors import DatabaseError
from cadrart_infra.mysql.server import Endpoint
from cadrart_infra.mysql.session import Session
from sandbox.local_servers import free_port


def test_a_connection_that_looks_at_no_certificate_reads_none_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[object] = []
    monkeypatch.setattr(ssl.SSLContext, "load_default_certs", read.append)
    with pytest.raises(DatabaseError):
        Session(Endpoint("127.0.0.1", free_port(), "root", "secret"))
    assert not read
