"""What has to be there before anything is declared, checked in a preview already.

The engine takes an unreachable cluster for an empty one in a preview, and a missing Secret shows only when pods do not
start: both are said here, while nothing has been touched.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from cadrart_infra import naming, workloads
from cadrart_infra.cluster.kubectl import ClusterError, Kubectl
from cadrart_infra.model import Color, Environment
from cadrart_infra.promotion.live import Live, live_of
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

# One line a Secret: its name, its keys. Values are not read, but for the one below.
_KEYS_TEMPLATE = "{{range .items}}{{.metadata.name}}{{range $key, $value := .data}} {{$key}}{{end}}{{println}}{{end}}"
_USER_TEMPLATE = "{{with .data}}{{with .DATABASE_USER}}{{base64decode .}}{{end}}{{end}}"
_KINDS = "services,configmaps,deployments,persistentvolumeclaims"
_PATIENCE = 10
"""Seconds for each answer of the cluster."""

Objects = Sequence[Mapping[str, Any]]


class PreflightError(UserError):
    """Something outside the program is not as it must be; the text says what, and how to put it right."""


def check(settings: Settings, kubectl: Kubectl) -> Live:
    """What the cluster does now; raises PreflightError with everything that is wrong. Reads only."""
    with ThreadPoolExecutor() as pool:  # every kubectl takes longer than all there is to compute
        answers = pool.submit(_require_cluster, kubectl)
        problems = pool.map(
            lambda problems: list(problems(settings, kubectl)),
            (_namespace_problems, _secret_problems, _account_problems),
        )
        objects = pool.submit(kubectl.get, _KINDS, "--show-managed-fields", timeout=_PATIENCE)
        answers.result()
    found = [
        *(problem for one in problems for problem in one),
        *_claim_problems(settings, objects.result()),
        *_handover_problems(settings, objects.result()),
    ]
    if found:
        lines = "\n".join(f"  {problem}" for problem in found)
        raise PreflightError(f"The cluster is not ready for this stack; nothing was changed.\n{lines}")
    return live_of(objects.result())


def _require_cluster(kubectl: Kubectl) -> None:
    try:
        kubectl.run("get", "--raw", "/readyz", timeout=_PATIENCE)
    except ClusterError as error:
        raise PreflightError(
            f"The cluster does not answer; nothing was changed. kubectl says: {error}\n"
            "  Check KUBECONFIG and kubernetes.context with: kubectl get --raw /readyz"
        ) from None


def _namespace_problems(_settings: Settings, kubectl: Kubectl) -> Iterator[str]:
    """The namespace comes before the program, for the shop's own Secrets have to lie in it."""
    if not kubectl.run("get", "namespace", kubectl.namespace, "--ignore-not-found", "-o", "name", timeout=_PATIENCE):
        yield f"Namespace {kubectl.namespace} does not exist. Create it: kubectl create namespace {kubectl.namespace}"


def _secret_problems(settings: Settings, kubectl: Kubectl) -> Iterator[str]:
    listing = kubectl.run("get", "secrets", "-o", f"go-template={_KEYS_TEMPLATE}", timeout=_PATIENCE)
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


def _remedy(kubectl: Kubectl, name: str, keys: tuple[str, ...]) -> str:
    create = f"kubectl -n {kubectl.namespace} create secret"
    if not keys:
        return f"Create it ({create} docker-registry {name} …) or set pull.secret to the right name."
    lines = ", ".join(f"{key}=…" for key in keys)
    return f"Create it from a file with the lines {lines}: {create} generic {name} --from-env-file=FILE"


def _account_problems(settings: Settings, kubectl: Kubectl) -> Iterator[str]:
    """The production account's name stands in a Secret and in the settings: they must agree."""
    template = f"go-template={_USER_TEMPLATE}"
    user = kubectl.run("get", "secret", naming.APP_SECRET, "--ignore-not-found", "-o", template, timeout=_PATIENCE)
    if user and user != settings.database.production_user:  # one that is missing is reported by its key
        yield (
            f"database.productionUser is {json.dumps(settings.database.production_user)}, but DATABASE_USER in "
            f"Secret {naming.APP_SECRET} is {json.dumps(user)}. "
            f"Set it: pulumi config set --path database.productionUser {user}"
        )


def _claim_problems(settings: Settings, objects: Objects) -> Iterator[str]:
    """A claim's class can never change; to find that out in the middle of an update would be late."""
    ours = {naming.DATABASE_CLAIM, naming.LOGS_CLAIM, naming.BACKUP_CLAIM, *map(naming.static_claim, Environment)}
    for claim in _of_kind("PersistentVolumeClaim", objects):
        name, bound_class = claim["metadata"]["name"], claim["spec"].get("storageClassName", "")
        if name in ours and bound_class != settings.storage.class_name:
            yield (
                f"storage.className is {json.dumps(settings.storage.class_name)}, but the claim {name} exists with "
                f"class {json.dumps(bound_class)}, which cannot change. Its data is untouched. "
                f"Set it back: pulumi config set --path storage.className {bound_class}"
            )


def _handover_problems(settings: Settings, objects: Objects) -> Iterator[str]:
    """Deployments of the shop that `kubectl apply` made, on the live cluster before its first update.

    Their variables come from other kinds of sources, and the API server would merge old and new into one that it
    refuses. Without its Deployment a pod goes on, and the new Deployment takes it over and rolls it.
    """
    ours = {name for color in Color for name in workloads.deployments(color)}
    for deployment in _of_kind("Deployment", objects):
        name, writers = deployment["metadata"]["name"], deployment["metadata"].get("managedFields", [])
        if name in ours and not any(writer["manager"].startswith("pulumi-kubernetes") for writer in writers):
            yield (
                f"Deployment {name} was made by another tool. Hand it over; its pods go on meanwhile: "
                f"kubectl -n {settings.namespace} delete deployment {name} --cascade=orphan"
            )


def _of_kind(kind: str, objects: Objects) -> Objects:
    return [item for item in objects if item["kind"] == kind]
