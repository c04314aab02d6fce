"""Pods that the cluster would refuse: found before anything is changed, and asked for only where pods are replaced."""

import pytest

from cadrart_infra import naming, workloads
from cadrart_infra.cluster.errors import ApiError, ClusterError
from cadrart_infra.cluster.kinds import Kind
from cadrart_infra.model import Color
from cadrart_infra.plan import UpdatePlan
from cadrart_infra.promotion.admission_check import PodsRefused, SwitchRefused, require_admitted, require_switchable
from cadrart_infra.update.new_pods import new_pods
from tests.unit.admission import Cluster, installed
from tests.unit.cluster_objects import Object

LIMITED = "maximum memory usage per Container is 256Mi, but limit is 1Gi"
QUOTA = "exceeded quota: all, requested: pods=1, used: pods=6, limited: pods=6"


class Proxies(Cluster):
    """Refuses changes with this; `may_change`: whether the account has the right."""

    def __init__(self, error: ApiError | None = None, *, may_change: bool = True) -> None:
        super().__init__(error)
        self.may_change = may_change

    def refused_change(self, kind: Kind, name: str, change: Object) -> ApiError | None:
        self.asked.append({"kind": kind.name, "name": name, **change})
        assert isinstance(self.error, ApiError | None)
        return self.error

    def review(self, *_: object) -> Object:
        return super().review() if self.may_change else {"status": {"resourceRules": [], "allowed": False}}


@pytest.fixture(autouse=True)
def _asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cadrart_infra.promotion.admission_check._SECONDS", 0)


def require(of: UpdatePlan, cluster: Cluster, copy: str | None = "") -> list[str]:
    reported: list[str] = []
    require_admitted(new_pods(of, copy), cluster, [], reported.append)  # type: ignore[arg-type]
    return reported


def test_nothing_is_asked_where_no_pod_is_replaced() -> None:
    cluster = Cluster(ApiError(403, LIMITED))
    assert require(installed(), cluster) == []
    assert cluster.asked == []


def test_a_switch_asks_for_a_pod_of_each_deployment() -> None:
    cluster = Cluster()
    assert require(installed(Color.GREEN), cluster) == []
    assert sorted(cluster.names) == ["backend-blue-", "backend-green-", "frontend-blue-", "frontend-green-"]
    green = next(one for one in cluster.asked if one["metadata"]["generateName"] == "backend-green-")
    assert green["metadata"]["labels"]["ateliercadrart.com/environment"] == "prod"
    (container,) = green["spec"]["containers"]
    assert all(isinstance(one.get("value", ""), str) for one in container["env"])
    assert {one["persistentVolumeClaim"]["claimName"] for one in green["spec"]["volumes"]} >= {"static-volume"}


def test_another_limit_is_asked_for_in_both_colours_of_the_workload() -> None:
    cluster = Cluster(ApiError(403, LIMITED))
    with pytest.raises(PodsRefused) as refusal:
        require(installed(resources={"backend": {"memoryLimit": "1Gi"}}), cluster)
    assert str(refusal.value).splitlines() == [
        "The cluster would refuse new pods of this update; nothing was changed.",
        f"  backend-blue: {LIMITED}",
        f"  backend-green: {LIMITED}",
        "  Correct the setting, or what refuses them in the namespace, and run pulumi up again.",
    ]


def test_a_copy_asks_for_the_pods_that_are_replaced_with_it() -> None:
    """Nothing else of them changes; what does not use the database goes on."""
    cluster = Cluster(ApiError(403, LIMITED))
    with pytest.raises(PodsRefused, match="backend-green: maximum memory"):
        require(installed(), cluster, copy=None)
    assert cluster.names == ["backend-green-"]


def test_pods_of_another_copy_than_the_one_that_is_there_are_asked_for() -> None:
    """A sync that was made, and an update that ended before its pods were."""
    cluster, of = Cluster(), installed()
    of.live.templates["backend-green"]["metadata"]["annotations"] = {naming.COPY: "the first"}
    assert require(of, cluster, copy="the first") == []
    assert cluster.asked == []
    assert require(of, cluster, copy="the second") == []
    assert cluster.names == ["backend-green-"]


@pytest.mark.parametrize(("now", "asked"), [(0, ["backend-blue-"]), (1, []), (2, [])])
def test_a_deployment_that_was_scaled_down_makes_a_pod_again(now: int, asked: list[str]) -> None:
    cluster, of = Cluster(), installed()
    (live,) = [one for one in of.live.serving if one["metadata"]["name"] == "backend-blue"]
    live["spec"]["replicas"] = now
    assert require(of, cluster) == []
    assert cluster.names == asked


def test_a_quota_that_is_full_now_is_reported_and_not_refused() -> None:
    (reported,) = require(installed(resources={"backend": {"memoryLimit": "1Gi"}}), Cluster(ApiError(403, QUOTA)))
    assert reported.startswith("backend-blue and backend-green: a quota has no room for one pod more now")
    assert reported.endswith(QUOTA)


@pytest.mark.parametrize(
    "error", [ApiError(400, 'admission webhook "a" does not support dry run'), ClusterError("no answer")]
)
def test_what_cannot_be_known_is_reported_once(error: ClusterError) -> None:
    (reported,) = require(installed(resources={"backend": {"memoryLimit": "1Gi"}}), Cluster(error))
    both = "backend-blue and backend-green"
    assert (
        reported
        == f"Whether the cluster would make new pods of {both} could not be asked: {getattr(error, 'said', error)}"
    )


def switchable(of: UpdatePlan, cluster: Proxies) -> list[str]:
    reported: list[str] = []
    require_switchable(of.routes, cluster, reported.append)  # type: ignore[arg-type]
    return reported


def test_what_a_switch_writes_is_asked_for_and_nothing_else() -> None:
    cluster = Proxies()
    assert switchable(installed(), cluster) == []
    assert cluster.asked == []
    assert switchable(installed(Color.GREEN), cluster) == []
    asked = {one.pop("name"): one for one in cluster.asked}
    proxies = {f"{workload}-{environment}-proxy" for workload in workloads.names() for environment in ("prod", "test")}
    assert asked.keys() == proxies | {"environment-config"}
    assert asked["environment-config"]["data"] == {"COLOR_PROD": "green", "COLOR_TEST": "blue"}
    assert asked["backend-prod-proxy"]["spec"]["selector"][naming.SERVICE_LABEL] == "backend-green"


def test_a_proxy_that_may_not_be_written_refuses_a_switch_before_it_begins() -> None:
    with pytest.raises(SwitchRefused) as refusal:
        switchable(installed(Color.GREEN), Proxies(ApiError(422, "denied by policy frozen")))
    first, *lines, last = str(refusal.value).splitlines()
    assert first == "The cluster would refuse what this update switches; nothing was changed."
    assert "  backend-prod-proxy: denied by policy frozen" in lines
    assert last == "  Correct the setting, or what refuses them in the namespace, and run pulumi up again."


@pytest.mark.parametrize(
    ("cluster", "reported"),
    [
        (Proxies(ApiError(404, "not found")), 0),
        (Proxies(ApiError(403, "forbidden"), may_change=False), 0),
        (Proxies(ApiError(400, 'admission webhook "a" does not support dry run')), 5),
    ],
)
def test_what_will_be_made_or_may_not_be_asked_is_no_refusal(cluster: Proxies, reported: int) -> None:
    assert len(switchable(installed(Color.GREEN), cluster)) == reported
