"""A sync that is refused, and leaves staging as it was."""

from __future__ import annotations

import pytest

from cadrart_infra.staging_sync import errors
from tests.database.harness import STAGING, SYNC_PASSWORD, SYNC_USER, Shop

ACCOUNT = f"'{SYNC_USER}'@'%'"


def refusal(shop: Shop, kind: type[errors.SyncError], **changes: object) -> str:
    """The text of the refusal; staging must be as it was."""
    with pytest.raises(kind) as caught:
        shop.sync(**changes)
    assert shop.contents(STAGING) == {"client": [(1, "old")]}
    text = str(caught.value)
    assert SYNC_PASSWORD not in text
    assert "Traceback" not in text
    return text
