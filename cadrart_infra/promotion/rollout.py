"""The report where a colour's pods do not get ready: what they show, what stays as it was, what to do."""

import textwrap
from dataclasses import dataclass
from datetime import datetime

import pulumi

from cadrart_infra.cluster.errors import ClusterError
from cadrart_infra.cluster.kinds import CONFIG_MAP, DEPLOYMENT, SERVICE, key_of
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.cluster.pods import of_deployment
from cadrart_infra.drift.declared_objects import Edits, no_edits
from cadrart_infra.history import failures
from cadrart_infra.hooks import in_thread
from cadrart_infra.live import live_of
from cadrart_infra.model import Color
from cadrart_infra.promotion.former_pods import FormerPods
from cadrart_infra.promotion.migrating_pods import MigratingPods
from cadrart_infra.promotion.pod_diagnosis import logs_command, name_service_problems, server_problems, why_not_ready
from cadrart_infra.promotion.slow_pods import SlowPods

_TIMED_OUT = "timed out waiting to be Ready"
"""How the provider's own error says it; every other failure of a write speaks for itself."""


@dataclass(frozen=True)
class Rollout:
    """A colour's Deployments that are to be ready `wait` seconds after they were written."""

    color: Color
    active: Color
    """The colour that the settings want as production."""
    wait: int
    kubectl: Kubectl
    began: datetime
    starting: MigratingPods | None = None
    """How pods that migrate are waited for; None where they do not."""
    former: FormerPods | None = None
    """What the colour goes back to."""
    edits: Edits = no_edits
    """What somebody changed of Deployments meanwhile."""

    def hooks(self) -> pulumi.ResourceHookBinding:
        """Hooks that say what keeps pods, wait for those that migrate, and report those that are not ready in time."""
        slow = SlowPods(self.wait, self.kubectl, self.began, self.edits, pulumi.log.warn)
        watched = slow.hook(f"slow-pods-of-{self.color}")
        report = pulumi.ErrorHook(f"rollout-of-{self.color}", self._report_failure)
        return pulumi.ResourceHookBinding(before_create=[watched], before_update=[watched], on_error=[report])

    async def _report_failure(self, args: pulumi.ErrorHookArgs) -> bool:
        if not any(_TIMED_OUT in error for error in args.errors):
            return False
        # What was created cannot be created once more; an empty database is migrated in no time.
        settle = self.settle if args.failed_operation == "update" else self.report
        report = await in_thread(settle, args.name)
        if not report:
            return True  # the engine writes it once more, and finds it ready
        failures.note(report)
        pulumi.log.error(report)
        return False

    def settle(self, deployment: str) -> str:
        """Nothing to say where the pods get ready after all; otherwise the report, with the colour as it was before."""
        if self.starting and self.starting.wait_until_ready(deployment):
            return ""
        report = self.report(deployment)
        try:
            back = self.former.bring_back() if self.former else []
        except ClusterError as error:
            return f"{report}\n  Its pods go on trying: they could not be brought back to what they were: {error}"
        if not back:
            return report
        return f"{report}\n  So that nothing goes on trying, what ran before comes back: {', '.join(back)}"

    def report(self, deployment: str, *, written: bool = False) -> str:
        """What is wrong with a Deployment's pods, as the cluster says it.

        `written`: whether everything was written before that was found.
        """
        try:
            found = self._look(deployment)
        except ClusterError as error:
            found = _Found(None, [f"the cluster could not be asked why: {error}"])
        production = found.production
        # What becomes staging rolls last: in a switch, production has another colour by then.
        as_before = " as before" if self.color is self.active and not written else ""
        served = f", production is served by {production}{as_before}" if production else ""
        done = "everything was written" if written else "no traffic was switched to it"
        turns = production and production is not self.active
        back = f", or go back: pulumi config set activeColor {production} && pulumi up" if turns else ""
        if found.gone:
            return (
                f"Deployment {deployment} is not there any more: somebody deleted it while the update ran; "
                f"{done}{served}.\n  Run pulumi up again, which makes it again{back}"
            )
        return "\n".join(
            [
                f"{deployment} did not get ready within {self.wait} seconds; {done}{served}.",
                textwrap.indent("\n".join(found.problems), "  "),
                f"  Look at it with: kubectl -n {self.kubectl.namespace} describe pods -l {of_deployment(deployment)} "
                f"and: {logs_command(self.kubectl.namespace, deployment)}",
                f"  Fix {self.color} and run pulumi up again{back}",
            ]
        )

    def _look(self, deployment: str) -> "_Found":
        objects = self.kubectl.objects(SERVICE, CONFIG_MAP, DEPLOYMENT)
        production = live_of(objects).production
        mine = [one for one in objects if key_of(one) == f"deployment/{deployment}"]
        if not mine:
            return _Found(production, [], gone=True)
        problems = [
            *self.edits(mine),
            *server_problems(self.kubectl, self.began, 0),
            *name_service_problems(self.kubectl),
            *why_not_ready(self.kubectl, deployment, self.began),
        ]
        return _Found(production, problems)


@dataclass(frozen=True)
class _Found:
    """What the cluster shows of a Deployment that is not ready, and which colour serves production."""

    production: Color | None
    problems: list[str]
    gone: bool = False
