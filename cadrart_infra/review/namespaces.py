"""Finds, makes, annotates and removes the namespaces of reviews."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote

from cadrart_infra import naming
from cadrart_infra.cluster.access import Right, account_name, missing_rights
from cadrart_infra.cluster.kinds import Object, annotations_of, labels_of
from cadrart_infra.cluster.kubectl import Kubectl, items_of
from cadrart_infra.cluster.waiting import look_until
from cadrart_infra.review import objects
from cadrart_infra.review.errors import ReviewError
from cadrart_infra.review.objects import Review

_NEEDED = Right("create", "pods/portforward")
"""One of the rights that a review's namespace needs: the first that would be missing."""
_BOUND_SECONDS = 20


@dataclass(frozen=True)
class ExistingReview:
    """A review that is there."""

    namespace: str
    repository: str
    """Whose pull request it shows."""
    ends: datetime | None
    """From when on it may be removed."""
    copy: str
    """The identifier of its database's copy; empty while it has none."""
    is_going: bool
    unread: str = ""
    """What somebody wrote instead of the end, and is no time."""

    @property
    def name(self) -> str:
        """The name that commands take."""
        return self.namespace.removeprefix(naming.REVIEW_PREFIX)


def reviews(kubectl: Kubectl) -> list[ExistingReview]:
    """Every review of the shop in `kubectl`'s namespace; raises ClusterError."""
    selector = quote(f"{naming.REVIEW_OF}={kubectl.namespace}")
    found = items_of(kubectl.ask(f"/api/v1/namespaces?labelSelector={selector}", timeout=30))
    return [_found(item) for item in found if _is_review(item, kubectl.namespace)]


def _is_review(item: Object, shop: str) -> bool:
    """Whether a namespace is a review of the shop in the namespace `shop`.

    The label alone is not enough: people copy a namespace with its labels, or label the wrong one, even the shop's
    own, and reviews whose time is over are removed.
    """
    name, labels = item["metadata"]["name"], labels_of(item)
    return bool(labels.get(naming.REVIEW_OF) == shop != name and name.startswith(naming.REVIEW_PREFIX))


def find(kubectl: Kubectl, shop: str) -> ExistingReview | None:
    """The review in this namespace, None where there is no such namespace.

    Raises ReviewError for a namespace that is no review of the shop in the namespace `shop`.
    """
    item = kubectl.find_namespace()
    if item is None:
        return None
    if not _is_review(item, shop):
        raise ReviewError(
            f"The namespace {kubectl.namespace} is there, and is no review of the shop in {shop}; it was left as it is."
            " Choose another name, or remove it yourself."
        )
    return _found(item)


def _found(item: Object) -> ExistingReview:
    metadata, notes = item["metadata"], annotations_of(item)
    written = notes.get(naming.REVIEW_ENDS, "")
    ends = _time(written)
    return ExistingReview(
        metadata["name"],
        notes.get(naming.REVIEW_FOR, ""),
        ends,
        notes.get(naming.REVIEW_COPY, ""),
        "deletionTimestamp" in metadata,
        "" if ends else written,
    )


def _time(written: str) -> datetime | None:
    """None where it is no time. People write one by hand, to keep a review for longer; without a zone it is UTC."""
    try:
        time = datetime.fromisoformat(written)
    except ValueError:
        return None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def make(kubectl: Kubectl, review: Review, repository: str, ends: datetime) -> None:
    """Makes the namespace, and gives the account that makes it rights there; safe to repeat. Raises ClusterError."""
    if kubectl.find_namespace() is None:
        kubectl.create(objects.namespace(review, repository, ends.isoformat()))
    if not missing_rights(kubectl, [_NEEDED]):
        return
    kubectl.apply(objects.role_binding(account_name(kubectl)), manager=objects.MANAGER)
    look_until(lambda lacking: not lacking, lambda: missing_rights(kubectl, [_NEEDED]), _BOUND_SECONDS, 0.2)


def annotate(kubectl: Kubectl, key: str, value: str) -> None:
    """Writes an annotation of the namespace; raises ClusterError."""
    kubectl.run("annotate", "--overwrite", "namespace", kubectl.namespace, f"{key}={value}")


def remove_annotation(kubectl: Kubectl, key: str) -> None:
    """Removes an annotation of the namespace, if it is there; raises ClusterError."""
    kubectl.run("annotate", "namespace", kubectl.namespace, f"{key}-")


def remove(kubectl: Kubectl, seconds: int) -> None:
    """Removes the namespace with everything in it, and returns when it is gone; does nothing where there is none.

    Raises ReviewError where it is not gone after `seconds`, ClusterError where it may not be removed.
    """
    kubectl.run("delete", "namespace", kubectl.namespace, "--ignore-not-found", "--wait=false")
    left = look_until(lambda one: one is None, kubectl.find_namespace, seconds, 0.5)
    if left is not None:
        raise ReviewError(
            f"The namespace {kubectl.namespace} is being deleted and is not gone after {seconds} s. Nothing of it can "
            f"be used any more. See what keeps it: kubectl get namespace {kubectl.namespace} -o yaml"
        )
