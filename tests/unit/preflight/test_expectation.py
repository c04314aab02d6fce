"""An update that is something else than what it is run for is refused."""

import pytest

from cadrart_infra.model import Color, Environment
from cadrart_infra.plan import UpdatePlan
from cadrart_infra.preflight.expectation import UnexpectedUpdate, require
from tests.unit.cluster_objects import deployments, routed
from tests.unit.plans import BLUE_IS_PRODUCTION, live, plan

NOW = live(BLUE_IS_PRODUCTION)
BY_HAND = live(
    [
        *routed(Color.BLUE, backend_test_proxy={"io.kompose.service": "backend-blue"}),
        *deployments(Color.BLUE, Environment.PROD),
        *deployments(Color.GREEN, Environment.STG),
    ]
)
SWITCH = plan(NOW, Color.GREEN)
RELEASE = plan(NOW, Color.BLUE, green="2")
PRODUCTION_RELEASE = plan(NOW, Color.BLUE, blue="2", green="2")
NOTHING = plan(NOW, Color.BLUE)
REPAIR = plan(BY_HAND, Color.BLUE)
FIRST = plan(live([]), Color.BLUE)


@pytest.mark.parametrize(
    ("update", "expected"),
    [
        (SWITCH, "switch"),
        (RELEASE, "release"),
        (NOTHING, "release"),
        (NOTHING, "nothing"),
        *((update, "") for update in (SWITCH, RELEASE, PRODUCTION_RELEASE, NOTHING, REPAIR, FIRST)),
    ],
)
def test_an_update_that_is_what_it_should_be_goes_on(update: UpdatePlan, expected: str) -> None:
    require(update, expected)


@pytest.mark.parametrize(
    ("update", "expected", "said"),
    [
        (SWITCH, "release", "a switch of production to green"),
        (SWITCH, "nothing", "a switch of production to green"),
        (RELEASE, "switch", "a release to staging"),
        (RELEASE, "nothing", "a release to staging"),
        (PRODUCTION_RELEASE, "release", "a release to production"),
        (NOTHING, "switch", "colours, roles and releases stay as they are"),
        (REPAIR, "release", "a repair of what somebody changed by hand"),
        (REPAIR, "nothing", "a repair of what somebody changed by hand"),
        (FIRST, "release", "a first install"),
        (NOTHING, "anything", "Set it to one of release, switch, nothing"),
    ],
)
def test_any_other_update_is_refused(update: UpdatePlan, expected: str, said: str) -> None:
    with pytest.raises(UnexpectedUpdate, match="nothing was changed") as refused:
        require(update, expected)
    assert said in str(refused.value)
