"""Images that an update brings are pulled once before anything is changed; one that does not exist stops it there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from unittest import mock

import pytest

from cadrart_infra.cluster.errors import ClusterError
from cadrart_infra.model import Color
from cadrart_infra.plan import UpdatePlan
from cadrart_infra.promotion.pull_check import ImageNotPulled, require_pullable
from tests.unit.brief_job_cluster import BriefJobCluster
from tests.unit.plans import BLUE_IS_PRODUCTION, live, plan

BLUE_SERVES = live(BLUE_IS_PRODUCTION)
GREEN_WAS_DELETED = live(BLUE_IS_PRODUCTION[:-2])
RELEASE = plan(BLUE_SERVES, Color.BLUE, green="2")
CREATING = {"waiting": {"reason": "ContainerCreating"}}
ENDED = {"terminated": {"exitCode": 0}}
NO_SHELL = {"waiting": {"reason": "RunContainerError", "message": 'exec: "true": executable file not found in $PATH'}}


def not_pulled(message: str, reason: str = "ErrImagePull") -> dict[str, Any]:
    return {"waiting": {"reason": reason, "message": message}}


def pod(*states: Mapping[str, Any], scheduled: str = "True") -> dict[str, Any]:
    condition = {"type": "PodScheduled", "status": scheduled, "message": "0/1 nodes are available"}
    statuses = [{"name": f"image-{number}", "state": state} for number, state in enumerate(states)]
    return {"status": {"conditions": [condition], "containerStatuses": statuses}}


def check(cluster: BriefJobCluster, update: UpdatePlan = RELEASE) -> list[str]:
    """What is said; a second passes from one look to the next."""
    said: list[str] = []
    seconds = map(float, range(1000))
    with (
        mock.patch("cadrart_infra.promotion.pull_check.time.monotonic", side_effect=seconds),
        mock.patch("cadrart_infra.promotion.pull_check.time.sleep"),
    ):
        require_pullable(update, cluster, said.append)  # type: ignore[arg-type]
    return said


def images(cluster: BriefJobCluster) -> Sequence[str]:
    (job,) = cluster.created
    assert cluster.deleted == [job["metadata"]["name"]]
    return [one["image"] for one in job["spec"]["template"]["spec"]["containers"]]


@pytest.mark.parametrize("end", [ENDED, NO_SHELL])
def test_every_new_image_is_pulled_and_the_job_removed(end: Mapping[str, Any]) -> None:
    cluster = BriefJobCluster(None, pod(), pod(CREATING, CREATING), pod(end, CREATING), pod(end, end))

    said = check(cluster)

    assert [one.rpartition(":")[2] for one in images(cluster)] == ["2", "2"]
    assert len(said) == 1
    assert said[0].endswith("pulled once, before anything is changed")


def test_an_image_that_does_not_exist_stops_the_update_at_once() -> None:
    cluster = BriefJobCluster(pod(CREATING, CREATING), pod(ENDED, not_pulled("manifest unknown: not found")))

    with pytest.raises(ImageNotPulled, match="nothing was changed") as refused:
        check(cluster)

    assert "images.green.backend: " in str(refused.value)
    assert "images.green.frontend" not in str(refused.value)
    assert ":2: manifest unknown: not found\n" in str(refused.value)
    assert images(cluster)


def test_a_registry_that_is_away_for_a_moment_is_tried_again() -> None:
    away = not_pulled("dial tcp: i/o timeout")
    cluster = BriefJobCluster(pod(away, away), pod(not_pulled("", "ImagePullBackOff"), away), pod(ENDED, ENDED))

    assert len(check(cluster)) == 1


def test_a_registry_that_stays_away_stops_the_update() -> None:
    again = 'Back-off pulling image "shop/frontend:2": ErrImagePull: dial tcp: i/o timeout'
    cluster = BriefJobCluster(
        pod(not_pulled("dial tcp: i/o timeout"), ENDED), pod(not_pulled(again, "ImagePullBackOff"), ENDED)
    )

    with pytest.raises(ImageNotPulled, match=r"images.green.frontend: shop/frontend:2: dial tcp: i/o timeout\n"):
        check(cluster)


@pytest.mark.parametrize(
    ("seen", "why"),
    [
        (None, "the cluster makes no pod for it"),
        (pod(scheduled="False"), "0/1 nodes are available"),
        (pod(CREATING, CREATING), "it took longer than 300 s"),
    ],
)
def test_where_no_pod_can_try_it_the_update_goes_on_and_says_so(seen: dict[str, Any] | None, why: str) -> None:
    cluster = BriefJobCluster(seen)

    assert check(cluster)[1].endswith(f"could not be tried before the update: {why}")
    assert images(cluster)


def test_a_missing_right_is_said() -> None:
    cluster = BriefJobCluster(None)

    with mock.patch.object(cluster, "create", side_effect=ClusterError("jobs is forbidden")):
        assert check(cluster)[1].endswith("could not be tried before the update: jobs is forbidden")


def test_a_first_install_pulls_each_image_once() -> None:
    cluster, first_install = BriefJobCluster(pod(ENDED, ENDED, ENDED)), plan(live([]), Color.BLUE)

    check(cluster, first_install)

    assert images(cluster) == [first_install.settings.database.image, "shop/frontend:1", "shop/backend:1"]


@pytest.mark.parametrize(
    "update",
    [plan(BLUE_SERVES, Color.GREEN), plan(BLUE_SERVES, Color.BLUE), plan(GREEN_WAS_DELETED, Color.BLUE, green="2")],
    ids=["switch", "nothing", "what was deleted"],
)
def test_nothing_is_pulled_where_no_new_image_comes(update: UpdatePlan) -> None:
    cluster = BriefJobCluster(None)

    assert check(cluster, update) == []
    assert not cluster.created
