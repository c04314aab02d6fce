"""Where the packages of the database roots come from, and when a root is made again."""

from dataclasses import replace
from pathlib import Path

import pytest

from sandbox.errors import SandboxError
from sandbox.toolchain.apt_archive import archive_uris, debian_archive
from sandbox.toolchain.database_roots import Recipe, server_version

_DEB822 = """\
# The installer's
Types: deb
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb deb-src
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main

Types: deb
Enabled: no
URIs: http://off.example/debian
Suites: sid
Components: main

Types: deb
URIs:
 http://third.example/debian
 http://fourth.example/debian
Suites: trixie
Components: contrib
 main
"""

_ONE_LINE = """\
# deb http://commented.example/debian bookworm main
deb [arch=amd64 signed-by=/k.gpg] http://mirror.example/debian bookworm main contrib # ours
deb-src http://sources.example/debian bookworm main
deb http://tool.example/apt tool-bookworm main
deb http://other.example/repo bookworm stable
"""


def test_deb822_sources() -> None:
    assert archive_uris(_DEB822, ".sources") == [
        "http://mirror.example/debian",
        "http://third.example/debian",
        "http://fourth.example/debian",
    ]


def test_one_line_sources() -> None:
    assert archive_uris(_ONE_LINE, ".list") == ["http://mirror.example/debian"]


def test_debians_own_folder_comes_before_a_third_partys(tmp_path: Path) -> None:
    folder = tmp_path / "sources.list.d"
    folder.mkdir()
    (folder / "a-third-party.list").write_text("deb http://third.example/packages bookworm main\n")
    (folder / "debian.sources").write_text(_DEB822)
    (folder / "notes.txt").write_text("deb http://no.example/debian sid main\n")
    assert debian_archive({}, etc=tmp_path) == "http://mirror.example/debian"
    assert debian_archive({"CADRART_DEBIAN_MIRROR": "http://mine.example/d"}, etc=tmp_path) == "http://mine.example/d"


def test_without_an_archive_the_error_names_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(SandboxError, match="CADRART_DEBIAN_MIRROR"):
        debian_archive({}, etc=tmp_path)


def test_every_field_of_a_recipe_decides_the_key() -> None:
    recipe = Recipe("mysql", "sid", "usr/sbin/mysqld", ("mysql-server-core",))
    others = [
        replace(recipe, suite="trixie"),
        replace(recipe, packages=("mysql-server-core", "mysql-client-core")),
        replace(recipe, unused=()),
        replace(recipe, uid=1000),
        replace(recipe, server="usr/sbin/other"),
    ]
    assert recipe.key() == replace(recipe).key()
    assert len({recipe.key(), *(other.key() for other in others)}) == 6


@pytest.mark.parametrize(
    ("package", "version", "expected"),
    [("mysql-server-core", "9.7.4-2", "9.7.4"), ("mariadb-server-core", "1:10.11.18-0+deb12u1", "10.11.18")],
)
def test_version_of_the_server(tmp_path: Path, package: str, version: str, expected: str) -> None:
    status = tmp_path / "var/lib/dpkg/status"
    status.parent.mkdir(parents=True)
    status.write_text(
        "Package: libc6\nVersion: 2.43-7\n\n"
        f"Package: {package}\nStatus: install ok installed\nArchitecture: amd64\nVersion: {version}\n\n"
        "Package: zlib1g\nVersion: 1:1.3-1\n"
    )
    assert server_version(tmp_path) == expected


def test_a_folder_without_a_server_is_named(tmp_path: Path) -> None:
    status = tmp_path / "var/lib/dpkg/status"
    status.parent.mkdir(parents=True)
    status.write_text("Package: libc6\nVersion: 2.43-7\n")
    with pytest.raises(SandboxError, match=str(tmp_path)):
        server_version(tmp_path)
