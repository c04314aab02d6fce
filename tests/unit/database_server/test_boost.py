import pytest

from cadrart_infra.database_server.boost import Boost
from cadrart_infra.database_server.quantities import amount, larger


@pytest.mark.parametrize(
    ("now", "raised"),
    [
        ({"cpu": "100m", "memory": "512Mi"}, {"cpu": "1", "memory": "1Gi"}),
        ({"cpu": "2", "memory": "512Mi"}, {"memory": "1Gi"}),
        ({"cpu": "1000m", "memory": "1024Mi"}, {}),
        ({"memory": "512Mi"}, {"memory": "1Gi"}),
        ({}, {}),
    ],
)
def test_limits_are_raised_and_never_lowered_or_made(now: dict[str, str], raised: dict[str, str]) -> None:
    assert Boost("1", "1Gi").raised(now) == raised
    assert Boost().raised(now) == {}


def test_a_boost_is_read_back_from_its_annotation() -> None:
    assert Boost.parse(Boost("1", "").as_text()) == Boost("1", "")
    assert Boost.parse("") == Boost.parse("no json") == Boost()


def test_quantities() -> None:
    assert [int(amount(one) * 1000) for one in ("250m", "2", "1.5", "1k", "1Ki", "1Mi")] == [
        250,
        2000,
        1500,
        10**6,
        1024000,
        1024 * 1024000,
    ]
    assert larger("1", "999m")
    assert not larger("1Gi", "1024Mi")
