"""The repository of an app, whose own workflow calls one of this repository's."""

import contextlib
import json
import re
import secrets
import subprocess
from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.paths import REPOSITORY
from tests.cluster.workflows import SLUG, Repository, end

_CHECKOUT = """\
name: a checkout of another repository, from this machine
inputs:
  repository: {{default: ""}}
  token: {{default: ""}}
  persist-credentials: {{default: ""}}
runs:
  using: composite
  steps:
    - run: cp -r {folder}/cadrart_infra .
      shell: bash
"""


@contextlib.contextmanager
def app_releases(repository: Repository, workload: str, version: str) -> "Iterator[subprocess.Popen[str]]":
    """The repository of an app, whose own workflow releases it by the one that is made for it."""
    workflow = "on: push\n" + written_for_apps("workflows.md", repository, workload, {"1.5.0": version})
    with app_runs(repository, "release-from-app", workflow, "push") as process:
        yield process


def written_for_apps(page: str, repository: Repository, workload: str, names: Mapping[str, str]) -> str:
    """The workflow of an app's repository as a page of docs/ has it, with the names of these tests and `names`."""
    text: str
    (text,) = re.findall(r"```yaml\n(.*?jobs:.*?)```", (REPOSITORY / "docs" / page).read_text(), re.DOTALL)
    here = {"OWNER/cadrart-infra": SLUG, "@COMMIT": "@v1", "INFRA_TOKEN": "GITHUB_TOKEN"}
    here["workload: backend,"] = f"workload: {workload}, stack: {repository.stack},"
    for written, name in {**here, **names}.items():
        assert written in text, written
        text = text.replace(written, name)
    return text


@contextlib.contextmanager
def app_runs(
    repository: Repository, called: str, workflow: str, event: str, payload: Any = None
) -> "Iterator[subprocess.Popen[str]]":
    """The repository of an app, and what its own `workflow` does, which calls one of this repository's."""
    app = repository.runner / f"app-{called}-{secrets.token_hex(4)}"
    (app / ".github" / "workflows").mkdir(parents=True, exist_ok=True)
    (app / ".github" / "workflows" / "publish.yaml").write_text(workflow)
    (app / "event.json").write_text(json.dumps(payload or {}))
    subprocess.run(["git", "init", "--quiet", "--initial-branch=main", str(app)], check=True)
    checkout = repository.runner / "checkout"
    checkout.mkdir(exist_ok=True)
    (checkout / "action.yml").write_text(_CHECKOUT.format(folder=repository.folder))
    pinned = re.search(r"actions/checkout@\w+", (repository.folder / f".github/workflows/{called}.yaml").read_text())
    assert pinned
    command = repository.act_command(event, "-W", ".github/workflows/publish.yaml", "--eventpath", "event.json")
    local = (f"{SLUG}@v1={repository.folder}", f"{pinned[0]}={checkout}")
    flags = [part for one in local for part in ("--local-repository", one)]
    streams: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    process = repository.shop.cluster.popen([*command, *flags], cwd=app, **streams)
    try:
        yield process
    finally:
        end(process)
