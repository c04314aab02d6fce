"""What a deployment may do: only what the merged pull request's preview showed."""

from pathlib import Path

import pytest

from cadrart_infra.cli.deployment import NotApproved, approved, expected, require_approval
from cadrart_infra.cli.forecast import Forecast
from cadrart_infra.cli.preview_report import Approval, PreviewReport, approval_in, comment_marker, comment_text
from cadrart_infra.model import Color
from tests.unit.plans import BLUE_IS_PRODUCTION, live, plan

LIVE = live(BLUE_IS_PRODUCTION)
SWITCH = Forecast(plan(LIVE, Color.GREEN))
RELEASE = Forecast(plan(LIVE, Color.BLUE, green="2"))
HOTFIX = Forecast(plan(LIVE, Color.BLUE, blue="2"))
NOTHING = Forecast(plan(LIVE, Color.BLUE), {"Ingress a": "update"})


def seen(*purposes: str, risky: tuple[str, ...] = ()) -> Approval:
    return Approval(frozenset(purposes), frozenset(risky))


@pytest.mark.parametrize(
    ("forecast", "approval"),
    [
        (SWITCH, seen("switch to green")),
        (RELEASE, seen("release")),
        (HOTFIX, seen("release to production")),
        (NOTHING, seen()),
        (Forecast(NOTHING.plan, {"Job a": "replace"}), seen("nothing", risky=("Job a",))),
    ],
)
def test_what_was_shown_passes(forecast: Forecast, approval: Approval) -> None:
    require_approval(forecast, approval)


@pytest.mark.parametrize(
    ("forecast", "approval"),
    [
        (SWITCH, seen()),
        (SWITCH, seen("switch to blue")),
        (HOTFIX, seen("release")),
        (RELEASE, seen("nothing")),
        (Forecast(NOTHING.plan, {"Job a": "delete"}), seen("nothing")),
        (Forecast(NOTHING.plan, {"Job a": "delete-replaced"}), seen("nothing", risky=("Job b",))),
    ],
)
def test_what_nobody_saw_is_refused(forecast: Forecast, approval: Approval) -> None:
    with pytest.raises(NotApproved, match="nothing was changed"):
        require_approval(forecast, approval)


def test_the_program_is_told_what_was_approved() -> None:
    assert [expected(one) for one in (SWITCH, RELEASE, NOTHING, HOTFIX)] == ["switch", "release", "nothing", ""]


def test_a_deployment_that_no_workflow_runs_has_no_approval() -> None:
    assert approved(Path(), "prod", {}) == Approval()


def test_two_merges_that_are_deployed_together_approve_together() -> None:
    one, other = (
        f"{comment_marker('prod')}\n{comment_text(PreviewReport('prod', each))}" for each in (SWITCH, NOTHING)
    )
    assert (approval_in(one) | approval_in(other)).purposes == {"switch to green", "nothing"}
