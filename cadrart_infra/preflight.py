"""What has to be there before anything is declared, checked in a preview already.

The engine takes an unreachable cluster for an empty one in a preview, and a missing Secret shows only when pods do not
start: both are said here, while nothing has been touched.
"""

import json
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor

from cadrart_infra import naming
from cadrart_infra.colors import Color, Environment
from cadrart_infra.connection import ClusterError, Kubectl
from cadrart_infra.naming import Workload
from cadrart_infra.promotion.live import Live, read_live
from cadrart_infra.settings import Settings
from cadrart_infra.user_errors import UserError

REQUIRED_KEYS: Mapping[str, tuple[str, ...]] = {
    naming.APP_SECRET: (
        "DATABASE_USER",
        "DATABASE_PASSWORD",
        "DATABASE_ROOT_PASSWORD",
        "JWT_SECRET",
        "TEST_ENDPOINT_SECRET",
    ),
    naming.METRICS_SECRET: ("metrics-api-key",),
}
"""Keys that the shop's own Secrets must have; the program creates the Secrets of its own accounts itself."""

# One line a Secret: its name, then its keys. Values are not read.
_KEYS_TEMPLATE = "{{range .items}}{{.metadata.name}}{{range $key, $value := .data}} {{$key}}{{end}}{{println}}{{end}}"


class PreflightError(UserError):
    """Something outside the program is not as it must be; the text tells a user what and how to mend it."""


def check(settings: Settings, kubectl: Kubectl) -> Live:
    """What the cluster does now; raises PreflightError with everything that is wrong. Reads only."""
    _require_cluster(kubectl)
    checks = (
        lambda: _namespace_problems(kubectl),
        lambda: _secret_problems(settings, kubectl),
        lambda: _claim_problems(settings, kubectl),
        lambda: _handover_problems(kubectl),
    )
    with ThreadPoolExecutor() as pool:  # each asks the cluster, which takes longer than all there is to compute
        live = pool.submit(read_live, kubectl)
        found = pool.map(lambda problems: list(problems()), checks)
    if problems := [problem for one in found for problem in one]:
        lines = "\n".join(f"  {problem}" for problem in problems)
        raise PreflightError(f"The cluster is not ready for this stack; nothing was changed.\n{lines}")
    return live.result()


def _require_cluster(kubectl: Kubectl) -> None:
    try:
        kubectl.run("get", "--raw", "/readyz", timeout=10)
    except ClusterError as error:
        raise PreflightError(
            f"The cluster does not answer; nothing was changed. kubectl says: {error}\n"
            "  Check KUBECONFIG and kubernetes.context with: kubectl get --raw /readyz"
        ) from None


def _namespace_problems(kubectl: Kubectl) -> Iterator[str]:
    """The namespace comes before the program, for the shop's own Secrets have to lie in it."""
    if not kubectl.run("get", "namespace", kubectl.namespace, "--ignore-not-found", "-o", "name"):
        yield f"Namespace {kubectl.namespace} does not exist. Create it: kubectl create namespace {kubectl.namespace}"


def _secret_problems(settings: Settings, kubectl: Kubectl) -> Iterator[str]:
    listing = kubectl.run("get", "secrets", "-o", f"go-template={_KEYS_TEMPLATE}")
    present = {name: set(keys) for name, *keys in (line.split() for line in listing.splitlines() if line)}
    required = {**REQUIRED_KEYS, **({settings.pull.secret: ()} if settings.pull.secret else {})}
    for name, keys in required.items():
        if name not in present:
            yield f"Secret {name} does not exist in namespace {settings.namespace}. {_remedy(kubectl, name, keys)}"
        elif missing := sorted(set(keys) - present[name]):
            yield (
                f"Secret {name} in namespace {settings.namespace} lacks {', '.join(missing)}. "
                f"Add it: kubectl -n {settings.namespace} edit secret {name}"
            )
    if "DATABASE_USER" in present.get(naming.APP_SECRET, ()):
        yield from _account_problems(settings, kubectl)


def _remedy(kubectl: Kubectl, name: str, keys: tuple[str, ...]) -> str:
    create = f"kubectl -n {kubectl.namespace} create secret"
    if not keys:
        return f"Create it ({create} docker-registry {name} …) or set pull.secret to the right name."
    lines = ", ".join(f"{key}=…" for key in keys)
    return f"Create it from a file with the lines {lines}: {create} generic {name} --from-env-file=FILE"


def _account_problems(settings: Settings, kubectl: Kubectl) -> Iterator[str]:
    """The production account's name stands in a Secret and in the settings: they must agree."""
    template = "go-template={{.data.DATABASE_USER | base64decode}}"
    user = kubectl.run("get", "secret", naming.APP_SECRET, "-o", template)
    if user != settings.database.production_user:
        yield (
            f"database.productionUser is {json.dumps(settings.database.production_user)}, but DATABASE_USER in "
            f"Secret {naming.APP_SECRET} is {json.dumps(user)}. "
            f"Set it: pulumi config set --path database.productionUser {user}"
        )


def _claim_problems(settings: Settings, kubectl: Kubectl) -> Iterator[str]:
    """A claim's class can never change; to find that out in the middle of an update would be late."""
    ours = {naming.DATABASE_CLAIM, naming.LOGS_CLAIM, naming.BACKUP_CLAIM, *map(naming.static_claim, Environment)}
    for claim in kubectl.get("persistentvolumeclaims"):
        name, bound_class = claim["metadata"]["name"], claim["spec"].get("storageClassName", "")
        if name in ours and bound_class != settings.storage.class_name:
            yield (
                f"storage.className is {json.dumps(settings.storage.class_name)}, but the claim {name} exists with "
                f"class {json.dumps(bound_class)}, which cannot change. Its data is untouched. "
                f"Set it back: pulumi config set --path storage.className {bound_class}"
            )


def _handover_problems(kubectl: Kubectl) -> Iterator[str]:
    """Deployments of the shop that `kubectl apply` made, on the live cluster before its first update.

    Their variables come from other kinds of sources, and the API server would merge old and new into one that it
    refuses. Without its Deployment a pod goes on, and the new Deployment takes it over and rolls it.
    """
    ours = {naming.workload_name(workload, color) for workload in Workload for color in Color}
    for deployment in kubectl.get("deployments", "--show-managed-fields"):
        name, writers = deployment["metadata"]["name"], deployment["metadata"].get("managedFields", [])
        if name in ours and not any(writer["manager"].startswith("pulumi-kubernetes") for writer in writers):
            yield (
                f"Deployment {name} was made by another tool. Hand it over; its pods go on meanwhile: "
                f"kubectl -n {kubectl.namespace} delete deployment {name} --cascade=orphan"
            )
