"""Refuses an image for production that staging has not run, unless the stack allows it."""

from cadrart_infra import naming
from cadrart_infra.plan import UpdatePlan
from cadrart_infra.user_errors import UserError

_ALLOW = "pulumi config set --path promotion.allowUntested true"


class UntestedRelease(UserError):
    """Production would get an image that staging has not run; nothing was changed."""


def require_tested(plan: UpdatePlan) -> None:
    """Raises UntestedRelease for a new image of the colour that serves production after the update.

    A first install is none, nor is an image that production has run before, as far as the history knows.
    """
    if plan.settings.promotion.allow_untested or not plan.releases.untested:
        return
    active = plan.active
    lines = "\n".join(
        f"  images.{active}.{workload}: {naming.release_of(change.before)} → {naming.release_of(change.after)}"
        for workload, change in plan.releases.untested.items()
    )
    raise UntestedRelease(
        f"{active} would serve production with a release that staging has not run; nothing was changed.\n{lines}\n"
        f"  {_remedy(plan)}\n"
        f"  For a hotfix that cannot wait, with the backup, the gate and the watch of a switch: {_ALLOW}"
    )


def _remedy(plan: UpdatePlan) -> str:
    active, serves = plan.active, plan.roles.served_by
    if plan.roles.is_switch and serves:
        return (
            f"Bring it to staging first, and switch when it has shown itself there: pulumi config set activeColor "
            f"{serves} && pulumi up && pulumi config set activeColor {active} && pulumi up"
        )
    return f"Release it to staging's colour, {plan.inactive}, and switch to that: set images.{plan.inactive} instead"
