"""`make demo`: the shop on a throw-away cluster, a switch under a user's own commands, and who serves what."""

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
    _command(stack, progress, "up", "--yes", "--skip-preview")
    _sell(stack, progress)
    _show(stack, progress)
    progress.line("\nGreen gets a new release; as staging, it can be tried without production noticing.")
    _set(stack, progress, "images.green.backend", images.image("backend", "1.1.0"))
    _command(stack, progress, "up", "--yes", "--skip-preview")
    _show(stack, progress)
    progress.line("\nThe switch: green becomes production, blue becomes staging.")
    _set(stack, progress, "activeColor", "green")
    _command(stack, progress, "up", "--yes", "--skip-preview")
    _show(stack, progress)
    progress.line("")
    if isinstance(cluster, OwnCluster):
        progress.line(f"The shop goes on in namespace {NAMESPACE} of your cluster; `make down` removes it.")
    else:
        progress.line("The cluster goes on. Look round with `make shell` (kubectl and pulumi are set up in it),")
        progress.line(f"`kubectl -n {NAMESPACE} get all` for instance, and end it with `make down`.")


def _remove(progress: Progress) -> None:
    """The whole throw-away cluster; of a cluster of the user's own, the demo's namespace and stack alone."""
    cluster = connect(progress=progress)
    if isinstance(cluster, OwnCluster):
        with progress.step(f"namespace {NAMESPACE}, if the demo made it, and its stack removed"):
            OwnedNamespace(cluster, NAMESPACE, "demo").remove()
            Stack(cluster, "demo").pulumi("stack", "rm", "--yes", "--force", check=False, capture_output=True)
    cluster.down()


def _command(stack: Stack, progress: Progress, *arguments: str) -> None:
    progress.line(f"\n$ pulumi {' '.join(arguments)}")
    stack.pulumi(*arguments)


def _set(stack: Stack, progress: Progress, key: str, value: str) -> None:
    progress.line(f"\n$ pulumi config set {'--path ' if '.' in key else ''}{key} {value}")
    stack.config_set(key, value)


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
