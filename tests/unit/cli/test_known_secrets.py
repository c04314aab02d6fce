"""Which values must not be read on a page."""

from typing import Any
from unittest import mock

import pytest

from cadrart_infra import naming
from cadrart_infra.cli.known_secrets import known_secrets
from cadrart_infra.cluster.errors import ApiError


def test_the_runner_s_own_secrets_are_known_and_its_paths_and_names_are_not() -> None:
    environment = {
        "GITHUB_TOKEN": "t0ken",
        "PULUMI_CONFIG_PASSPHRASE": "passphrase",
        "AWS_ACCESS_KEY_ID": "public",
        "TOKEN_PATH": "/somewhere",
        "USER": "somebody",
    }
    assert known_secrets(None, environment) == {"t0ken", "passphrase"}


def test_values_of_the_shop_s_secrets_are_known_as_far_as_they_may_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    values = {
        naming.APP_SECRET: {"DATABASE_USER": "shop", "DATABASE_PASSWORD": "pa55", "JWT_SECRET": "jwt"},
        naming.MASKING_SECRET: {"KEY": "mask"},
        naming.IN_USE_SECRET: {"DATABASE_PASSWORD": "former"},
    }

    def read(_kubectl: Any, name: str) -> dict[str, str]:
        if name not in values:
            raise ApiError(403, "you may not read it")
        return values[name]

    monkeypatch.setattr("cadrart_infra.cluster.secrets.values", read)
    assert known_secrets(mock.Mock(), {"TOKEN": "t0ken"}) == {"t0ken", "pa55", "jwt", "mask", "former"}
