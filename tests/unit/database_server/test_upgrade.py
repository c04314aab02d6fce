"""Another image for the server, before anything is changed."""

from typing import Any

import pytest

from cadrart_infra.cluster.errors import ClusterError
from cadrart_infra.database_server.state import ServerState, is_asked_for, server_of
from cadrart_infra.database_server.upgrade import ImpossibleUpgrade, Upgrade, require_possible, upgrade_of
from tests.unit.cluster_objects import FixedKubectl
from tests.unit.database_server.objects import deployment, replica_set, template

ASKED = "mariadbd --version"
RUNS = server_of([deployment(), replica_set("db-1", 1, 1)])  # mysql:8.0
MYSQL_8_4 = "/usr/sbin/mysqld  Ver 8.4.6 for Linux on x86_64 (MySQL Community Server - GPL)\n"
MARIADB = "mariadbd  Ver 11.8.3-MariaDB-0+deb13u1 for debian-linux-gnu on x86_64 (Debian n/a)\n"


def warnings(image: str, answer: str | Exception = MYSQL_8_4, state: ServerState = RUNS) -> list[str]:
    """What is warned of where the pod answers this; raises what `require_possible` raises."""
    said: list[str] = []
    kubectl: Any = FixedKubectl([], {ASKED: [answer]})
    require_possible(state, image, kubectl, said.append)
    return said


def test_nothing_is_asked_where_the_image_stays_or_nothing_runs() -> None:
    unasked = AssertionError("it was asked")
    assert not warnings("mysql:8.0", unasked)
    assert not warnings("mysql:9.7", unasked, server_of([]))


@pytest.mark.parametrize(
    ("image", "answer", "said"),
    [
        ("mysql:8.0", MARIADB, None),
        ("mysql:9.7", MYSQL_8_4, None),
        ("mysql:9.7", ClusterError("no pod"), "leaves out 8.4"),  # by the name of what runs
        ("mysql:8.1", MYSQL_8_4, "a downgrade from MySQL 8.4.6 to 8.1"),
        ("mariadb:11.8", MYSQL_8_4, "MariaDB cannot read"),
        ("mysql:9.7", MARIADB, "MySQL cannot read the data files of MariaDB 11.8.3"),
        ("mysql:latest", MYSQL_8_4, "database.image mysql:latest has no version"),
        ("mysql", MYSQL_8_4, "has no version"),
    ],
)
def test_what_runs_decides(image: str, answer: str | Exception, said: str | None) -> None:
    if said is None:
        assert not warnings(image, answer)
        return
    with pytest.raises(ImpossibleUpgrade, match=said) as refused:
        warnings(image, answer)
    assert "othing was changed" in str(refused.value)
    assert str(refused.value).endswith("pulumi config set --path database.image mysql:8.0")


@pytest.mark.parametrize("image", ["mysql:not-there", "mysql:8", "own/server:2026-11"])
def test_a_name_without_a_version_is_warned_of(image: str) -> None:
    (warning,) = warnings(image)
    assert warning.startswith(f"Whether {image} can take up the data files of mysql:8.0 does not follow")


RESTARTING = '{"phase": "restarting", "request": "a", "before": "db-1"}'
FAILED = '{"phase": "failed", "request": "a", "before": "db-1"}'


@pytest.mark.parametrize(
    ("journal", "restart", "image", "found"),
    [
        ("", "a", "mysql:8.4", Upgrade("mysql:8.0", "mysql:8.4")),
        ("", "a", "mysql:8.0", None),
        ("", "", "mysql:8.4", None),
        (RESTARTING, "a", "mysql:8.4", None),  # it was rehearsed before it began
        (FAILED, "a", "mysql:8.4", None),
        (FAILED, "b", "mysql:8.4", Upgrade("mysql:8.0", "mysql:8.4")),
    ],
)
def test_an_upgrade_is_a_restart_with_another_image(
    journal: str, restart: str, image: str, found: Upgrade | None
) -> None:
    state = server_of([deployment(journal), replica_set("db-1", 1, 1)])
    assert upgrade_of(state, restart, image) == found
    assert upgrade_of(server_of([deployment()]), restart, image) is None  # nothing runs


@pytest.mark.parametrize(
    ("request_before", "command"), [("a", "set --path database.restart a"), ("", "rm --path database.restart")]
)
def test_the_way_to_stay_takes_the_request_back_too(request_before: str, command: str) -> None:
    """With the image alone the next update would restart the server for it."""
    state = server_of([deployment(), replica_set("db-1", 1, 1, template(request=request_before))])
    found = upgrade_of(state, "b", "mysql:8.4")
    assert found is not None
    assert found.way_to_stay == f"pulumi config set --path database.image mysql:8.0 && pulumi config {command}"
    assert (is_asked_for(state, "b"), is_asked_for(state, request_before)) == (True, False)
