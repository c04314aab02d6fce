"""Which database is an environment's."""

from types import SimpleNamespace
from typing import Any

import pytest

from cadrart_infra.backup.databases import database_of
from cadrart_infra.backup.errors import BackupError
from cadrart_infra.model import Environment


def test_it_is_what_its_config_map_says() -> None:
    assert database_of(_kubectl({"data": {"DATABASE_DATABASE": "shop"}}), Environment.PROD) == "shop"


@pytest.mark.parametrize(
    "damaged", [{}, {"data": None}, {"data": {"theirs": "1"}}, {"data": {"DATABASE_DATABASE": ""}}]
)
def test_one_that_says_nothing_is_named_with_what_writes_it_again(damaged: dict[str, Any]) -> None:
    with pytest.raises(BackupError, match=r"cadrart-config-prod .*\. Nothing was changed\. Run pulumi up"):
        database_of(_kubectl(damaged), Environment.PROD)


def _kubectl(content: dict[str, Any]) -> Any:
    return SimpleNamespace(namespace="cadrart", find=lambda _kind, _name: content)
