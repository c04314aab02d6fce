"""What a sync says of the server's errors: its own terms, and only what is true at that moment."""

from __future__ import annotations

import pytest

from cadrart_infra.mysql import errors as server
from cadrart_infra.staging_sync import errors

CASES = [case for base in (server.Refused, server.Retryable) for case in (base, *base.__subclasses__())]


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("outcome", [errors.UNTOUCHED, errors.WHOLE])
def test_every_error_says_what_is_left_and_what_to_do(case: type[server.DatabaseError], outcome: str) -> None:
    said = str(errors.explain(case("(1) words"), "swapping the new copy in", outcome))

    assert "words" in said
    assert outcome in said
    assert said.count("Production was only read") == 1
    assert said.split(outcome)[1].strip(), "nothing says what to do next"


@pytest.mark.parametrize(
    ("case", "kind"),
    [
        (server.AccessDenied, errors.WrongCredentials),
        (server.RightMissing, errors.MissingGrants),
        (server.NoRoom, errors.NoRoom),
        (server.ConnectionLost, errors.ServerUnreachable),
        (server.LockTaken, errors.SyncAlreadyRunning),
        (server.ObjectsRefused, errors.UnsupportedObjects),
        (server.ServerTooOld, errors.UnsupportedServer),
        (server.Refused, errors.SyncError),
    ],
)
def test_each_case_has_its_error(case: type[server.DatabaseError], kind: type[errors.SyncError]) -> None:
    assert type(errors.explain(case("x"), "copying", errors.UNTOUCHED)) is kind
