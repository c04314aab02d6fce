"""`make demo`: the shop on a throw-away cluster, a release and a switch by the daily commands, and who serves what.

VERBOSE=yes shows the same done by hand, with all that Pulumi prints.
"""

import os
import subprocess
import sys
import time
from collections.abc import Sequence

from sandbox.cluster.cluster import connect
from sandbox.cluster.own_cluster import OwnCluster
from sandbox.errors import SandboxError
from sandbox.progress import Progress
from sandbox.shop import answers, images, prerequisites
from sandbox.shop.answers import Request
from sandbox.shop.namespaces import OwnedNamespace
from sandbox.shop.stack import Stack

NAMESPACE = "cadrart-demo"
_CLIENTS = ("first-client", "second-client", "third-client")


def main(arguments: Sequence[str]) -> int:
    """Runs the demo and leaves the cluster for the user to look round in; with `down`, removes what it made."""
    progress = Progress(sys.stdout)
    try:
        if list(arguments) == ["down"]:
            _remove(progress)
        else:
            _demo(progress)
    except SandboxError as error:
        progress.line(f"error: {error}")
        return 1
    return 0


def _demo(progress: Progress) -> None:
    cluster = connect(progress=progress)
    cluster.up()
    storage = {"className": prerequisites.storage_class(cluster)}
    prerequisites.prepare(OwnedNamespace(cluster, NAMESPACE, "demo"), progress)
    stack = Stack(cluster, "demo")
    stack.init(prerequisites.settings(NAMESPACE, storage=storage, promotion={"watch": 5}))
    _install(stack, progress)
    _sell(stack, progress)
    _show(stack, progress)
    progress.line("\nGreen gets a new release; as staging, it can be tried without production noticing.")
    _job(stack, progress, ("release", "backend", "1.1.0"), "images.green.backend", images.image("backend", "1.1.0"))
    _show(stack, progress)
    progress.line("\nThe switch: green becomes production, blue becomes staging.")
    _job(stack, progress, ("switch", "green"), "activeColor", "green")
    _show(stack, progress)
    progress.line("")
    if isinstance(cluster, OwnCluster):
        progress.line(f"The shop goes on in namespace {NAMESPACE} of your cluster; `make down` removes it.")
    else:
        progress.line(
            "The cluster goes on. `make shell` opens a shell in which kubectl, pulumi and cadrart work on it:"
        )
        progress.line("`cadrart status` for instance, or `cadrart rollback`. `make down` ends it.")


def _remove(progress: Progress) -> None:
    """The whole throw-away cluster; of a cluster of the user's own, the demo's namespace and stack alone."""
    cluster = connect(progress=progress)
    if isinstance(cluster, OwnCluster):
        with progress.step(f"namespace {NAMESPACE}, if the demo made it, and its stack removed"):
            OwnedNamespace(cluster, NAMESPACE, "demo").remove()
            Stack(cluster, "demo").pulumi("stack", "rm", "--yes", "--force", check=False, capture_output=True)
    cluster.down()


def _install(stack: Stack, progress: Progress) -> None:
    """The first `pulumi up`; what it prints is shown where it was asked for, or where it fails."""
    progress.line("\n$ pulumi up")
    arguments = ("up", "--yes", "--skip-preview")
    if _is_verbose():
        stack.pulumi(*arguments)
        return
    with progress.step("the shop is installed"):
        stack.pulumi(*arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def _job(stack: Stack, progress: Progress, command: Sequence[str], key: str, value: str) -> None:
    """A daily job by its command; where all that Pulumi prints was asked for, by hand: set `key` and `pulumi up`."""
    if _is_verbose():
        progress.line(f"\n$ pulumi config set {'--path ' if '.' in key else ''}{key} {value} && pulumi up")
        stack.pulumi_config_set(key, value)
        stack.pulumi("up", "--yes", "--skip-preview")
        return
    progress.line(f"\n$ cadrart {' '.join(command)}")
    program = [sys.executable, "-m", "cadrart_infra", *command, "--stack", stack.name, "--yes"]
    if stack.cluster.run(program, cwd=stack.folder).returncode:
        raise SandboxError(f"cadrart {command[0]} failed; what it says above is what to do about it")


def _is_verbose() -> bool:
    return os.environ.get("VERBOSE") == "yes"


def _sell(stack: Stack, progress: Progress) -> None:
    """A few rows in the shop's own tables, written as a customer's browser would: through the proxy."""
    requests = [Request("backend-prod-proxy", 3000, "/api/clients", {"reference": client}) for client in _CLIENTS]
    written = answers.ask(stack.cluster, NAMESPACE, *requests)
    if failed := [answer for answer in written if "error" in answer]:
        raise SandboxError(f"the shop did not take a client: {failed[0]['error']}")
    progress.line(f"\n{len(written)} clients written to {written[0]['database']} through backend-prod-proxy")


def _show(stack: Stack, progress: Progress) -> None:
    """The answers of the proxies, once staging's, which turn last, lead to staging's colour."""
    staging = next(color for color, role in stack.outputs()["roles"].items() if role == "staging")
    for _ in range(20):
        served = answers.who_serves(stack.cluster, NAMESPACE)
        if all(served[proxy].get("color") == staging for proxy in answers.PROXIES if "-test-" in proxy):
            break
        time.sleep(0.5)
    progress.line("\nWho serves what, as the proxies answer:")
    progress.line(answers.table(served))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
