"""What is said to be missing on the server."""

from unittest import mock

import pytest

from cadrart_infra.accounts import absent
from cadrart_infra.accounts.statements import Access
from cadrart_infra.cluster.errors import ClusterError
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.mysql.root_client import ClientFailed

ACCESS = Access("shop", "shop-stg", "app", "app-stg", "sync")
ALL = [["account", "app"], ["account", "app-stg"], ["account", "sync"], ["database", "Shop"], ["database", "shop-stg"]]


def found(rows: list[list[str]] | Exception) -> list[str]:
    root = mock.Mock(run=mock.Mock(side_effect=[rows]))
    with mock.patch.object(absent, "root_of", return_value=root):
        return absent.absent_on_server(Kubectl("cadrart"), ACCESS)


def test_nothing_is_missing_whatever_letters_the_server_keeps_names_in() -> None:
    assert found(ALL) == []


def test_what_was_dropped_is_named() -> None:
    assert found([row for row in ALL if row[1] not in ("sync", "shop-stg")]) == ["account sync", "database shop-stg"]


@pytest.mark.parametrize("error", [ClientFailed("deployment not found"), ClusterError("forbidden")])
def test_a_server_that_cannot_be_asked_lacks_nothing(error: Exception) -> None:
    assert found(error) == []
