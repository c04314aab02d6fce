"""Compares an update with CADRART_EXPECT, so that a stale checkout cannot turn a release into a switch."""

from enum import StrEnum

from cadrart_infra.plan import Kind, UpdatePlan
from cadrart_infra.user_errors import UserError

VARIABLE = "CADRART_EXPECT"
"""Environment variable with one of the expectations; empty or missing: the update may be anything."""


class Expectation(StrEnum):
    """The values of CADRART_EXPECT. Other settings may change objects in any case."""

    RELEASE = "release"
    """New images for staging's colour; production keeps its colour and its images."""
    SWITCH = "switch"
    """Production switches to the active colour."""
    NOTHING = "nothing"
    """Colours, roles and releases stay as they are."""


class UnexpectedUpdate(UserError):
    """The update would be another one than expected; nothing was changed."""


def require(plan: UpdatePlan, expected: str) -> None:
    """Raises UnexpectedUpdate unless the update is what is `expected`."""
    if expected and expected not in list(Expectation):
        raise UnexpectedUpdate(
            f"{VARIABLE} is {expected!r}; nothing was changed. Set it to one of {', '.join(Expectation)}, or to none."
        )
    if expected and not _fits(plan, Expectation(expected)):
        raise UnexpectedUpdate(
            f"{VARIABLE} is {expected}, but this update is {_described(plan)}; nothing was changed. "
            f"Bring the checkout up to date, or run it without {VARIABLE} if it is meant."
        )


def _fits(plan: UpdatePlan, expected: Expectation) -> bool:
    match expected:
        case Expectation.SWITCH:
            return plan.kind is Kind.SWITCH
        case Expectation.RELEASE:  # one that is there already changes nothing
            return plan.kind in (Kind.RELEASE, Kind.NOTHING) and not plan.releases.changes[plan.active]
        case Expectation.NOTHING:
            return plan.kind is Kind.NOTHING


def _described(plan: UpdatePlan) -> str:
    if plan.kind is Kind.RELEASE and plan.releases.changes[plan.active]:
        return "a release to production"
    return {
        Kind.FIRST_INSTALL: "a first install",
        Kind.SWITCH: f"a switch of production to {plan.active}",
        Kind.RELEASE: "a release to staging",
        Kind.REPAIR: "a repair of what somebody changed by hand",
        Kind.NOTHING: "none: colours, roles and releases stay as they are",
    }[plan.kind]
