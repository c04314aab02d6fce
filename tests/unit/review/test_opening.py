"""What a review is refused for, and in which order it comes up: no pod of the shop before the masked copy."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cadrart_infra import naming
from cadrart_infra.cluster.errors import ClusterError
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.model import Workload
from cadrart_infra.review import namespaces, opening
from cadrart_infra.review.errors import MaskedCopyError, ReviewError
from cadrart_infra.review.masked_copy import MaskedCopy
from cadrart_infra.review.objects import Review
from cadrart_infra.review.opening import ReviewRequest, make_namespace, open_review
from tests.unit.program import settings

ENDS = datetime(2030, 1, 1, tzinfo=UTC)
REVIEW = Review("7", settings(review={"most": 2}))
WANTED = ReviewRequest({Workload("backend"): "shop/backend:pr-7"}, "shop/backend", ENDS)
COPIED = MaskedCopy(3, 10, 5, "2026-01-01T00:00:00Z")


def namespace(name: str, of: str = "cadrart", repository: str = "shop/backend", **metadata: Any) -> dict[str, Any]:
    notes = {naming.REVIEW_FOR: repository, naming.REVIEW_ENDS: "2026-01-01T00:00:00+00:00"}
    return {"metadata": {"name": name, "labels": {naming.REVIEW_OF: of}, "annotations": notes, **metadata}}


@dataclass
class Cluster:
    """Namespaces, and what was written in the review's, in order."""

    namespaces: list[dict[str, Any]] = field(default_factory=list)
    written: list[str] = field(default_factory=list)

    def patch(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def ask(_: Kubectl, _path: str, timeout: float = 5) -> str:
            return json.dumps({"items": self.namespaces})

        def find_namespace(one: Kubectl, timeout: float = 30) -> dict[str, Any] | None:
            return next((item for item in self.namespaces if item["metadata"]["name"] == one.namespace), None)

        def create(one: Kubectl, manifest: dict[str, Any]) -> None:
            if manifest["kind"] == "Namespace":
                self.namespaces.append(manifest)
            self.written.append(f"{manifest['kind']} {manifest['metadata']['name']}")

        def run(_: Kubectl, *arguments: str, stdin: str = "", timeout: float = 30) -> str:
            if arguments[0] == "apply":
                self.written += [
                    f"{one['kind']} {one['metadata']['name']}" for one in map(json.loads, stdin.splitlines())
                ]
            elif arguments[0] != "rollout":
                self.written.append(" ".join(arguments))
            return ""

        monkeypatch.setattr(Kubectl, "ask", ask)
        monkeypatch.setattr(Kubectl, "find_namespace", find_namespace)
        monkeypatch.setattr(Kubectl, "create", create)
        monkeypatch.setattr(Kubectl, "run", run)
        monkeypatch.setattr(Kubectl, "find", lambda *_: None)
        monkeypatch.setattr(Kubectl, "now", lambda _: ENDS - timedelta(days=1))
        monkeypatch.setattr(Kubectl, "objects", lambda *_, **_more: [])
        monkeypatch.setattr(namespaces, "missing_rights", lambda *_: [])
        monkeypatch.setattr(opening, "make_secrets", lambda *_: None)


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Cluster:
    made = Cluster()
    made.patch(monkeypatch)
    return made


SHOP = Kubectl("cadrart")


@pytest.mark.parametrize(
    ("there", "reason"),
    [
        ([{"metadata": {"name": "pr-7"}}], "is no review of the shop in cadrart"),
        ([namespace("pr-7", of="cadrart-shop2")], "is no review of the shop in cadrart"),
        ([namespace("pr-7", repository="shop/frontend")], "of a pull request of shop/frontend, not of shop/backend"),
        ([namespace("pr-7", deletionTimestamp="2026-01-01T00:00:00Z")], "is being deleted"),
        (
            [namespace("pr-1"), namespace("pr-2")],
            r"review\.most is 2, and so many are there already \(1, 2\); nothing was made",
        ),
    ],
)
def test_a_namespace_that_is_not_to_be_this_review_is_left_alone(
    cluster: Cluster, there: list[dict[str, Any]], reason: str
) -> None:
    cluster.namespaces = there
    with pytest.raises(ReviewError, match=reason):
        make_namespace(SHOP, REVIEW, WANTED)
    assert cluster.written == []


def test_a_second_push_needs_no_more_room(cluster: Cluster) -> None:
    cluster.namespaces = [namespace("pr-7"), namespace("pr-2")]
    assert make_namespace(SHOP, REVIEW, WANTED) == Kubectl("pr-7")
    assert cluster.written == []


def test_a_namespace_is_made_with_its_end(cluster: Cluster) -> None:
    make_namespace(SHOP, REVIEW, WANTED)
    (made,) = cluster.namespaces
    assert made["metadata"]["annotations"] == {naming.REVIEW_FOR: "shop/backend", naming.REVIEW_ENDS: ENDS.isoformat()}


def test_pods_are_written_when_the_copy_is_noted(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    def copied(*_: Any) -> MaskedCopy:
        cluster.written.append("the copy")
        return COPIED

    monkeypatch.setattr(opening, "copy_production", copied)
    opened = open_review(SHOP, make_namespace(SHOP, REVIEW, WANTED), REVIEW, WANTED, lambda _: None)
    assert opened.copy == COPIED.snapshot_time
    assert opened.images == {"frontend": "shop/frontend:1.0.0", "backend": "shop/backend:pr-7"}
    (note,) = [one for one in cluster.written if f" {naming.REVIEW_COPY}={COPIED.snapshot_time}/" in one]
    order = [
        "Deployment db",
        f"annotate namespace pr-7 {naming.REVIEW_COPY}-",
        "the copy",
        note,
        "Deployment backend-blue",
    ]
    assert [one for one in cluster.written if one in order] == order


@pytest.mark.parametrize(
    ("now", "stays"),
    [
        ({}, True),
        ({"ingress": {"stagingHost": "test.example.com"}}, True),
        ({"sync": {"masking": {"columns": {"customer.note": "text"}}}}, False),
        ({"sync": {"masking": {"keep": ["customer.note"]}}}, False),
        ({"database": {"staging": "shop-test"}}, False),
    ],
)
def test_a_copy_stays_while_the_settings_would_make_it_so_again(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch, now: dict[str, Any], stays: bool
) -> None:
    """One that was made before a rule came shows what that rule hides."""
    copies: list[str] = []

    def copied(*_: Any) -> MaskedCopy:
        copies.append("made")
        return COPIED

    def open_with(given: dict[str, Any]) -> None:
        review = Review("7", settings(**given))
        open_review(SHOP, make_namespace(SHOP, review, WANTED), review, WANTED, lambda _: None)

    monkeypatch.setattr(opening, "copy_production", copied)
    monkeypatch.setattr(opening, "_server", lambda _: "the pod")
    open_with({})
    (note,) = [one for one in cluster.written if f" {naming.REVIEW_COPY}=" in one]
    cluster.namespaces[0]["metadata"]["annotations"][naming.REVIEW_COPY] = note.partition("=")[2]
    open_with(now)
    assert len(copies) == (1 if stays else 2)


def test_a_copy_that_fails_leaves_no_pod_of_the_shop(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: Any) -> MaskedCopy:
        raise MaskedCopyError("not equal")

    monkeypatch.setattr(opening, "copy_production", fails)
    with pytest.raises(MaskedCopyError):
        open_review(SHOP, make_namespace(SHOP, REVIEW, WANTED), REVIEW, WANTED, lambda _: None)
    assert [one for one in cluster.written if one.startswith(("Deployment", "Ingress"))] == ["Deployment db"]
    assert not [one for one in cluster.written if f"{naming.REVIEW_COPY}=" in one]


@pytest.mark.parametrize(
    "left",
    [
        [],
        [namespace("pr-7", deletionTimestamp="2026-01-01T00:00:00Z")],
        [namespace("pr-7", uid="of one that was opened after it")],
    ],
)
def test_a_namespace_that_somebody_deletes_meanwhile_is_reported_as_such(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch, left: list[dict[str, Any]]
) -> None:
    def goes(*_: Any) -> MaskedCopy:
        cluster.namespaces = left
        raise ClusterError("secrets is forbidden: unable to create new content")

    monkeypatch.setattr(opening, "copy_production", goes)
    with pytest.raises(ReviewError, match="Somebody deleted the namespace pr-7 while the review was opened"):
        open_review(SHOP, make_namespace(SHOP, REVIEW, WANTED), REVIEW, WANTED, lambda _: None)
    assert "Deployment backend-blue" not in cluster.written


@pytest.mark.parametrize(
    ("written", "ends", "unread"),
    [
        ("2030-12-24", datetime(2030, 12, 24, tzinfo=UTC), ""),
        ("2030-12-24T18:00:00Z", datetime(2030, 12, 24, 18, tzinfo=UTC), ""),
        ("tomorrow", None, "tomorrow"),
        ("", None, ""),
    ],
)
def test_an_end_may_be_written_by_hand(cluster: Cluster, written: str, ends: datetime | None, unread: str) -> None:
    made = namespace("pr-7")
    made["metadata"]["annotations"][naming.REVIEW_ENDS] = written
    cluster.namespaces = [made]
    (found,) = namespaces.reviews(SHOP)
    assert (found.ends, found.unread) == (ends, unread)


@pytest.mark.parametrize("name", ["cadrart", "default", "a-copy-of-pr-7"])
def test_a_namespace_with_a_review_s_label_that_is_none_is_never_removed(cluster: Cluster, name: str) -> None:
    """A label that was copied, or set on the wrong one, had it expire: the shop's own, with production in it."""
    cluster.namespaces = [namespace(name), namespace("pr-8")]
    assert [one.namespace for one in namespaces.reviews(SHOP)] == ["pr-8"]
    with pytest.raises(ReviewError, match="is no review of the shop in cadrart; it was left as it is"):
        namespaces.find(Kubectl(name), "cadrart")


def test_a_shop_in_a_namespace_that_is_named_as_a_review_is_none(cluster: Cluster) -> None:
    cluster.namespaces = [namespace("pr-7", of="pr-7")]
    assert namespaces.reviews(Kubectl("pr-7")) == []
