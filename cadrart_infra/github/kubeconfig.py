"""The account of a job's kubeconfig: `python3 -m cadrart_infra.github.kubeconfig FILE`.

A kubeconfig that names an account stays as it is. One that says only where the cluster is gets the job itself as its
account, by what GitHub signs for it (`identity`); the address of the API server is what the token is for.
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cadrart_infra.github.api import GitHubError
from cadrart_infra.github.identity import API, credential

_ACCOUNT = "github"
_PROGRAM = Path(__file__).resolve().parents[2]


def main(arguments: Sequence[str] | None = None) -> int:
    """0: the file is ready; else standard error says why it is not: kubectl cannot read it, or GitHub signs nothing."""
    (name,) = sys.argv[1:] if arguments is None else arguments
    file = Path(name).resolve()
    command = ["kubectl", "config", "view", "--raw", "--output=json", f"--kubeconfig={file}"]
    done = subprocess.run(command, stdout=subprocess.PIPE, encoding="utf-8", check=False)
    if done.returncode:
        return done.returncode
    view = json.loads(done.stdout)
    if view.get("users") or not view.get("clusters"):
        return 0
    file.write_text(json.dumps(with_the_job(view, file)))
    try:
        credential(_server(view), _kept(file))  # what is wrong is said here, where nothing hides it
    except GitHubError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def with_the_job(view: dict[str, Any], file: Path) -> dict[str, Any]:
    """The same, with the job as its account, for the cluster that stands first."""
    plugin = {
        "apiVersion": API,
        "command": sys.executable,  # itself: a name may lead to a wrapper, at a price for each call of kubectl
        "args": ["-m", "cadrart_infra.github.identity", _server(view), str(_kept(file))],
        "env": [{"name": "PYTHONPATH", "value": str(_PROGRAM)}],
        "interactiveMode": "Never",
    }
    contexts = [{**one, "context": {**one["context"], "user": _ACCOUNT}} for one in view.get("contexts") or []]
    return {**view, "users": [{"name": _ACCOUNT, "user": {"exec": plugin}}], "contexts": contexts}


def _server(view: dict[str, Any]) -> str:
    return str(view["clusters"][0]["cluster"]["server"])


def _kept(file: Path) -> Path:
    """Where the token of a kubeconfig is kept."""
    return file.with_name(f"{file.name}.token")


if __name__ == "__main__":
    sys.exit(main())
