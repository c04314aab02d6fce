"""What a colour goes back to where its pods do not get ready for production."""

from typing import Any

from cadrart_infra.model import Color, Environment
from cadrart_infra.promotion.former_pods import FormerPods
from tests.unit.cluster_objects import Object, deployments

BEFORE = {one["metadata"]["name"]: one["spec"]["template"] for one in deployments(Color.GREEN, Environment.STG)}


class Cluster:
    """Keeps what is applied, and under which name."""

    namespace = "cadrart"

    def __init__(self, *live: Object) -> None:
        self.live, self.applied = live, list[tuple[str, Object]]()

    def objects(self, *_kinds: Any, **_selected: str) -> list[Object]:
        return list(self.live)

    def apply(self, manifest: Object, *, manager: str) -> None:
        self.applied.append((manager, manifest))


def written(environment: Environment, release: str = "1") -> list[Object]:
    """Green's Deployments as the provider has written them."""
    found = deployments(Color.GREEN, environment, release)
    for one in found:
        one["metadata"] |= {
            "managedFields": [{"manager": "pulumi-kubernetes-1a", "fieldsV1": {}}, {"manager": "k3s", "fieldsV1": {}}],
            "annotations": {"ateliercadrart.com/turned-at": "after 1", "deployment.kubernetes.io/revision": "7"},
            "resourceVersion": "12",
        }
    return found


def test_what_was_bound_to_production_goes_back_under_the_provider_s_name() -> None:
    cluster = Cluster(*written(Environment.PROD))
    assert FormerPods(cluster, BEFORE).bring_back() == ["frontend-green", "backend-green"]  # type: ignore[arg-type]
    for writer, manifest in cluster.applied:
        assert writer == "pulumi-kubernetes-1a"
        assert manifest["spec"]["template"] == BEFORE[manifest["metadata"]["name"]]
        assert manifest["spec"]["replicas"] == 1
        assert manifest["metadata"]["annotations"] == {"ateliercadrart.com/turned-at": "after 1"}
        assert "resourceVersion" not in manifest["metadata"]


def test_a_release_to_production_goes_back_to_its_image() -> None:
    cluster = Cluster(*written(Environment.STG, "2"))
    assert len(FormerPods(cluster, BEFORE).bring_back()) == 2  # type: ignore[arg-type]


def test_what_is_as_before_or_was_not_there_is_left_alone() -> None:
    for cluster, templates in (
        (Cluster(*written(Environment.STG)), BEFORE),
        (Cluster(*written(Environment.PROD)), {}),
        (Cluster(), BEFORE),
    ):
        assert FormerPods(cluster, templates).bring_back() == []  # type: ignore[arg-type]
        assert cluster.applied == []
