"""Secrets of the cluster: values that the program makes."""

from __future__ import annotations

import string

import pytest

from cadrart_infra.cluster import secrets


@pytest.mark.parametrize("drawn", ["a", "A", "0", "-"])
def test_a_generated_password_has_every_kind_of_character(monkeypatch: pytest.MonkeyPatch, drawn: str) -> None:
    """Servers may have a policy for passwords, which MySQL's component asks for by default."""
    monkeypatch.setattr("secrets.token_urlsafe", lambda size: drawn * (size * 4 // 3))
    password = secrets.generate()
    for kind in (string.ascii_lowercase, string.ascii_uppercase, string.digits, string.punctuation):
        assert set(kind) & set(password)
