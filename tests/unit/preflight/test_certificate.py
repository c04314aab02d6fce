"""An Ingress does not leave its certificate for a Secret that does not exist."""

from typing import Any
from unittest import mock

import pytest

from cadrart_infra.preflight.certificate import check_certificate
from cadrart_infra.preflight.preflight import PreflightError
from tests.unit.program import settings


def checked(existing: set[str], *, has: str = "old-tls", issuer: str = "", installed: bool = True) -> list[str]:
    kubectl, warned = mock.Mock(), list[str]()
    kubectl.would_create.side_effect = lambda _kind, manifest: manifest["metadata"]["name"] not in existing
    ingress: dict[str, Any] = {
        "kind": "Ingress",
        "metadata": {"name": "cadrart-ingress"},
        "spec": {"tls": [{"hosts": [], "secretName": has}]},
    }
    wanted = settings(ingress={"tlsSecret": "new-tls", "issuer": issuer})
    check_certificate(wanted, [ingress] if installed else [], kubectl, warned.append)
    return warned


def test_a_secret_that_does_not_exist_in_the_place_of_one_that_does_is_refused() -> None:
    with pytest.raises(PreflightError, match=r"ingress\.tlsSecret is new-tls, but namespace cadrart has no") as error:
        checked({"old-tls"})
    assert "kubectl -n cadrart create secret tls new-tls --cert=FILE --key=FILE" in str(error.value)
    assert "pulumi config set --plaintext --path ingress.tlsSecret old-tls" in str(error.value)


def test_where_cert_manager_makes_it_a_preview_says_what_happens_until_then() -> None:
    (said,) = checked({"old-tls"}, issuer="letsencrypt-prod")
    assert "Until cert-manager has made new-tls" in said


@pytest.mark.parametrize(
    ("existing", "has", "installed"),
    [
        ({"old-tls", "new-tls"}, "old-tls", True),
        (set(), "old-tls", True),
        (set(), "old-tls", False),
    ],
    ids=["it exists", "there was no certificate before", "first install"],
)
def test_what_takes_no_certificate_away_passes(existing: set[str], has: str, installed: bool) -> None:
    assert checked(existing, has=has, installed=installed) == []


def test_a_certificate_that_is_gone_is_reported() -> None:
    (said,) = checked(set(), has="new-tls")
    assert said.startswith("Secret new-tls (ingress.tlsSecret) does not exist in namespace cadrart")
    assert said.endswith("Make it: kubectl -n cadrart create secret tls new-tls --cert=FILE --key=FILE")
    (said,) = checked(set(), has="new-tls", issuer="letsencrypt-prod")
    assert "cert-manager makes it (ingress.issuer: letsencrypt-prod)" in said
    assert checked({"new-tls"}, has="new-tls") == []
