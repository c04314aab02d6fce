"""What stands around the turn of production, put together from the settings and what the cluster does now."""

import asyncio
import functools
from collections.abc import Sequence

import pulumi

from cadrart_infra import naming, traffic, workloads
from cadrart_infra.backup.resource import BackupArgs, BackupBeforeSwitch
from cadrart_infra.cluster.api_server import api_server
from cadrart_infra.cluster.kubectl import ClusterError, Kubectl
from cadrart_infra.components.smoke import SmokeArgs, smoke_test
from cadrart_infra.database_server import root_of
from cadrart_infra.model import Color, Environment
from cadrart_infra.promotion.announcement import Wanted, announcement
from cadrart_infra.promotion.gate import ExpectedWorkload, Gate, GateSpec
from cadrart_infra.promotion.guard import Guard, GuardSpec, TimeBudget
from cadrart_infra.promotion.live import Live
from cadrart_infra.promotion.rollout import Rollout, not_rolled_out
from cadrart_infra.promotion.serving import read_serving, serving_table
from cadrart_infra.promotion.standby import standby
from cadrart_infra.promotion.verdict import Verdict
from cadrart_infra.promotion.watch.resource import ProductionWatch, ProductionWatchArgs
from cadrart_infra.settings import Settings

Resources = Sequence[pulumi.Resource]


class Promotion:
    """Backup, guard, gate, smoke test and watch of one update, and what people are told of it.

    What a setting turns off is not declared: its resources are an empty list.
    """

    def __init__(self, settings: Settings, kubectl: Kubectl, live: Live, namespace: pulumi.Output[str]) -> None:
        self._settings, self._kubectl, self._live, self._namespace = settings, kubectl, live, namespace
        self._active = settings.active_color
        self._images = {color: settings.images.of(color).by_workload() for color in Color}
        self._budget = TimeBudget(settings.promotion.time_budget)
        self._server = functools.cache(lambda: root_of(kubectl))
        self.routing = traffic.routing(self._active)
        """What every proxy selects, and what the record says (see `traffic.routing`)."""
        self.turned_at = live.turned_at(self.routing)
        """When each of them was turned to that."""
        self.standby = standby(
            live,
            self._active,
            self._images[self._active.other],
            warm=settings.standby == "warm",
            hold=settings.promotion.hold,
        )
        """What the inactive colour is for."""

    def bound_at(self, color: Color, environment: Environment) -> dict[str, str]:
        """When each of a colour's Deployments, by name, was bound to the environment, with the image it is to run."""
        return self._live.turned_at(
            {
                naming.workload_name(workload, color): naming.binding(environment, image)
                for workload, image in self._images[color].items()
            }
        )

    def backup(self, after: Resources) -> Resources:
        """Production's database, backed up before a new release can migrate it."""
        settings, backup = self._settings, self._settings.backup
        if not backup.before_switch:
            return []
        args = BackupArgs(
            namespace=self._namespace,
            context=settings.kubernetes.context,
            database=settings.database.production,
            active_color=self._active.value,
            switch_from=self._migrating_switch_from(),
            keep=backup.keep,
            time_limit=backup.time_limit,
        )
        return [BackupBeforeSwitch("backup", args, opts=pulumi.ResourceOptions(depends_on=after))]

    def _migrating_switch_from(self) -> str:
        """The colour that production leaves; empty where nothing can migrate it, and a way back should not wait."""
        leaves = self._live.switch_from(self._active)
        stands_by = self._live.stands_by(self._active, self._images[self._active])
        return leaves.value if leaves and not stands_by else ""

    def guard(self) -> pulumi.ResourceHookBinding:
        """Stands before the first write of a switch."""
        settings = self._settings
        spec = GuardSpec(
            settings.namespace, self._active, settings.database.production, settings.promotion.long_transaction
        )
        verdict = Verdict("switch-guard", Guard(spec, self._live, self._budget, self._server).judge)
        if not pulumi.runtime.is_dry_run():
            verdict.begin()  # while the engine starts its providers
        return verdict.hooks()

    def rollout(
        self, color: Color, wait: int, before: pulumi.ResourceHookBinding | None = None
    ) -> pulumi.ResourceHookBinding:
        """Tells why a colour's pods are not ready after `wait` seconds, besides what stands `before` their writing."""
        hooks = self._rollout(color, wait).hooks()
        if before:
            hooks.before_create, hooks.before_update = before.before_create, before.before_update
        return hooks

    def _rollout(self, color: Color, wait: int) -> Rollout:
        return Rollout(color, self._active, wait, self._kubectl, self._live.read_at)

    def gate(self) -> pulumi.ResourceHookBinding:
        """Stands before everything that turns production."""
        settings, replicas = self._settings, self._settings.replicas.prod
        spec = GateSpec(
            color=self._active,
            database=settings.database.production,
            workloads={
                workload: ExpectedWorkload(image, replicas) for workload, image in self._images[self._active].items()
            },
            successes=settings.gate.successes,
            timeout=settings.gate.timeout,
            rollout=settings.rollout.timeout,
            needs_shell=settings.drain.when_idle,
        )
        words = self._rollout(self._active, settings.rollout.timeout).words
        gate = Gate(spec, self._kubectl, lambda: api_server(self._kubectl), self._server, self._budget, words)
        return Verdict("promotion-gate", gate.judge).hooks()

    def smoke(
        self,
        environment: Environment,
        config: pulumi.Output[str],
        after: Resources,
        hooks: pulumi.ResourceHookBinding | None = None,
    ) -> Resources:
        """The user's smoke command, run against the pods that an environment's proxies are about to lead to."""
        settings, color = self._settings, self._settings.roles.color_of(environment)
        if not settings.gate.smoke_command:
            return []
        args = SmokeArgs(
            command=settings.gate.smoke_command,
            timeout=settings.gate.smoke_timeout,
            namespace=self._namespace,
            context=settings.kubernetes.context,
            color=color,
            environment=environment,
            images=self._images[color],
            config=config,
            turned_at=self.turned_at[traffic.turned_with(environment)],
        )
        return [smoke_test(f"smoke-{environment.spoken}", args, pulumi.ResourceOptions(depends_on=after, hooks=hooks))]

    def watch(self, turned: Resources) -> Resources:
        """Production, watched after it turned."""
        settings = self._settings
        if not settings.promotion.watch:
            return []
        args = ProductionWatchArgs(
            self._namespace,
            settings.kubernetes.context,
            self._active,
            settings.database.production,
            self.turned_at[traffic.turned_with(Environment.PROD)],
            settings.promotion.watch,
        )
        return [ProductionWatch("production-watch", args, opts=pulumi.ResourceOptions(depends_on=turned))]

    def announce(self) -> None:
        """In a preview: what the update means."""
        words = announcement(self._live, Wanted(self._active, self._images, self.standby))
        if words and pulumi.runtime.is_dry_run():
            pulumi.log.info(words)

    def tell_who_serves(self, after: Resources) -> None:
        """At the end of an update, when everything has been written: who serves what, and who does not get ready."""
        if not pulumi.runtime.is_dry_run():
            written = pulumi.Output.all(*(resource.urn for resource in after))
            _told: pulumi.Output[None] = written.apply(lambda _: self._tell_who_serves())

    async def _tell_who_serves(self) -> None:
        expected = [Environment.PROD, self.standby.environment]
        hold = self.standby.words(self._active.other)
        try:
            stuck = await asyncio.to_thread(self._stuck)
            table = serving_table(await asyncio.to_thread(read_serving, self._kubectl, expected))
        except ClusterError as error:
            pulumi.log.warn(f"The update is complete, but the cluster could not be asked who serves what: {error}")
            return
        pulumi.log.info("\n".join(filter(None, [table, hold])))
        if stuck:
            raise pulumi.RunError("\n".join(stuck))

    def _stuck(self) -> list[str]:
        """Words for each Deployment of either colour that does not get ready, whatever the engine thinks of it."""
        wait = self._settings.rollout.timeout
        colors = {name: color for color in Color for name in workloads.deployments(color)}
        with api_server(self._kubectl) as api:
            names = not_rolled_out(api, colors, wait)
        return [self._rollout(colors[name], wait).words(name, written=True) for name in names]
