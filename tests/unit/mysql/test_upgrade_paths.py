"""Which server can take up whose data files, as the servers' own manuals have it."""

import re

import pytest

from cadrart_infra.mysql.server import Server
from cadrart_infra.mysql.upgrade_paths import WantedServer, is_moving, upgrade_obstacle


@pytest.mark.parametrize(
    ("now", "image"),
    [
        ("8.0.37", "mysql:8.0.41"),
        ("8.0.41", "mysql:8.0"),
        ("8.0.37", "mysql:8.4"),
        ("8.0.37", "mysql:8.3.0"),
        ("8.3.0", "mysql:8.4.5-oraclelinux9"),
        ("8.4.4", "mysql:8.4.3"),
        ("8.4.4", "mysql:9.2"),
        ("8.4.4", "docker.io/library/mysql:9.7@sha256:" + "a" * 64),
        ("9.3.0", "mysql:9.7"),
        ("9.7.1", "mysql:9.7.0"),
        ("8.0.40-31", "percona-server:8.4"),
        ("8.0.40", "registry.example.com:5000/own-database:8.4"),
        ("10.11.6-MariaDB-0+deb12u1", "mariadb:11.8"),
        ("10.11.6-MariaDB", "mariadb:10.11.5"),
        ("10.6.1-MariaDB", "mariadb:12.3.2-noble"),
        ("8.0.40", "mysql:8"),
        ("8.0.40", "mysql@sha256:" + "a" * 64),
    ],
)
def test_what_can_follow(now: str, image: str) -> None:
    assert not upgrade_obstacle(Server.parse(now), WantedServer.of(image))


@pytest.mark.parametrize(
    ("now", "image", "why"),
    [
        ("8.0.37", "mysql:9.7", "an upgrade from MySQL 8.0.37 to 9.7 leaves out 8.4, .* The next step is 8.4"),
        ("8.0.37", "mysql:9.1", "The next step is 8.4"),
        ("8.3.0", "mysql:9.0", "The next step is 8.4"),
        ("5.7.44", "mysql:8.4", "The next step is 8.0"),
        ("8.0.41", "mysql:8.0.40", "a downgrade from MySQL 8.0.41 to 8.0 is not possible"),
        ("9.2.0", "mysql:9.1", "a downgrade"),
        ("8.4.4", "mysql:8.0", "a downgrade from MySQL 8.4.4 to 8.0"),
        ("8.0.40", "mariadb:11.8", "MariaDB cannot read the data files of MySQL 8.0.40"),
        ("10.11.6-MariaDB", "mysql:8.4", "MySQL cannot read the data files of MariaDB 10.11.6"),
        ("11.8.3-MariaDB", "mariadb:10.11", "a downgrade from MariaDB 11.8.3 to 10.11"),
    ],
)
def test_what_cannot(now: str, image: str, why: str) -> None:
    assert re.search(why, upgrade_obstacle(Server.parse(now), WantedServer.of(image)))


@pytest.mark.parametrize("image", ["mysql", "mysql:latest", "mysql:lts", "docker.io/library/mysql:innovation"])
def test_names_that_promise_no_version(image: str) -> None:
    assert is_moving(image)
    assert not is_moving(f"{image}@sha256:{'a' * 64}")
