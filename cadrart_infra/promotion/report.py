"""The report of an update: before it what it means, after it who serves what."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pulumi

from cadrart_infra import workloads
from cadrart_infra.cluster.kubectl import ClusterError, Kubectl
from cadrart_infra.history import failures
from cadrart_infra.model import Color
from cadrart_infra.plan import UpdatePlan
from cadrart_infra.promotion.announcement import announcement, standby_notice
from cadrart_infra.promotion.rollout import Rollout, not_rolled_out
from cadrart_infra.promotion.serving import read_serving, serving_table


@dataclass(frozen=True)
class Report:
    """Reports on one update; `done` is called where it ended well."""

    plan: UpdatePlan
    kubectl: Kubectl
    done: Callable[[], None]

    def announce(self) -> None:
        """In a preview: what the update means."""
        text = announcement(self.plan)
        if text and pulumi.runtime.is_dry_run():
            pulumi.log.info(text)

    def finish(self, after: Sequence[pulumi.Resource]) -> None:
        """At the end of an update, when everything has been written: who serves what, and who does not get ready."""
        if not pulumi.runtime.is_dry_run():
            written = pulumi.Output.all(*(resource.urn for resource in after))
            _finished: pulumi.Output[None] = written.apply(lambda _: self._finish())

    async def _finish(self) -> None:
        plan = self.plan
        expected = set(plan.bindings.values())
        notice = standby_notice(plan.inactive, plan.held_until) if plan.held_until else ""
        try:
            stuck = await asyncio.to_thread(self._stuck)
            table = serving_table(await asyncio.to_thread(read_serving, self.kubectl, expected))
        except ClusterError as error:
            pulumi.log.warn(f"The update is complete, but the cluster could not be asked who serves what: {error}")
            self.done()
            return
        pulumi.log.info("\n".join(filter(None, [table, notice])))
        if stuck:
            failures.note("\n".join(stuck))
            raise pulumi.RunError("\n".join(stuck))
        self.done()

    def _stuck(self) -> list[str]:
        """What is wrong with each Deployment of either colour that does not get ready, whatever the engine thinks."""
        plan, wait = self.plan, self.plan.settings.rollout.timeout
        colors = {name: color for color in Color for name in workloads.deployments(color)}
        names = not_rolled_out(self.kubectl, colors, wait)
        rollouts = {name: Rollout(colors[name], plan.active, wait, self.kubectl, plan.live.read_at) for name in names}
        return [rollout.report(name, written=True) for name, rollout in rollouts.items()]
