"""Checks the prerequisites in the cluster before anything is declared, in a preview too.

A missing Secret would only show when pods do not start.
"""

import json
from collections.abc import Collection, Iterator, Mapping

from cadrart_infra import naming, workloads
from cadrart_infra.cluster.errors import missing_namespace, terminating_namespace
from cadrart_infra.cluster.kinds import CONFIG_MAP, DEPLOYMENT, INGRESS, Objects, annotations_of, labels_of, of_kind
from cadrart_infra.drift.field_managers import provider_manager
from cadrart_infra.model import Environment
from cadrart_infra.mysql.upgrade_paths import WantedServer
from cadrart_infra.observed import Observed
from cadrart_infra.plan import UpdatePlan
from cadrart_infra.pod_security import ENFORCED, RESTRICTED, SERVER_USER, PodSecurity, security_of
from cadrart_infra.preflight.claims import claim_problems, ending_claims
from cadrart_infra.rotation.in_use import remake_command
from cadrart_infra.server_memory import product, shortage
from cadrart_infra.settings import Settings
from cadrart_infra.settings.values import bytes_of
from cadrart_infra.terminal import Say
from cadrart_infra.user_errors import UserError


class PreflightError(UserError):
    """A prerequisite is missing or wrong; the text says what, and how to put it right."""


def required_secrets(settings: Settings) -> Mapping[str, tuple[str, ...]]:
    """The Secrets that have to exist before the program runs, by name, with their keys."""
    return {**naming.REQUIRED_SECRETS, **({settings.pull.secret: ()} if settings.pull.secret else {})}


def check(settings: Settings, observed: Observed, *, installed: bool = False) -> None:
    """Raises PreflightError with everything that is wrong with the cluster as it was read.

    `installed`: the shop has data there, see claim_problems.
    """
    found = [
        *_namespace_problems(settings, observed),
        *_secret_problems(settings, observed),
        *_account_problems(settings, observed),
        *claim_problems(settings, observed.objects, observed.storage_classes, installed=installed),
        *_kubectl_apply_problems(settings, observed.objects),
        *_ingress_class_problems(settings, observed),
        *_immutable_record_problems(settings, observed.objects),
    ]
    if found:
        lines = "\n".join(f"  {problem}" for problem in found)
        raise PreflightError(f"The cluster is not ready for this stack; nothing was changed.\n{lines}")


def check_pods(plan: UpdatePlan, observed: Observed, warn: Say) -> None:
    """Raises PreflightError where the namespace would refuse pods that this update makes.

    They would never start, and a database server that restarts would be gone. `warn` is called for pods that go on and
    would be refused once they are made again, e.g. when a node restarts.
    """
    labels = labels_of(observed.namespace or {})
    if labels.get(ENFORCED) != RESTRICTED:
        return
    unfit = _unrestricted_pods(plan)
    begins = f"Namespace {plan.settings.namespace} enforces {RESTRICTED} (its label {ENFORCED}) and "
    if now := [f"  {remedy}" for name, remedy in unfit.items() if name in plan.new_pods]:
        raise PreflightError("\n".join([f"{begins}would refuse pods of this update; nothing was changed.", *now]))
    if unfit:
        warn(
            "\n".join(
                [f"{begins}would refuse these pods if they were made again:", *map("  {}".format, unfit.values())]
            )
        )


def check_memory(settings: Settings, warn: Say) -> None:
    """Calls `warn` where the server's limit is less than what its settings let it come to need.

    By the limit that it has for good: what a boost adds goes away again, and what the server took of it stays.
    """
    database = settings.database
    wanted = WantedServer.of(database.image)
    server = product(wanted.series, is_mariadb=bool(wanted.is_mariadb))
    if why := shortage(server, bytes_of(database.memory_limit), database.settings):
        warn(f"database.memoryLimit is {database.memory_limit}, {why}")


def check_claims(plan: UpdatePlan, made: Collection[str], observed: Observed, warn: Say) -> None:
    """Raises PreflightError if this update makes pods that need a terminating claim.

    `made`: the Deployments of which it makes pods (see `new_pods`). `warn` is called for such claims otherwise.
    """
    refused, warnings = ending_claims(plan, made, observed.objects)
    if refused:
        lines = [f"  {problem}" for problem in refused]
        raise PreflightError("\n".join(["Pods of this update could not start; nothing was changed.", *lines]))
    for problem in warnings:
        warn(problem)


def _unrestricted_pods(plan: UpdatePlan) -> dict[str, str]:
    """The pods that the level `restricted` refuses, by their Deployment or Job, with the remedy for each."""
    template = plan.live.server.template
    running = security_of(template) if template else plan.security[naming.DATABASE]
    made = plan.security if naming.DATABASE in plan.new_pods else {**plan.security, naming.DATABASE: running}
    found = {name: _remedy_of(name, security) for name, security in made.items() if not security.is_restricted}
    if plan.backups.are_wanted and not running.user:
        for job in (naming.BACKUP, *([naming.REHEARSAL] if plan.server.upgrade else [])):
            found[job] = f"{job}: it runs as the server does; {_SERVER_REMEDY}"
    return found


_SERVER_REMEDY = (
    f"set the user that its files belong to: pulumi config set --path database.runAs {SERVER_USER}, and restart it "
    "(database.restart)"
)


def _remedy_of(deployment: str, security: PodSecurity) -> str:
    if deployment == naming.DATABASE:
        return f"{deployment}: {_SERVER_REMEDY}"
    if security.user:
        return f"{deployment}: its next release or switch makes it fit"
    workload = deployment.rpartition("-")[0]
    return f"{deployment}: set its image's user: pulumi config set --path runAs.{workload} NUMBER"


def _namespace_problems(settings: Settings, observed: Observed) -> Iterator[str]:
    """The namespace has to exist before the program, since the shop's own Secrets lie in it."""
    name = settings.namespace
    if observed.namespace is None:
        yield missing_namespace(name)
    elif since := observed.namespace["metadata"].get("deletionTimestamp"):
        yield terminating_namespace(name, since)


def _secret_problems(settings: Settings, observed: Observed) -> Iterator[str]:
    for name, keys in required_secrets(settings).items():
        present = observed.secret_keys.get(name)
        if name in observed.hidden_secrets:
            continue
        if present is None:
            remedy = _remedy(settings, name, keys, in_use=observed.secrets.recorded)
            yield f"Secret {name} does not exist in namespace {settings.namespace}. {remedy}"
        elif missing := sorted(set(keys) - present):
            yield (
                f"Secret {name} in namespace {settings.namespace} lacks {', '.join(missing)}. "
                f"Add it: kubectl -n {settings.namespace} edit secret {name}"
            )
    for name, keys in naming.GENERATED_SECRETS.items():
        present = observed.secret_keys.get(name)
        if present is not None and (missing := sorted(set(keys) - present)):
            yield (
                f"Secret {name} in namespace {settings.namespace} lacks {', '.join(missing)}. Delete it, and pulumi up "
                f"makes it again with new values: kubectl -n {settings.namespace} delete secret {name}"
            )
    yield from _unfit_values(settings, observed)


def _unfit_values(settings: Settings, observed: Observed) -> Iterator[str]:
    """Changed values of Secrets that end in a line break, as values from files do."""
    changed = set(observed.secrets.all_changed)
    for name, keys in observed.unfit_keys.items():
        for key, why in sorted(keys.items()):
            if f"{key} of {name}" in changed:
                yield (
                    f"{key} of Secret {name} {why}. Write it as text alone: "
                    f"kubectl -n {settings.namespace} edit secret {name} (printf %s VALUE | base64)"
                )


def _remedy(settings: Settings, name: str, keys: tuple[str, ...], *, in_use: bool) -> str:
    """`in_use`: the values that pods and the server have are known."""
    create = f"kubectl -n {settings.namespace} create secret"
    if not keys:
        return f"Create it ({create} docker-registry {name} …) or set pull.secret to the right name."
    if in_use:
        again = remake_command(settings.namespace, name, keys)
        return f"What it had is known as in use. Make it again with that, of which nothing is shown: {again}"
    lines = ", ".join(f"{key}=…" for key in keys)
    return f"Create it from a file with the lines {lines}: {create} generic {name} --from-env-file=FILE"


def _account_problems(settings: Settings, observed: Observed) -> Iterator[str]:
    """Each account's name in its Secret and in the settings must agree; one that is missing is reported by its key."""
    database, users = settings.database, observed.users
    user = users.get(naming.APP_SECRET, database.production_user)
    if user != database.production_user:
        yield (
            f"database.productionUser is {json.dumps(database.production_user)}, but DATABASE_USER in "
            f"Secret {naming.APP_SECRET} is {json.dumps(user)}. "
            f"Set it: pulumi config set --path database.productionUser {user}"
        )
    generated = (
        ("stagingUser", database.staging_user, naming.STAGING_ACCOUNT_SECRET),
        ("syncUser", database.sync_user, naming.SYNC_ACCOUNT_SECRET),
    )
    for key, wanted, secret in generated:
        if users.get(secret, wanted) != wanted:
            yield (
                f"database.{key} is {json.dumps(wanted)}, but DATABASE_USER in Secret {secret} is "
                f"{json.dumps(users[secret])}. Delete the Secret, and pulumi up makes it again with new values: "
                f"kubectl -n {settings.namespace} delete secret {secret}"
            )


def _kubectl_apply_problems(settings: Settings, objects: Objects) -> Iterator[str]:
    """Deployments of the shop that `kubectl apply` made before the first update.

    The API server would merge their variables with the new ones and refuse the result. Without its Deployment a pod
    goes on, and the new Deployment adopts and rolls it. A Deployment that a killed update made is not another tool's.
    """
    ours = workloads.all_deployments()
    for deployment in of_kind(DEPLOYMENT, objects):
        name = deployment["metadata"]["name"]
        made_here = naming.TURNED_AT in annotations_of(deployment)
        if name in ours and not made_here and not provider_manager(deployment):
            yield (
                f"Deployment {name} was made by another tool. Hand it over; its pods go on meanwhile: "
                f"kubectl -n {settings.namespace} delete deployment {name} --cascade=orphan"
            )


def _ingress_class_problems(settings: Settings, observed: Observed) -> Iterator[str]:
    """An IngressClass that the cluster does not have, so that no controller would serve the hosts.

    Not for an Ingress that has this class already: some controllers go by the name alone.
    """
    wanted, offered = settings.ingress.class_name, observed.ingress_classes
    has = {one["spec"].get("ingressClassName") for one in of_kind(INGRESS, observed.objects)}
    if offered.names and wanted not in offered.names and wanted not in has:
        yield (
            f"ingress.className is {json.dumps(wanted)}, but the cluster has no such IngressClass (there are: "
            f"{', '.join(offered.names)}), and no host would be served. "
            f"Set it: pulumi config set --path ingress.className {offered.default or 'NAME'}"
        )


def _immutable_record_problems(settings: Settings, objects: Objects) -> Iterator[str]:
    """ConfigMaps that somebody made immutable: a switch would write the proxies and fail at the record."""
    records = {naming.ENVIRONMENT_CONFIG, *map(naming.config_name, Environment)}
    for record in of_kind(CONFIG_MAP, objects):
        name = record["metadata"]["name"]
        if record.get("immutable") and name in records:
            yield (
                f"ConfigMap {name} was made immutable, so that no update can write it, and nobody can take that back. "
                f"Delete it, and pulumi up makes it again: kubectl -n {settings.namespace} delete configmap {name}"
            )
