"""The objects of a review, as the API server takes them (pure functions).

A review is staging alone: one colour, bound to staging's environment, in a namespace of its own that is deleted with
all that is in it. So nothing here is on a volume that outlives its pod, and no object is outside of the namespace.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cadrart_infra import naming, workloads
from cadrart_infra.cluster.kinds import CONFIG_MAP, DEPLOYMENT, INGRESS, NAMESPACE, SERVICE, Object
from cadrart_infra.cluster.manifests import plain
from cadrart_infra.components.drain import SETTLE, DrainArgs
from cadrart_infra.components.environments import environment_data
from cadrart_infra.components.ingress import ingress_spec, issued_by
from cadrart_infra.components.migration_pod import ServerImage, migration_pod
from cadrart_infra.components.workload_pod import EnvironmentBinding, WorkloadPod, WorkloadPodArgs
from cadrart_infra.image_pull import IF_NOT_PRESENT, workload_pull_policy
from cadrart_infra.migration.inputs import MigrationInputs
from cadrart_infra.model import Color, Environment, Roles, Volume, Workload, WorkloadSpec
from cadrart_infra.pod_security import ENFORCED, server_security, workload_security
from cadrart_infra.review.manifests import manifest, service_spec, without_volumes
from cadrart_infra.settings import Settings

MANAGER = "cadrart-review"
"""The field manager that the objects are written by."""
COLOR = Color.BLUE
"""The one colour of a review; which one does not matter."""
_ROLES = Roles(COLOR.other)


@dataclass(frozen=True)
class Review:
    """A review: its name (usually a pull request's number), and the settings of the shop that it belongs to."""

    name: str
    settings: Settings

    @property
    def namespace(self) -> str:
        """The namespace that holds all of it."""
        return f"{naming.REVIEW_PREFIX}{self.name}"

    @property
    def host(self) -> str:
        """The host that serves it."""
        return f"{self.namespace}.{self.settings.ingress.staging_host}"


def namespace(review: Review, repository: str, ends: str) -> Object:
    """The namespace; `baseline` refuses pods that could reach the node."""
    labels = {**naming.MADE_BY_PROGRAM, naming.REVIEW_OF: review.settings.namespace, ENFORCED: "baseline"}
    notes = {naming.REVIEW_FOR: repository, naming.REVIEW_ENDS: ends}
    metadata = {"name": review.namespace, "labels": labels, "annotations": notes}
    return {"apiVersion": NAMESPACE.version, "kind": NAMESPACE.name, "metadata": metadata}


def role_binding(account: str) -> Object:
    """The RoleBinding that gives the account which opened the review its rights there."""
    system, _, name = account.partition("system:serviceaccount:")
    if not system and name:
        of, _, name = name.partition(":")
        subject = {"kind": "ServiceAccount", "namespace": of, "name": name}
    else:
        subject = {"kind": "User", "apiGroup": "rbac.authorization.k8s.io", "name": account}
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": naming.REVIEW_ROLE}
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "RoleBinding",
        "metadata": {"name": naming.REVIEW_ROLE, "labels": naming.MADE_BY_PROGRAM},
        "roleRef": role,
        "subjects": [subject],
    }


def shop(review: Review, images: Mapping[Workload, str], copy: str) -> list[Object]:
    """The Deployments, whose pods are replaced with another `copy`, their Services, and the Ingress."""
    pods = [one for spec in workloads.SHOP for one in _workload(review, spec, images[spec.name], copy)]
    return [*pods, _ingress(review)]


def config(review: Review) -> Object:
    """The ConfigMap that all pods are bound to."""
    data = environment_data(
        Environment.STG,
        database=review.settings.database.staging,
        log_level=review.settings.environments.stg.log_level,
        cors_origins=f"https://{review.host}",
    )
    return manifest(CONFIG_MAP, naming.snapshot_name(Environment.STG, data), data=data)


def _workload(review: Review, spec: WorkloadSpec, image: str, copy: str) -> list[Object]:
    name, selector = naming.workload_name(spec.name, COLOR), naming.workload_selector(spec.name, COLOR)
    template = _pod(review, spec, image).template()
    template["metadata"]["annotations"] = {naming.COPY: copy} if spec.uses_database else {}
    deployment = {
        "replicas": 1,
        "progressDeadlineSeconds": review.settings.rollout.timeout,
        "revisionHistoryLimit": 0,
        "selector": {"matchLabels": selector},
        "template": {**template, "spec": without_volumes(template["spec"])},
    }
    ports = {port.proxy_name: port.number for port in spec.ports}
    to = naming.proxy_selector(spec.name, Environment.STG, _ROLES)
    return [
        manifest(DEPLOYMENT, name, spec=deployment),
        manifest(SERVICE, naming.proxy_name(spec.name, Environment.STG), spec=service_spec(to, ports)),
    ]


def migration(review: Review, image: str, copy: str) -> MigrationInputs:
    """The migration of the copy by the change's release; only where the stack has a `migration.command`."""
    settings, spec = review.settings, workloads.migrating()
    security = server_security(None, settings.database.run_as, new_image=True)
    server = ServerImage(settings.database.image, IF_NOT_PRESENT, security)
    pod = plain(migration_pod(_pod(review, spec, image), settings.migration.command, server))
    return MigrationInputs(
        namespace=review.namespace,
        context=settings.kubernetes.context,
        environment=Environment.STG,
        color=COLOR.value,
        database=settings.database.staging,
        image=image,
        command=list(settings.migration.command),
        time_limit=settings.migration.time_limit,
        takes_over="",
        copy_id=copy,
        restored="",
        pod=without_volumes(pod),
    )


def _pod(review: Review, spec: WorkloadSpec, image: str) -> WorkloadPod:
    settings = review.settings
    startup = max(settings.rollout.timeout, settings.migration.time_limit if spec.migrates else 0)
    binding = EnvironmentBinding(
        environment=Environment.STG,
        config=str(config(review)["metadata"]["name"]),
        database=settings.database.staging,
        claims={volume: volume.value for volume in Volume},
    )
    args = WorkloadPodArgs(
        image=image,
        pull_policy=workload_pull_policy(image, settings.pull.policy, None),
        pull_secret=settings.pull.secret,
        resources=settings.resources.of(spec.name),
        startup=startup,
        drain=DrainArgs(SETTLE, when_idle=True),
        security=workload_security(None, settings.run_as.of(spec.name), rolls=True),
        secrets="",  # the namespace's own, which nothing exchanges
    )
    return WorkloadPod(spec, COLOR, binding, args)


def _ingress(review: Review) -> Object:
    settings = review.settings.ingress
    spec = ingress_spec({Environment.STG: review.host}, settings.class_name, settings.tls_secret)
    made = manifest(INGRESS, naming.INGRESS, spec=spec)
    if issuer := issued_by(settings.issuer):
        made["metadata"]["annotations"] = issuer
    return made
