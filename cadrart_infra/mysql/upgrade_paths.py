"""Upgrade paths: which server can take up the data files of which other one (pure).

Source: "Upgrade Paths" and "Downgrading MySQL" of the MySQL 9.7 Reference Manual, "General Upgrade Information" of the
MariaDB documentation.
"""

import re
from dataclasses import dataclass

from cadrart_infra.mysql.server import Server

_STATIONS = ((5, 7), (8, 0), (8, 4), (9, 7))
"""Series of MySQL that no upgrade leaves out: each is prepared only for data files of the one before, or newer."""
_LONG_TERM = ((8, 4), (9, 7))
"""Those whose releases read each other's data files in both directions."""
_TAG = re.compile(r"v?(\d+)\.(\d+)(?:\.(\d+))?(?:[-_+.].*)?")
_MOVING = frozenset({"", "latest", "lts", "innovation", "stable", "rc"})


@dataclass(frozen=True)
class WantedServer:
    """The server in an image, as far as the image's name says."""

    is_mariadb: bool | None
    """None where the name says neither MySQL nor MariaDB."""
    series: tuple[int, int] | None
    patch: int | None

    @classmethod
    def of(cls, image: str) -> "WantedServer":
        """What `image` promises: `mysql:8.4`, `docker.io/library/mariadb:11.8.3-noble@sha256:…`."""
        name, tag = _name_and_tag(image)
        is_mariadb = True if "mariadb" in name else False if "mysql" in name or "percona" in name else None
        match = _TAG.fullmatch(tag)
        if match is None:
            return cls(is_mariadb, None, None)
        return cls(is_mariadb, (int(match[1]), int(match[2])), int(match[3]) if match[3] else None)


def is_moving(image: str) -> bool:
    """Whether an image's tag is a moving one, so that another server may be pulled tomorrow."""
    return "@" not in image and _name_and_tag(image)[1] in _MOVING


def upgrade_obstacle(now: Server, wanted: WantedServer) -> str:
    """Why the wanted server cannot take up the data files of the running one, and what can; empty if it can.

    Empty as well where the image's name does not say what it is.
    """
    if wanted.is_mariadb is not None and wanted.is_mariadb is not now.is_mariadb:
        other = "MariaDB" if wanted.is_mariadb else "MySQL"
        return (
            f"{other} cannot read the data files of {now}. A move to {other} is a dump that is loaded into a server "
            "with a volume of its own"
        )
    if wanted.series is None:
        return ""
    return _mariadb_obstacle(now, wanted.series) if now.is_mariadb else _mysql_obstacle(now, wanted)


def _mariadb_obstacle(now: Server, series: tuple[int, int]) -> str:
    """MariaDB takes up the files of any older series at once."""
    if series >= now.version[:2]:
        return ""
    return _downgrade(now, series)


def _mysql_obstacle(now: Server, wanted: WantedServer) -> str:
    series, running = wanted.series or (0, 0), now.version[:2]
    patch = now.version[2] if wanted.patch is None else wanted.patch
    if (*series, patch) < now.version and not (series == running and series in _LONG_TERM):
        return _downgrade(now, series)
    left_out = [station for station in _STATIONS if running < station < series]
    if not left_out:
        return ""
    return (
        f"an upgrade from {now} to {_dotted(series)} leaves out {_dotted(left_out[0])}, and MySQL does not start on "
        f"such files. The next step is {_dotted(left_out[0])}"
    )


def _downgrade(now: Server, series: tuple[int, int]) -> str:
    return f"a downgrade from {now} to {_dotted(series)} is not possible: the older server does not start on its files"


def _dotted(series: tuple[int, int]) -> str:
    return ".".join(map(str, series))


def _name_and_tag(image: str) -> tuple[str, str]:
    name, _, tag = image.partition("@")[0].rpartition("/")[2].partition(":")
    return name, tag
