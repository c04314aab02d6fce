"""Opens a review or updates its image; the order of the steps keeps real data out of it."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from cadrart_infra import naming, workloads
from cadrart_infra.cluster.errors import ClusterError
from cadrart_infra.cluster.job_problems import JobProblem
from cadrart_infra.cluster.job_runner import JobRunner
from cadrart_infra.cluster.kinds import DEPLOYMENT, POD, Object
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.cluster.pods import image_of, is_ready, selector_of
from cadrart_infra.migration.job import job
from cadrart_infra.model import Workload
from cadrart_infra.promotion.pod_diagnosis import why_not_ready
from cadrart_infra.review import namespaces, objects
from cadrart_infra.review.database import copy_production, make_secrets
from cadrart_infra.review.database_objects import database
from cadrart_infra.review.errors import ReviewError
from cadrart_infra.review.objects import COLOR, Review
from cadrart_infra.settings import Settings
from cadrart_infra.shop_masking import masking_fingerprint
from cadrart_infra.terminal import Say
from cadrart_infra.user_errors import UserError

_APPLY_SECONDS = 60
_PODS_GONE_SECONDS = 110


@dataclass(frozen=True)
class ReviewRequest:
    """What a review is to show."""

    images: Mapping[Workload, str]
    """Of the change; any other workload keeps the review's image, at first production's."""
    repository: str
    """Of the pull request."""
    ends: datetime
    """When it may be removed."""
    fresh_copy: bool = False
    """Whether to replace the database that it has."""


@dataclass(frozen=True)
class Opened:
    """A review that serves: what it runs, and which instant of production its database shows."""

    images: Mapping[Workload, str]
    copy: str


def make_namespace(shop: Kubectl, review: Review, wanted: ReviewRequest) -> Kubectl:
    """Makes the review's namespace, where there is none yet; raises ReviewError with the cluster as it was."""
    kubectl = Kubectl(review.namespace, shop.context)
    found, most = namespaces.find(kubectl, shop.namespace), review.settings.review.most
    if found is None:
        others = namespaces.reviews(shop)
        if len(others) >= most:
            raise ReviewError(
                f"review.most is {most}, and so many are there already ({', '.join(one.name for one in others)}); "
                "nothing was made. Close one: cadrart review close NAME"
            )
    elif found.is_going:
        raise ReviewError(f"The namespace {kubectl.namespace} is being deleted; nothing was made. Run it again then.")
    elif found.repository != wanted.repository:
        raise ReviewError(
            f"{kubectl.namespace} is the review of a pull request of {found.repository or 'nobody'}, not of "
            f"{wanted.repository or 'nobody'}; it was left as it is. Give this one another name."
        )
    namespaces.make(kubectl, review, wanted.repository, wanted.ends)
    return kubectl


def open_review(shop: Kubectl, kubectl: Kubectl, review: Review, wanted: ReviewRequest, say: Say) -> Opened:
    """Returns when the review serves; raises a UserError that says what is left. Safe to repeat, also when cut off."""
    namespace = kubectl.find_namespace()
    try:
        return _open(shop, kubectl, review, wanted, say)
    except UserError:
        _require_kept(kubectl, namespace)
        raise


def _require_kept(kubectl: Kubectl, before: Object | None) -> None:
    """Raises ReviewError where the namespace was deleted, or made again: any other error follows from that."""
    with contextlib.suppress(ClusterError):
        now = kubectl.find_namespace()
        if before is None or now is None or _was_deleted(before, now):
            raise ReviewError(
                f"Somebody deleted the namespace {kubectl.namespace} while the review was opened; nothing of "
                "production was changed, and nothing of the review stays. Run it again where it is still wanted."
            ) from None


def _was_deleted(before: Object, now: Object) -> bool:
    return "deletionTimestamp" in now["metadata"] or now["metadata"].get("uid") != before["metadata"].get("uid")


def _open(shop: Kubectl, kubectl: Kubectl, review: Review, wanted: ReviewRequest, say: Say) -> Opened:
    """No pod of the shop starts before its database is the whole masked copy."""
    began = kubectl.now()
    namespaces.annotate(kubectl, naming.REVIEW_ENDS, wanted.ends.isoformat())
    images = _images(kubectl, review, wanted.images)
    say("its Secrets and its database server")
    make_secrets(shop, kubectl, review.settings)
    kubectl.apply(*database(review), manager=objects.MANAGER, timeout=_APPLY_SECONDS)
    _wait(kubectl, review, naming.DATABASE, began)
    copy = _copy(shop, kubectl, review, say, fresh=wanted.fresh_copy)
    if review.settings.migration.command:
        _migrate(kubectl, review, images, copy, say)
    say("its pods")
    kubectl.apply(*objects.shop(review, images, copy), manager=objects.MANAGER, timeout=_APPLY_SECONDS)
    for workload in workloads.names():
        _wait(kubectl, review, naming.workload_name(workload, COLOR), began)
    return Opened(images, copy.partition("/")[0])


def _images(kubectl: Kubectl, review: Review, wanted: Mapping[Workload, str]) -> dict[Workload, str]:
    settings = review.settings
    found = dict(settings.images.of(settings.active_color).by_workload())
    for workload in found:
        running = kubectl.find(DEPLOYMENT, naming.workload_name(workload, COLOR))
        if running:
            found[workload] = image_of(running["spec"]["template"])
    return {**found, **wanted}


def _copy(shop: Kubectl, kubectl: Kubectl, review: Review, say: Say, *, fresh: bool) -> str:
    """The identifier of the database's copy: the instant of production, the server that holds it, how it was made.

    A server whose pod was lost has lost its copy. One that was made by other rules may show what is to be masked now.
    """
    there, server = namespaces.find(kubectl, shop.namespace), _server(kubectl)
    made_as = f"{server}/{_made_as(review.settings)}"
    if there and server and there.copy.partition("/")[2] == made_as and not fresh:
        return there.copy
    namespaces.remove_annotation(kubectl, naming.REVIEW_COPY)
    names = [naming.workload_name(workload, COLOR) for workload in workloads.names()]
    gone = ("--ignore-not-found", "--cascade=foreground", f"--timeout={_PODS_GONE_SECONDS}s")
    kubectl.run("delete", "deployment", *names, *gone, timeout=_PODS_GONE_SECONDS + 10)
    made = copy_production(shop, kubectl, review.settings, say)
    copy = f"{made.snapshot_time}/{made_as}"
    namespaces.annotate(kubectl, naming.REVIEW_COPY, copy)
    say(f"the copy has {made.tables} tables, {made.rows:,} rows and {made.masked_columns} masked columns")
    return copy


def _made_as(settings: Settings) -> str:
    """Another text for other masking rules, and for databases of another name."""
    masks = masking_fingerprint(settings.sync.masking.columns, settings.sync.masking.keep)
    return f"{settings.database.production}/{settings.database.staging}/{masks}"


def _server(kubectl: Kubectl) -> str:
    pods = kubectl.objects(POD, selector=selector_of(naming.DATABASE_LABELS))
    ready = [pod["metadata"]["uid"] for pod in pods if is_ready(pod)]
    return str(ready[0]) if ready else ""


def _migrate(kubectl: Kubectl, review: Review, images: Mapping[Workload, str], copy: str, say: Say) -> None:
    image = images[workloads.migrating().name]
    say(f"the migrations of {naming.release_of(image)}")
    try:
        JobRunner(kubectl, job(objects.migration(review, image, copy)), say).run()
    except JobProblem as problem:
        raise ReviewError(problem.with_outcome("The review serves what it served before, or nothing yet.")) from None


def _wait(kubectl: Kubectl, review: Review, deployment: str, began: datetime) -> None:
    """Returns when a Deployment's pods are ready; raises ReviewError with what the cluster says of them."""
    seconds = review.settings.rollout.timeout
    try:
        kubectl.wait_until_rolled_out(deployment, seconds)
    except ClusterError as error:
        found = "\n".join(f"  {one}" for one in [str(error), *why_not_ready(kubectl, deployment, began)])
        raise ReviewError(
            f"{deployment} of {kubectl.namespace} did not get ready within {seconds} s; nothing of production was "
            f"changed.\n{found}\n"
            f"  Look at it (kubectl -n {kubectl.namespace} describe pods), and push again or close it."
        ) from None
