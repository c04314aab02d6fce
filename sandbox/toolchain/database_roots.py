"""Cached root file systems with a real database server in each, made from Debian packages.

`mysql_root()`, `mariadb_root()` and `new_mariadb_root()` return a folder with a complete small Debian in it: the server
(`usr/sbin/mysqld` or `usr/sbin/mariadbd`), its client and dump program, bash and coreutils, libeatmydata, and a user
`mysql` (uid and gid 999) who owns `/var/lib/mysql`, `/var/lib/mysql-files` and `/run/mysqld`. The first call
takes about half a minute, later ones no time.

Everything that uses the folders shares them: treat them as read-only, bind-mount a data folder of your own.

Settings from the environment, all optional:
- CADRART_CACHE: folder of everything cached, default `$XDG_CACHE_HOME/cadrart-infra`, else
  `~/.cache/cadrart-infra`.
- CADRART_DEBIAN_MIRROR: base address of a Debian archive, default the one in the machine's own apt sources.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
from dataclasses import asdict, dataclass
from pathlib import Path

from sandbox.errors import SandboxError
from sandbox.paths import cache_root
from sandbox.progress import Progress, tail
from sandbox.toolchain.apt_archive import debian_archive
from sandbox.toolchain.made_once import made_once
from sandbox.toolchain.packages import install_missing

WITHOUT_WAITING_FOR_THE_DISK = "LD_PRELOAD=libeatmydata.so"
"""A variable for a server of these roots: what it writes is written, and fsync returns at once.

A killed server loses nothing by that, as the kernel has what it wrote; only a machine that loses its power would.
"""

MYSQL_UID = 999
"""uid and gid of `mysql` inside the roots, the same as in the official database images."""

_PROGRESS = Progress()
_KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"

# What the packages bring along and no server reads; an image with it takes twice as long to load. It goes
# only at the end, because installing some packages needs perl.
_UNUSED = (
    "usr/share/doc/*",
    "usr/share/man/*",
    "usr/share/info/*",
    "usr/share/locale/*",
    "usr/share/perl/*",
    "usr/lib/*/perl/*",
    "usr/lib/*/libperl.so*",
    "usr/lib/mysql/plugin/*test*",
    "usr/bin/mysql_config_editor",
    "usr/bin/mysql_migrate_keyring",
    "usr/bin/mysqlbinlog",
    "usr/bin/mysqlimport",
    "usr/bin/mysqlshow",
    "usr/bin/mysqlslap",
    "var/cache/apt/*",
    "var/lib/apt/lists/*",
    "var/log/*.log",
)


@dataclass(frozen=True)
class Recipe:
    """All that decides what is in a root file system; its hash is the cache key."""

    kind: str
    suite: str
    server: str
    """Path of the server program inside the root."""
    packages: tuple[str, ...]
    unused: tuple[str, ...] = _UNUSED
    uid: int = MYSQL_UID

    def key(self) -> str:
        """The first 16 hex digits of a hash over every field and over the command made of them."""
        text = json.dumps([asdict(self), _command(self, Path("root"))], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


_MYSQL_PACKAGES = ("mysql-server-core", "mysql-client-core", "libeatmydata1")
_MARIADB_PACKAGES = ("mariadb-server-core", "mariadb-client", "libeatmydata1")

_MYSQL = Recipe("mysql", "sid", "usr/sbin/mysqld", _MYSQL_PACKAGES)
_MARIADB = Recipe("mariadb", "bookworm", "usr/sbin/mariadbd", _MARIADB_PACKAGES)
_NEW_MARIADB = Recipe("mariadb11.8", "trixie", "usr/sbin/mariadbd", _MARIADB_PACKAGES)


def mysql_root() -> Path:
    """The folder with MySQL (Debian sid, 9.7.x), made first if it is not cached. Raises SandboxError."""
    return _cached(_MYSQL)


def mariadb_root() -> Path:
    """The folder with MariaDB (Debian bookworm, 10.11.x), made first if needed. Raises SandboxError."""
    return _cached(_MARIADB)


def new_mariadb_root() -> Path:
    """The folder with the newer MariaDB (Debian trixie, 11.8.x), made first if needed. Raises SandboxError."""
    return _cached(_NEW_MARIADB)


def server_version(root: Path) -> str:
    """The version, such as `9.7.4`, of the server in a root of this module. Raises SandboxError."""
    status = (root / "var/lib/dpkg/status").read_text()
    package = r"^Package: (?:mysql|mariadb)-server-core\n(?:.+\n)*?Version: (?:\d+:)?([\d.]+)"
    found = re.search(package, status, re.MULTILINE)
    if found is None:
        raise SandboxError(f"{root} has no database server in its package list; delete the folder and try again.")
    return found.group(1)


def _cached(recipe: Recipe) -> Path:
    return made_once(
        cache_root() / "database-roots", recipe.kind, recipe.key(), lambda target, lock: _make(recipe, target, lock)
    )


def _make(recipe: Recipe, target: Path, lock: int) -> None:
    if os.geteuid() != 0:
        raise SandboxError(
            f"Making the {recipe.kind} root file system takes root, as its files have several owners. "
            "Nothing was made; run it again as root."
        )
    source = source_line(recipe.suite)
    install_missing(_PROGRESS, ["mmdebstrap"])
    log = target.parent / f"{recipe.kind}.log"
    title = f"root file system with {recipe.kind} from Debian {recipe.suite}"
    _PROGRESS.line(f" · making a {title} (about 30 s)")
    with _PROGRESS.step(title), log.open("w") as output:
        # The private mount namespace keeps the mounts of an interrupted run away from the clean-up of the
        # next one; the inherited lock makes that one wait until the last process of this one is gone.
        done = subprocess.run(
            ["unshare", "--mount", "--propagation", "private", *_command(recipe, target)],
            input=source,
            text=True,
            stdout=output,
            stderr=subprocess.STDOUT,
            pass_fds=(lock,),
            check=False,
        )
        if done.returncode != 0 or not (target / recipe.server).is_file():
            shutil.rmtree(target, ignore_errors=True)
            raise SandboxError(_failure(recipe, log))
    log.unlink()
    _make_run_folder(target, recipe.uid)


def _make_run_folder(root: Path, uid: int) -> None:
    """Make /run/mysqld, which a hook cannot: mmdebstrap empties /run as its last step."""
    folder = root / "run/mysqld"
    folder.mkdir(mode=0o755)
    os.chown(folder, uid, uid)


def _command(recipe: Recipe, target: Path) -> list[str]:
    return [
        *("mmdebstrap", "--variant=essential", "--mode=root", "--format=directory"),
        '--aptopt=Acquire::Check-Valid-Until "false"',
        '--aptopt=APT::Install-Recommends "false"',
        f"--include={','.join(recipe.packages)}",
        f"--customize-hook={_finishing_script(recipe)}",
        recipe.suite,
        str(target),
        "-",
    ]


def _finishing_script(recipe: Recipe) -> str:
    """Shell commands for mmdebstrap, which gives the root as "$1": add the account, remove what is unused."""
    uid = recipe.uid
    unused = " ".join(f'"$1"/{pattern}' for pattern in recipe.unused)
    return (
        f'echo "mysql:x:{uid}:{uid}:MySQL:/nonexistent:/bin/false" >> "$1/etc/passwd"; '
        f'echo "mysql:x:{uid}:" >> "$1/etc/group"; '
        'echo "127.0.0.1 localhost" > "$1/etc/hosts"; '
        f'install -d -o {uid} -g {uid} -m 0750 "$1/var/lib/mysql" "$1/var/lib/mysql-files"; '
        'install -d "$1/docker-entrypoint-initdb.d"; '
        f"rm -rf {unused}"
    )


def _failure(recipe: Recipe, log: Path) -> str:
    text = log.read_text(errors="replace")
    remedy = "Check that the package mirror can be reached and run it again."
    if "NO_PUBKEY" in text or "not signed" in text:
        remedy = f"A key is missing from {_KEYRING}: install a newer debian-archive-keyring and run it again."
    return (
        f"mmdebstrap could not make the {recipe.kind} root file system from Debian {recipe.suite}; "
        f"nothing was kept. {remedy} The log {log} ends:\n{tail(text, lines=8)}"
    )


def source_line(suite: str) -> str:
    """The line of an apt sources file for a suite of Debian's archive."""
    return f"deb [signed-by={_KEYRING}] {debian_archive()} {suite} main\n"
