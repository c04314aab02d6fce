"""The container images that stand in for the shop's own on a throw-away cluster.

The live cluster alone has the shop's images. These have the same ports, variables, tables and behaviour at start and
stop, and their answers say who gave them. The sources are in `sandbox/images/`.

`python3 -m sandbox images` builds what is missing in the cache and prints the archives. The first build takes about a
minute and a half, of which most is for the databases' root file systems; afterwards nothing is built.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sandbox.errors import SandboxError
from sandbox.paths import REPOSITORY, cache_root
from sandbox.progress import Progress, tail
from sandbox.toolchain import busybox, image_archive
from sandbox.toolchain.database_roots import (
    WITHOUT_WAITING_FOR_THE_DISK,
    mariadb_root,
    mysql_root,
    server_version,
)
from sandbox.toolchain.image_archive import File, Image, Layer
from sandbox.toolchain.made_once import made_once

RELEASES = ("1.0.0", "1.1.0", "2.0.0")
"""Releases of frontend and backend. 2.0.0 of the backend brings one more migration."""

BROKEN = {"broken-crash": "crash", "broken-health-500": "health-500", "broken-health-hang": "health-hang"}
"""Further tags of the backend, each with what is wrong with it: it exits at its start, or /api/health/live answers
500, or never."""

NO_SHELL = "no-shell"
"""A tag of the backend as in 1.0.0, but without `sh`, `sleep` and `cat`."""

PROBE_IMAGE = "docker.io/cadrart-sandbox/probe:1.0.0"
MYSQL_IMAGE = "docker.io/cadrart-sandbox/mysql:9.7"
MARIADB_IMAGE = "docker.io/cadrart-sandbox/mariadb:10.11"

_SOURCES = REPOSITORY / "sandbox" / "images"
_PROGRAMS = ("backend", "frontend", "probe")
_PROGRESS = Progress()


def image(workload: str, release: str) -> str:
    """The full name of `frontend` or `backend` in one of RELEASES, or of `backend` in one of BROKEN or NO_SHELL."""
    if release not in RELEASES and not (workload == "backend" and release in (*BROKEN, NO_SHELL)):
        raise ValueError(f"there is no {workload} {release!r}; there are {', '.join((*RELEASES, *BROKEN, NO_SHELL))}")
    return f"docker.io/cadrart-sandbox/{workload}:{release}"


def database_image(kind: str) -> str:
    """The full name of the image with the server `mysql` or `mariadb`."""
    return {"mysql": MYSQL_IMAGE, "mariadb": MARIADB_IMAGE}[kind]


def database_variables(kind: str) -> list[str]:
    """What the image of the server `kind` sets, besides PATH.

    A busy disk holds every fsync of the machine for seconds at times; a request that fails then says nothing about the
    program under test.
    """
    return [f"DATABASE_SERVER={kind}", WITHOUT_WAITING_FOR_THE_DISK]


def archives() -> list[Path]:
    """The archives with all images, built first where the cache lacks them. Raises SandboxError."""
    return [_shop() / "shop.tar", _database("mysql"), _database("mariadb")]


def images_in(archive: Path) -> list[str]:
    """The full names of the images in an archive."""
    return image_archive.names(archive)


def probe_binary() -> Path:
    """The load generator as a static program for this machine; `probe -help` shows how it is called."""
    return _shop() / "probe"


def _shop() -> Path:
    source = _SOURCES / "shop"
    key = _key([__file__, image_archive.__file__, busybox.__file__, *_files(source)])
    return made_once(cache_root() / "shop-images", "shop", key, lambda target, _: _build_shop(source, target))


def _database(kind: str) -> Path:
    root = mysql_root() if kind == "mysql" else mariadb_root()
    key = _key([__file__, image_archive.__file__, *_files(_SOURCES / "database")], root.name)
    folder = made_once(cache_root() / "shop-images", kind, key, lambda target, _: _pack_database(kind, root, target))
    return folder / f"{kind}.tar"


def _build_shop(source: Path, target: Path) -> None:
    target.mkdir()
    with _PROGRESS.step("the shop's stand-in programs (Go)"):
        _go_build(source, target)
    with _PROGRESS.step("images of frontend, backend and probe"):
        layers = {name: _program_layer(target, name) for name in _PROGRAMS} | {"shell": _shell_layer(target)}
        image_archive.write(target / "shop.tar", list(_shop_images(layers)))
        for layer in layers.values():
            layer.path.unlink()
        for name in _PROGRAMS:
            if name != "probe":
                (target / name).unlink()


def _go_build(source: Path, target: Path) -> None:
    if shutil.which("go") is None:
        raise SandboxError(
            "The shop's stand-ins are built from Go, and `go` is not on PATH. Nothing was built.\n"
            "Install Go 1.25 or newer and run it again."
        )
    command = ["nice", "go", "build", "-ldflags", "-s -w", "-o", f"{target}/", "./cmd/..."]
    done = subprocess.run(command, cwd=source, env=go_environment(), capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SandboxError(f"The Go build in {source} failed; nothing was kept.\n{tail(done.stderr)}")


def go_environment() -> dict[str, str]:
    """For the stand-ins' sources: whoever builds or checks them finds what another has compiled in Go's own cache."""
    return {**os.environ, "CGO_ENABLED": "0", "GOFLAGS": "-buildvcs=false -mod=readonly -trimpath"}


def _program_layer(folder: Path, name: str) -> Layer:
    program = File((folder / name).read_bytes(), 0o755)
    return image_archive.layer_of_files(folder / f"{name}.layer.tar", {name: program})


def _shell_layer(folder: Path) -> Layer:
    """What the shop's own images have too: a pod waits for its connections with it, and `tar` copies uploaded files."""
    program = File(busybox.program().read_bytes(), 0o755)
    files = dict.fromkeys(("bin/sh", "bin/sleep", "bin/cat", "bin/tar"), program)
    return image_archive.layer_of_files(folder / "shell.layer.tar", files)


def _shop_images(layers: dict[str, Layer]) -> Iterable[Image]:
    shell = layers["shell"]
    for release in (*RELEASES, *BROKEN):
        variables = [f"SHOP_RELEASE={release}"]
        if release in BROKEN:
            variables.append(f"SHOP_FAILURE={BROKEN[release]}")
        else:
            config = _config("frontend", variables, "101:101", [8080])
            yield Image(image("frontend", release), (shell, layers["frontend"]), config)
        config = _config("backend", variables, "1000:1000", [3000, 8001])
        yield Image(image("backend", release), (shell, layers["backend"]), config)
    config = _config("backend", ["SHOP_RELEASE=1.0.0"], "1000:1000", [3000, 8001])
    yield Image(image("backend", NO_SHELL), (layers["backend"],), config)
    yield Image(PROBE_IMAGE, (layers["probe"],), _config("probe", [], "1000:1000", []))


def _config(program: str, variables: list[str], user: str, ports: list[int]) -> dict[str, Any]:
    return {
        "Entrypoint": [f"/{program}"],
        "Env": ["PATH=/bin", *variables],
        "User": user,
        "ExposedPorts": {f"{port}/tcp": {} for port in ports},
    }


def _pack_database(kind: str, root: Path, target: Path) -> None:
    target.mkdir()
    name = database_image(kind)
    _warn_of_other_version(root, name)
    with _PROGRESS.step(f"image of {kind} {server_version(root)}"):
        system = image_archive.layer_of_root(target / "system.tar", root)
        own = _SOURCES / "database"
        files = {
            "usr/local/bin/docker-entrypoint.sh": File((own / "entrypoint.sh").read_bytes(), 0o755),
            "etc/mysql/my.cnf": File((own / "my.cnf").read_bytes()),
        }
        entry = image_archive.layer_of_files(target / "entry.tar", files, folders=["etc/mysql/conf.d"])
        config = {
            "Entrypoint": ["/usr/local/bin/docker-entrypoint.sh"],
            "Env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin", *database_variables(kind)],
            "ExposedPorts": {"3306/tcp": {}},
        }
        image_archive.write(target / f"{kind}.tar", [Image(name, (system, entry), config)])
        system.path.unlink()
        entry.path.unlink()


def _warn_of_other_version(root: Path, name: str) -> None:
    """The tag is fixed so that tests and settings can name the image; the package it is made of moves on."""
    version, tag = server_version(root), name.rpartition(":")[2]
    if not f"{version}.".startswith(f"{tag}."):
        _PROGRESS.line(f" ! {name} is made of {version}: the package archive has no {tag} any more")


def _files(folder: Path) -> list[str]:
    return sorted(str(path) for path in folder.rglob("*") if path.is_file())


def _key(paths: Iterable[str], *more: str) -> str:
    """A hash over names and contents of files, and over further text."""
    digest = hashlib.sha256(json.dumps(more).encode())
    for path in map(Path, paths):
        content = path.read_bytes()
        digest.update(f"\0{path.name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()[:16]
