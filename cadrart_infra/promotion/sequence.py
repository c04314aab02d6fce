"""What stands around a promotion, put together from the settings and the plan of the update."""

import functools
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s

from cadrart_infra import naming, traffic, workloads
from cadrart_infra.backup.resource import BackupArgs, BackupBeforeSwitch
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.components.smoke import SmokeArgs, smoke_test
from cadrart_infra.database_server.connection import root_of
from cadrart_infra.history.entry import REPLACES, Job
from cadrart_infra.migration.operations import is_migrating
from cadrart_infra.migration.resource import Migration, MigrationArgs
from cadrart_infra.model import Color, Environment
from cadrart_infra.mysql.root_client import RootClient
from cadrart_infra.plan import UpdatePlan
from cadrart_infra.promotion.first_pod import FirstPod
from cadrart_infra.promotion.former_pods import FormerPods
from cadrart_infra.promotion.gate import ExpectedWorkload, Gate, GateSpec
from cadrart_infra.promotion.guard import Guard, GuardSpec
from cadrart_infra.promotion.production import Production
from cadrart_infra.promotion.rolled_out import require_rolled_out
from cadrart_infra.promotion.rollout import Rollout
from cadrart_infra.promotion.shared_check import SharedCheck
from cadrart_infra.promotion.staging_guard import StagingGuard
from cadrart_infra.promotion.starting_pods import StartingPods
from cadrart_infra.promotion.time_budget import TimeBudget
from cadrart_infra.promotion.turn_times import turn_times
from cadrart_infra.promotion.watch.resource import ProductionWatch, ProductionWatchArgs

Resources = Sequence[pulumi.Resource]

_FRESH = 10.0
"""Seconds for which what the guard saw holds: a backup or a restart of the server before the first write takes more.
So does what the gate saw of pods that were there when the update began."""


@dataclass(frozen=True, kw_only=True)
class PromotionArgs:
    """The update that is promoted; `options`: of every resource here."""

    plan: UpdatePlan
    kubectl: Kubectl
    namespace: pulumi.Output[str]
    options: pulumi.ResourceOptions


class Promotion:
    """Backup, guard, gate, smoke test and watch of one update.

    What a setting turns off is not declared: its resources are an empty list.
    """

    def __init__(self, args: PromotionArgs) -> None:
        self._plan, self._settings = args.plan, args.plan.settings
        self._kubectl, self._namespace, self._options = args.kubectl, args.namespace, args.options
        self._context = self._settings.kubernetes.context
        self._budget = TimeBudget(self._settings.promotion.time_budget)

    def backup(self, after: Resources) -> Resources:
        """Production's database, backed up before a new release can migrate it."""
        plan, backup = self._plan, self._settings.backup
        if not backup.before_switch:
            return []
        args = BackupArgs(
            namespace=self._namespace,
            context=self._context,
            database=self._settings.database.production,
            active_color=plan.active.value,
            switch_from=plan.migrates_from.value if plan.migrates_from else "",
            release=plan.releases_to_production,
            goes_back=plan.goes_back,
            keep=backup.keep,
            time_limit=backup.time_limit,
            verify=backup.verify,
        )
        return [BackupBeforeSwitch("backup", args, opts=self._after(after))]

    def migration(
        self,
        environment: Environment,
        pod: k8s.core.v1.PodSpecArgs,
        after: Resources,
        *,
        guard: pulumi.ResourceHookBinding | None = None,
        copy: pulumi.Input[str] = "",
    ) -> Resources:
        """The migrations of the release that comes to an environment, before its pods start; none where they migrate.

        `copy`: what tells staging's copy from every other one.
        """
        settings, plan = self._settings, self._plan
        color = settings.roles.color_of(environment)
        if not settings.migration.command or plan.bindings[color] is not environment:
            return []
        args = MigrationArgs(
            namespace=self._namespace,
            context=self._context,
            environment=environment,
            color=color,
            database=settings.database.of(environment),
            image=plan.images[color][workloads.migrating().name],
            command=settings.migration.command,
            time_limit=settings.migration.time_limit,
            pod=pod,
            takes_over=plan.brings_migrations if environment is Environment.PROD else "",
            restored=self._restored() if environment is Environment.PROD else "",
            copy=copy,
        )
        hooks = self._with_budget_after(guard) if guard else None
        return [Migration(f"migration-{environment.spoken}", args, opts=self._after(after, hooks))]

    def _restored(self) -> str:
        """When a backup took production's place last; empty where none did, or one was looked at since."""
        restore = self._plan.history.latest.get(Job.RESTORE)
        return restore.began if restore and restore.facts.get(REPLACES) else ""

    def _with_budget_after(self, guard: pulumi.ResourceHookBinding) -> pulumi.ResourceHookBinding:
        """The migration has a time limit of its own, and the switch's time begins with the pods after it."""
        hook = pulumi.ResourceHook("time-budget-after-migration", lambda _: self._budget.restart())
        after = pulumi.ResourceHookBinding(after_create=[hook], after_update=[hook])
        return pulumi.ResourceHookBinding.merge(guard, after)

    def guard(self) -> pulumi.ResourceHookBinding:
        """Stands before the first write of a switch."""
        if not pulumi.runtime.is_dry_run():
            self._guarded.begin()  # while the engine starts its providers
        return pulumi.ResourceHookBinding.merge(self._guarded.hooks(), self._gate_is_asked_anew())

    def _gate_is_asked_anew(self) -> pulumi.ResourceHookBinding:
        """A Deployment of the active colour is written after all: what the gate saw is not what will serve."""
        hook = pulumi.ResourceHook("gate-is-asked-anew", lambda _: self._gated.forget())
        return pulumi.ResourceHookBinding(before_create=[hook], before_update=[hook])

    def staging_guard(self) -> pulumi.ResourceHookBinding | None:
        """Stands before everything that binds the inactive colour to staging; None where it is kept for production."""
        if self._plan.bindings[self._plan.inactive] is not Environment.STG:
            return None
        return StagingGuard(self._plan.inactive, self._kubectl).hooks()

    def staging_ready(self) -> pulumi.ResourceHookBinding | None:
        """Stands before what meets staging's new pods, and lets it pass when they are ready; None where there are none.

        The engine may say so before (see `not_rolled_out`), and testers would meet nobody.
        """
        plan, wait = self._plan, self._settings.rollout.timeout
        rolling = [name for name in workloads.deployments(plan.inactive) if name in plan.rolls]
        if plan.bindings[plan.inactive] is not Environment.STG or not rolling:
            return None
        settle = self._rollout(plan.inactive, wait).settle
        check = functools.partial(require_rolled_out, self._kubectl, rolling, wait, settle)
        return SharedCheck("staging-is-ready", check).hooks()

    def rollout(
        self, color: Color, wait: int, before: pulumi.ResourceHookBinding | None = None
    ) -> pulumi.ResourceHookBinding:
        """Reports a colour's pods that are not ready after `wait` seconds, and keeps what stands `before` them."""
        hooks = self._rollout(color, wait).hooks()
        if before:
            hooks.before_create, hooks.before_update = before.before_create, before.before_update
        first = self._first_pod(color, wait)
        return pulumi.ResourceHookBinding.merge(hooks, first) if first else hooks

    def _first_pod(self, color: Color, wait: int) -> pulumi.ResourceHookBinding | None:
        """None where a colour has one pod of what migrates, or something else migrates."""
        settings, environment = self._settings, self._plan.bindings[color]
        if settings.migration.command or settings.replicas.of(environment) == 1:
            return None
        name = naming.workload_name(workloads.migrating().name, color)
        return FirstPod(name, wait, self._kubectl, self._rollout(color, wait).report).hooks()

    def gate(self) -> pulumi.ResourceHookBinding:
        """Stands before the smoke command, or before all that sends production's traffic to the active colour.

        Pods that stand by are looked at at once, while the engine starts its providers.
        """
        if self._plan.is_switch and self._plan.stands_by and not pulumi.runtime.is_dry_run():
            self._gated.begin()
        return self._gated.hooks()

    def gate_after_smoke(self, gate: pulumi.ResourceHookBinding) -> pulumi.ResourceHookBinding:
        """Stands before the switch of production's traffic: a long smoke command makes what the gate saw old."""
        if not self._settings.gate.smoke_command:
            return gate
        return SharedCheck("promotion-gate-after-smoke", self._gate.check).hooks()

    def smoke(
        self,
        environment: Environment,
        config: pulumi.Output[str],
        after: Resources,
        hooks: pulumi.ResourceHookBinding | None = None,
    ) -> Resources:
        """The user's smoke command, run against the pods that an environment's proxies are about to lead to."""
        gate, color = self._settings.gate, self._settings.roles.color_of(environment)
        if not gate.smoke_command:
            return []
        args = SmokeArgs(
            command=gate.smoke_command,
            timeout=gate.smoke_timeout,
            namespace=self._namespace,
            context=self._context,
            color=color,
            environment=environment,
            images=self._plan.images[color],
            config=config,
            turned_at=turn_times(self._plan)[traffic.turned_with(environment)],
        )
        return [smoke_test(f"smoke-{environment.spoken}", args, self._after(after, hooks))]

    def watch(self, switched: Resources) -> Resources:
        """Production, watched after its traffic was switched."""
        seconds = self._settings.promotion.watch
        if not seconds:
            return []
        args = ProductionWatchArgs(
            namespace=self._namespace,
            context=self._context,
            color=self._plan.active,
            database=self._settings.database.production,
            turned_at=turn_times(self._plan)[traffic.turned_with(Environment.PROD)],
            seconds=seconds,
            release=self._plan.releases_to_production,
        )
        return [ProductionWatch("production-watch", args, opts=self._after(switched))]

    @functools.cached_property
    def _guarded(self) -> SharedCheck:
        return SharedCheck("switch-guard", self._guard.check, _FRESH, pulumi.log.warn)

    @functools.cached_property
    def _gated(self) -> SharedCheck:
        return SharedCheck("promotion-gate", self._check_gate, _FRESH)

    def _check_gate(self) -> str:
        """After the guard: how production was when the switch began is a measure for the gate."""
        self._guarded.wait()
        return self._gate.check()

    @functools.cached_property
    def _guard(self) -> Guard:
        settings, plan = self._settings, self._plan
        spec = GuardSpec(
            namespace=settings.namespace,
            active=plan.active,
            database=settings.database.production,
            long_transaction=settings.promotion.long_transaction,
            release=plan.releases_to_production,
            goes_back=plan.goes_back,
        )
        server, production = (lambda: self._server), self._production.problems
        return Guard(spec, plan.live, self._budget, server, production, self._is_migrating)

    def _is_migrating(self) -> bool:
        return bool(self._settings.migration.command) and is_migrating(self._kubectl)

    @functools.cached_property
    def _gate(self) -> Gate:
        settings, color = self._settings, self._plan.active
        spec = GateSpec(
            color=color,
            database=settings.database.production,
            workloads={
                workload: ExpectedWorkload(image, settings.replicas.prod, self._plan.tested_as(workload))
                for workload, image in self._plan.images[color].items()
            },
            successes=settings.gate.successes,
            timeout=settings.gate.timeout,
            rollout=settings.rollout.timeout,
            needs_shell=settings.drain.when_idle,
        )
        not_ready = self._rollout(color, settings.rollout.timeout).settle
        return Gate(spec, self._kubectl, lambda: self._server, self._budget, not_ready, self._former_production)

    def _former_production(self) -> list[str]:
        """What is wrong with production while the former colour serves it, where nothing was when the switch began."""
        return self._production.problems() if self._guard.served_well else []

    @functools.cached_property
    def _production(self) -> Production:
        return Production(self._kubectl, self._settings.database.production)

    @functools.cached_property
    def _server(self) -> RootClient:
        return root_of(self._kubectl)

    def _rollout(self, color: Color, wait: int) -> Rollout:
        plan = self._plan
        former = self._former_pods if color is plan.active else None
        return Rollout(color, plan.active, wait, self._kubectl, plan.live.read_at, self._starting(wait), former)

    def _starting(self, wait: int) -> StartingPods | None:
        migration = self._settings.migration
        if migration.command or migration.time_limit <= wait:
            return None
        limit = migration.time_limit - wait
        return StartingPods(self._kubectl, lambda: self._server, self._budget, limit, pulumi.log.info)

    @functools.cached_property
    def _former_pods(self) -> FormerPods:
        """What the active colour goes back to where production does not get it: for no other update."""
        plan = self._plan
        if not plan.is_switch and not plan.releases_to_production:
            return FormerPods(self._kubectl)
        names = workloads.deployments(plan.active)
        return FormerPods(self._kubectl, {one: plan.live.templates[one] for one in names if one in plan.live.templates})

    def _after(self, resources: Resources, hooks: pulumi.ResourceHookBinding | None = None) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions.merge(
            self._options, pulumi.ResourceOptions(depends_on=list(resources), hooks=hooks)
        )
