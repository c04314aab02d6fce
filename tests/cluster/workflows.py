"""The workflow files in a repository of their own, run by act, with an origin and a GitHub on this machine."""

import base64
import contextlib
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from cadrart_infra import rights
from sandbox.cluster.cluster import Cluster
from sandbox.paths import REPOSITORY, cache_root
from sandbox.shop.handle import Shop
from sandbox.shop.stack import PROJECT
from sandbox.toolchain import gobuild, recipes
from tests.cluster.account import as_account
from tests.cluster.job_identity import JobIdentity
from tests.github.server import Record

SLUG = "shop/infra"
HANDED_ON = ("PULUMI_HOME", "PULUMI_SKIP_UPDATE_CHECK", "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION")
_SECONDS = 400
OF_THE_REPOSITORY, OF_THE_ENVIRONMENT, OF_REVIEWS = "secrets", "environment-secrets", "review-secrets"
"""Files of secrets: what every job of the repository gets, and what those of an environment get instead: a stack's, or
that of reviews."""


@dataclass(frozen=True)
class Repository:
    """A clone with the workflow files and a shop's stack; `runner`: the home of what runs them.

    Its address is GitHub's; Git itself is led to the `origin` on this machine.
    """

    shop: Shop
    folder: Path
    runner: Path
    github: Record
    github_url: str
    identities: list[JobIdentity] = field(default_factory=list)
    """Who signs for its jobs; nobody where it is empty."""
    variables: dict[str, dict[str, str]] = field(default_factory=dict)
    """Of the repository and of its environments, by their files of secrets."""

    @property
    def stack(self) -> str:
        """The only stack with settings in it."""
        return self.shop.stack.name

    @property
    def origin(self) -> Path:
        """The bare repository that is pushed to."""
        return self.runner / "origin.git"

    @property
    def backend_file(self) -> Path:
        """Says where Pulumi's state lies."""
        return self.runner / "backend"

    def add_secrets(self, file: str, **values: str) -> None:
        """More of them, to the repository's or to an environment's; a value of the same name is replaced."""
        lines = (self.runner / file).read_text().splitlines()
        kept = [line for line in lines if line.partition("=")[0] not in values]
        write_lines(self.runner / file, [*kept, *(f"{key}={value}" for key, value in values.items())])

    @contextlib.contextmanager
    def secrets_and_variables_kept(self) -> Iterator[None]:
        """After the block those of the repository and of the stack's environment are as before it."""
        files = [self.runner / name for name in (OF_THE_REPOSITORY, OF_THE_ENVIRONMENT)]
        before, variables = [file.read_text() for file in files], dict(self.variables)
        try:
            yield
        finally:
            self.variables.clear()
            self.variables.update(variables)
            for file, text in zip(files, before, strict=True):
                file.write_text(text)

    @contextlib.contextmanager
    def known_as(self, identity: JobIdentity | None) -> Iterator[None]:
        """While the block runs, its secrets hold no account of the cluster: a job is known by what is signed for it.

        None: they hold what they held.
        """
        if identity is None:
            yield
            return
        identity.wait()
        with self.secrets_and_variables_kept():
            for file in (OF_THE_REPOSITORY, OF_THE_ENVIRONMENT):
                self.add_secrets(file, KUBECONFIG=base64.b64encode(identity.kubeconfig.read_bytes()).decode())
            self.identities.append(identity)
            try:
                yield
            finally:
                self.identities.clear()

    @property
    def settings_file(self) -> Path:
        """The stack's settings."""
        return self.folder / f"Pulumi.{self.stack}.yaml"

    def git(self, *arguments: str) -> str:
        """What git prints in the clone."""
        identity = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
        command = ["git", *identity, *arguments]
        return subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=True).stdout.strip()

    def set(self, message: str, **settings: Any) -> str:
        """Commits settings; the commit."""
        config = yaml.safe_load(self.settings_file.read_text())
        config["config"] |= {f"{PROJECT}:{key}": value for key, value in settings.items()}
        self.settings_file.write_text(json.dumps(config, indent=2))
        self.git("commit", "--quiet", "--all", "--message", message)
        return self.git("rev-parse", "HEAD")

    def settings(self) -> dict[str, Any]:
        """The stack's settings, as the origin's main has them."""
        shown = ["git", "--git-dir", str(self.origin), "show", f"main:{self.settings_file.name}"]
        text = subprocess.run(shown, capture_output=True, text=True, check=True).stdout
        config: dict[str, Any] = yaml.safe_load(text)["config"]
        return {key.removeprefix(f"{PROJECT}:"): value for key, value in config.items()}

    def history(self) -> list[str]:
        """What the commits of the origin's main say, the newest first."""
        log = ["git", "--git-dir", str(self.origin), "log", "--format=%s", "main"]
        return subprocess.run(log, capture_output=True, text=True, check=True).stdout.splitlines()

    @contextlib.contextmanager
    def kubeconfig_of_the_repository(self) -> Iterator[dict[str, str]]:
        """The environment in which kubectl is the account that the repository's own secrets have."""
        lines = (self.runner / OF_THE_REPOSITORY).read_text().splitlines()
        (encoded,) = (line.partition("=")[2] for line in lines if line.startswith("KUBECONFIG="))
        with tempfile.NamedTemporaryFile() as file:
            file.write(base64.b64decode(encoded))
            file.flush()
            yield {"KUBECONFIG": file.name}

    def up_to_date(self) -> None:
        """The clone's main is the origin's."""
        self.git("checkout", "--quiet", "--force", "main")
        self.git("fetch", "--quiet", "origin")
        self.git("reset", "--quiet", "--hard", "origin/main")

    def act(self, event: str, workflow: str, payload: Any = None, **inputs: str) -> "subprocess.CompletedProcess[str]":
        """Runs a workflow as its runner would, to its end."""
        with self.begun(event, workflow, payload, **inputs) as process:
            printed, _ = process.communicate(timeout=_SECONDS)
        return subprocess.CompletedProcess(process.args, process.returncode, printed)

    def dispatch(self, workflow: str, **inputs: str) -> "subprocess.CompletedProcess[str]":
        """Runs a workflow as a person begins it by hand, with the stack of this repository."""
        return self.act("workflow_dispatch", workflow, None, stack=self.stack, **inputs)

    @contextlib.contextmanager
    def begun(self, event: str, workflow: str, payload: Any = None, **inputs: str) -> "Iterator[subprocess.Popen[str]]":
        """A workflow that runs while the block does; what it prints is the process's output."""
        file = self.runner / f"{event}-{workflow}-{secrets.token_hex(4)}.json"  # two may run at once
        file.write_text(json.dumps({"inputs": inputs, **(payload or {})}))
        command = self._command(event, workflow, file, inputs)
        streams: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
        process = self.shop.cluster.popen(command, cwd=self.folder, **streams)
        try:
            yield process
        finally:
            end(process)

    def _command(self, event: str, workflow: str, payload: Path, inputs: dict[str, str]) -> list[str]:
        return [
            *self.act_command(event, "-W", f".github/workflows/{workflow}.yaml", secrets=self._secrets_of(workflow)),
            *("--eventpath", str(payload)),
            *("--env", f"GITHUB_REPOSITORY={SLUG}"),  # act would take the address that Git is led to
            *self._signed_for(event, workflow),
            *(part for name, value in inputs.items() for part in ("--input", f"{name}={value}")),
        ]

    def _signed_for(self, event: str, workflow: str) -> list[str]:
        """What GitHub's runner gives a job that may have it signed who it is."""
        text = self._text(workflow)
        if not self.identities or "\n      id-token: write" not in text:
            return []
        job = f"environment:{self.stack}" if "\n    environment: " in text else event
        signed = self.identities[0].signing.environment(job if job != "schedule" else "ref:refs/heads/main")
        return [part for name, value in signed.items() for part in ("--env", f"{name}={value}")]

    def _text(self, workflow: str) -> str:
        return (self.folder / ".github" / "workflows" / f"{workflow}.yaml").read_text()

    def _secrets_of(self, workflow: str) -> str:
        """Those of the environment that a workflow names, as GitHub hands them out; else the repository's."""
        text = self._text(workflow)
        if "\n    environment: review " in text:
            return OF_REVIEWS
        return OF_THE_ENVIRONMENT if "\n    environment: " in text else OF_THE_REPOSITORY

    def _variables(self, secrets: str) -> dict[str, str]:
        return {"PULUMI_BACKEND_URL": self.backend_file.read_text(), **self.variables.get(secrets, {})}

    def act_command(self, *arguments: str, secrets: str = OF_THE_REPOSITORY) -> list[str]:
        """act on this machine, with nothing in its environment but what a runner has: no kubeconfig."""
        cluster = self.shop.cluster.env()
        environment = {name: cluster[name] for name in (*HANDED_ON, "PATH")} | {
            "HOME": str(self.runner),
            "NO_PROXY": "*",
            "CADRART_CACHE": str(cache_root()),  # the packages are installed once, as on a runner
        }
        machines = ("self-hosted", "ubuntu-latest")
        return [
            *("env", "-i", *(f"{name}={value}" for name, value in environment.items())),
            *(str(gobuild.installed(recipes.ACT) / "act"), *arguments),
            *(part for machine in machines for part in ("-P", f"{machine}=-self-hosted")),
            *("--action-offline-mode", "--pull=false", "--no-cache-server"),
            *("--secret-file", str(self.runner / secrets), "--defaultbranch", "main", "--actor", "tester"),
            *(part for name, value in self._variables(secrets).items() for part in ("--var", f"{name}={value}")),
            *("--env", f"GITHUB_API_URL={self.github_url}"),
        ]


def dispatched(repository: Repository, number: int = 1) -> dict[str, str]:
    """The inputs of the first run that GitHub was asked to begin, or of a later one."""
    for _ in range(300):
        runs = repository.github.read()["runs"]
        if len(runs) >= number:
            return dict(runs[number - 1]["inputs"])
        time.sleep(0.1)
    raise AssertionError("no run was asked for")


def end(process: "subprocess.Popen[str]") -> None:
    """Ends a process, and what it would still print; what it began may hold the other end of the pipe."""
    process.kill()
    process.wait()
    if process.stdout:
        process.stdout.close()


def kill_all(pid: int) -> None:
    """A process and all that it started, as a runner's end leaves none."""
    children = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True, check=False).stdout.split()
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    for child in children:
        kill_all(int(child))


@contextlib.contextmanager
def repository(shop: Shop, folder: Path, runner: Path) -> Iterator[Repository]:
    """The repository of a shop that is installed; `folder` has the program."""
    for name in (".github", ".ci"):
        shutil.copytree(REPOSITORY / name, folder / name)
    shutil.copy2(REPOSITORY / ".gitignore", folder)
    shutil.copy2(shop.stack.settings_file, folder)
    cache = {**os.environ, "CADRART_CACHE": str(cache_root())}
    subprocess.run([str(folder / ".ci" / "packages")], check=True, env=cache)
    _write_secrets(shop, runner)
    server = [sys.executable, "-m", "tests.github.server", str(runner / "github")]
    github = shop.cluster.popen(server, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True)
    try:
        url = github.stdout.readline().strip() if github.stdout else ""
        made = Repository(shop, folder, runner, Record(runner / "github"), url)
        _put_in_git(made)
        yield made
    finally:
        github.kill()
        github.communicate()


def _write_secrets(shop: Shop, runner: Path) -> None:
    """An account that may only look for the repository, and one that may update for the stack's environment."""
    environment = shop.cluster.env()
    (runner / "backend").write_text(environment["PULUMI_BACKEND_URL"])
    for file, role in ((OF_THE_REPOSITORY, rights.READER), (OF_THE_ENVIRONMENT, rights.UPDATER)):
        passphrase = {"PULUMI_CONFIG_PASSPHRASE": environment["PULUMI_CONFIG_PASSPHRASE"]}
        write_secrets(runner / file, _kubeconfig(shop, role, runner), **passphrase)


def write_secrets(file: Path, kubeconfig: Path, **values: str) -> None:
    """A file of secrets: those of an account of the cluster, and others."""
    encoded = base64.b64encode(kubeconfig.read_bytes()).decode()
    values = {"GITHUB_TOKEN": "good", **values, "KUBECONFIG": encoded}
    write_lines(file, [f"{name}={value}" for name, value in values.items()])


def write_lines(file: Path, lines: list[str]) -> None:
    """A file of secrets, as act reads it."""
    file.write_text("".join(f"{line}\n" for line in lines))


def _kubeconfig(shop: Shop, role: str, runner: Path) -> Path:
    """Of an account with this Role and nothing else; on a cluster of the user's own, the user's."""
    if not isinstance(shop.cluster, Cluster):
        return Path(shop.cluster.env()["KUBECONFIG"])
    manifest = rights.FOLDER / f"{role.removeprefix('cadrart-')}.yaml"
    account = as_account(shop, f"{role}-of-{runner.name}", manifest, runner)
    return Path(account.cluster.env()["KUBECONFIG"])


def _put_in_git(made: Repository) -> None:
    subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch=main", str(made.origin)], check=True)
    address = f"https://github.com/{SLUG}.git"
    made.git("init", "--quiet", "--initial-branch=main")
    made.git("config", f"url.{made.origin}.insteadOf", address)
    made.git("remote", "add", "origin", address)
    made.git("add", ".")
    made.git("commit", "--quiet", "--message", "the shop as it is")
    made.git("push", "--quiet", "origin", "main")
