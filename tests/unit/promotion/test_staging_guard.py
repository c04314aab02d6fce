"""The last look before a colour is bound to staging."""

from typing import Any

import pytest

from cadrart_infra.cluster.errors import ApiError
from cadrart_infra.model import Color
from cadrart_infra.promotion.staging_guard import ServesProduction, StagingGuard
from tests.unit.cluster_objects import FixedKubectl, Object, routed


def check(color: Color, objects: list[Object]) -> None:
    services = [item for item in objects if item["kind"] == "Service"]
    StagingGuard(color, FixedKubectl(services)).check(f"backend-{color}")  # type: ignore[arg-type]


def test_a_color_that_does_not_serve_production_passes() -> None:
    check(Color.GREEN, routed(Color.BLUE))
    check(Color.GREEN, [])


def test_the_color_that_serves_production_is_refused_with_what_to_do() -> None:
    with pytest.raises(ServesProduction) as refused:
        check(Color.BLUE, routed(Color.BLUE))
    said = str(refused.value)
    assert said.startswith(
        "backend-blue was not written: it would bind blue to staging, and blue serves production now"
    )
    assert "pulumi config set activeColor blue && pulumi up" in said


def test_one_proxy_that_leads_to_it_is_enough_also_by_color_alone() -> None:
    half = routed(Color.GREEN, backend_prod_proxy={"io.kompose.service": "backend-blue"})
    with pytest.raises(ServesProduction, match=r"serves production now \(backend-prod-proxy\)"):
        check(Color.BLUE, half)
    with pytest.raises(ServesProduction, match="frontend-prod-proxy"):
        check(Color.GREEN, half)


def test_a_cluster_that_does_not_answer_any_more_is_reported_and_nothing_is_written() -> None:
    class Away:
        namespace = "cadrart"

        def objects(self, *_: Any) -> list[Any]:
            raise ApiError(401, "Unauthorized")

    with pytest.raises(ServesProduction) as refused:
        StagingGuard(Color.BLUE, Away()).check("backend-blue")  # type: ignore[arg-type]
    said = str(refused.value)
    assert said.startswith("backend-blue was not written: the cluster does not say any more who serves production")
    assert "status 401: Unauthorized" in said
    assert "run pulumi up again" in said
