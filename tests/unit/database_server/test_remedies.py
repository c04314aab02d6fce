"""What a person is to do about the server's own errors."""

from collections.abc import Callable, Iterator

import pytest

from cadrart_infra.backup import errors as backup_errors
from cadrart_infra.database_server.remedies import what_to_do
from cadrart_infra.mysql.errors import AccessDenied, DatabaseError, FileMissing, LockWait, TextCutShort
from cadrart_infra.staging_sync import errors as sync_errors

EXPLAIN: list[Callable[[DatabaseError], Exception]] = [
    lambda error: sync_errors.explain(error, "", ""),
    lambda error: backup_errors.explain(error, "", ""),
    backup_errors.explained_to_maker,
]


def kinds(of: type[DatabaseError] = DatabaseError) -> Iterator[type[DatabaseError]]:
    yield of
    for kind in of.__subclasses__():
        yield from kinds(kind)


@pytest.mark.parametrize("explained", EXPLAIN)
def test_who_asked_names_the_shop_s_own_command(explained: Callable[[DatabaseError], Exception]) -> None:
    """`kubectl rollout restart` is none: the server's Deployment is paused."""
    said = str(explained(FileMissing("(1812) Tablespace is missing")))
    assert "finds them when it is started once more" in said
    assert "kubectl -n <namespace> delete pod --selector=io.kompose.service=db. Then run" in said
    assert "--path database.settings.max_allowed_packet 128M" in str(explained(TextCutShort("(1301) cut")))


def test_what_has_no_command_of_the_shop_s_stays_as_the_server_s_room_says_it() -> None:
    assert what_to_do(LockWait("(1205)"), "run again", "Look.") == f"{LockWait.remedy}. Then run again."
    assert what_to_do(AccessDenied("(1045)"), "run again", "Look.") == "Look."
    assert what_to_do(DatabaseError("what it said"), "run again", "Look.") == "Look."


def test_the_server_s_room_knows_no_command_of_the_shop_s() -> None:
    remedies = " ".join(kind.remedy for kind in kinds())
    assert "SHOW FULL PROCESSLIST" in remedies
    assert "kubectl" not in remedies
    assert "pulumi" not in remedies
