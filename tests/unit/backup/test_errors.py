"""What a restore says of the server's errors: nothing of a sync, and only what is true at that moment."""

from __future__ import annotations

import pytest

from cadrart_infra.backup import errors
from cadrart_infra.mysql import errors as server

CASES = [case for base in (server.Refused, server.Retryable) for case in (base, *base.__subclasses__())]


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("outcome", [errors.UNTOUCHED, errors.EITHER])
def test_every_error_says_what_is_left_and_what_to_do(case: type[server.DatabaseError], outcome: str) -> None:
    said = str(errors.explain(case("(1) words"), "loading", outcome))

    assert "words" in said
    assert outcome in said
    assert said.endswith("run the restore again.")
    assert not [word for word in ("sync", "staging", "only read") if word in said.lower()]
