"""A stack of the program on a cluster: its settings file, and `pulumi` run as a user runs it."""

import compileall
import contextlib
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from py_compile import PycInvalidationMode
from typing import Any
from urllib.parse import urlsplit

import yaml

from sandbox.cluster.cluster import Cluster
from sandbox.cluster.own_cluster import OwnCluster
from sandbox.errors import SandboxError
from sandbox.paths import REPOSITORY

PROJECT = "cadrart-infra"
_PROGRAM = ("Pulumi.yaml", "__main__.py", "requirements.txt", "cadrart_infra", "policy")


def copy_program(folder: Path) -> Path:
    """A copy of the program in `folder`, as another checkout would have it, with the virtualenv of this one."""
    folder.mkdir(parents=True)
    for name in _PROGRAM:
        source = REPOSITORY / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, folder / name)
    (folder / ".venv").symlink_to(REPOSITORY / ".venv")
    return folder


def compile_program(folder: Path) -> Path:
    """The program in `folder`, as it is after its first run on a user's machine.

    Where PYTHONDONTWRITEBYTECODE is set, every run would compile it again, in the program and in the dynamic resources'
    host. A file that is edited later is compiled as it is then, within the same second too.
    """
    compileall.compile_dir(folder / "cadrart_infra", quiet=1, invalidation_mode=PycInvalidationMode.CHECKED_HASH)
    return folder


class Stack:
    """The stack `name` of the program in `folder` (default: this checkout)."""

    def __init__(self, cluster: Cluster | OwnCluster, name: str, folder: Path = REPOSITORY) -> None:
        self.cluster, self.name, self.folder = cluster, name, folder

    @property
    def settings_file(self) -> Path:
        """The stack's settings; JSON is YAML, and `pulumi config set` rewrites it as such."""
        return self.folder / f"Pulumi.{self.name}.yaml"

    def init(self, settings: Mapping[str, Any]) -> None:
        """Makes the stack with these settings, or gives it these settings where it exists."""
        config = {f"{PROJECT}:{key}": value for key, value in settings.items()}
        self.settings_file.write_text(json.dumps({"config": config}, indent=2))
        os.makedirs(urlsplit(self.cluster.env()["PULUMI_BACKEND_URL"]).path, exist_ok=True)
        self.pulumi("stack", "select", "--create", stdout=subprocess.DEVNULL)

    @contextlib.contextmanager
    def settings_kept(self) -> Iterator[None]:
        """After the block the settings are as before it, without an update."""
        before = self.settings_file.read_bytes()
        try:
            yield
        finally:
            self.settings_file.write_bytes(before)

    def config_set(self, key: str, value: str) -> None:
        """What `pulumi config set` writes (--path for a key inside a structured one), without starting it."""
        document = yaml.safe_load(self.settings_file.read_text())
        folder = document.setdefault("config", {})
        first, *inner = key.split(".")
        names = [f"{PROJECT}:{first}", *inner]
        for name in names[:-1]:
            folder = folder.setdefault(name, {})
        folder[names[-1]] = _typed(value) if inner else value
        self.settings_file.write_text(json.dumps(document, indent=2))

    def pulumi_config_set(self, key: str, value: str) -> None:
        """The same by the command itself."""
        self.pulumi("config", "set", *(["--path"] if "." in key else []), key, value)

    def pulumi(
        self, *arguments: str, check: bool = True, env: Mapping[str, str] | None = None, **options: Any
    ) -> "subprocess.CompletedProcess[str]":
        """Runs pulumi on the stack; raises SandboxError with what it printed where it fails and `check` is set."""
        command = ["pulumi", "--non-interactive", *arguments, "--stack", self.name]
        done = self.cluster.run(command, cwd=self.folder, env=env, text=True, **options)
        if check and done.returncode:
            raise SandboxError(
                f"{' '.join(command)} failed with exit code {done.returncode}\n{done.stdout or ''}{done.stderr or ''}"
            )
        return done

    def outputs(self) -> dict[str, Any]:
        """What the stack exports."""
        outputs: dict[str, Any] = json.loads(self.pulumi("stack", "output", "--json", stdout=subprocess.PIPE).stdout)
        return outputs


def _typed(value: str) -> str | int | bool:
    """A value below a path, as Pulumi takes it: whole numbers and "true" and "false" are no strings there."""
    if value in ("true", "false"):
        return value == "true"
    return int(value) if re.fullmatch(r"0|-?[1-9]\d{0,17}", value) else value
