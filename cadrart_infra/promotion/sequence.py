"""The steps of a promotion and the hooks between them, from the settings and the plan."""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from cadrart_infra import naming, traffic, workloads
from cadrart_infra.backup.resource import BackupArgs, BackupBeforeSwitch
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.components.smoke import SmokeArgs, smoke_test
from cadrart_infra.drift.declared_objects import Edits, no_edits
from cadrart_infra.hooks import before_writes
from cadrart_infra.migration.resource import Migration, MigrationArgs
from cadrart_infra.model import Color, Environment
from cadrart_infra.plan import UpdatePlan
from cadrart_infra.promotion.checks import PromotionChecks
from cadrart_infra.promotion.first_pod import FirstPod
from cadrart_infra.promotion.rollout_status import require_rolled_out
from cadrart_infra.promotion.shared_check import SharedCheck
from cadrart_infra.promotion.staging_guard import StagingGuard
from cadrart_infra.promotion.switch_times import switch_times
from cadrart_infra.promotion.watch.resource import ProductionWatch, ProductionWatchArgs

Resources = Sequence[pulumi.Resource]


@dataclass(frozen=True, kw_only=True)
class PromotionArgs:
    """The update that is promoted; `options`: of every resource here.

    `edits`: what somebody changed of Deployments while it runs.
    """

    plan: UpdatePlan
    kubectl: Kubectl
    namespace: pulumi.Output[str]
    options: pulumi.ResourceOptions
    edits: Edits = no_edits


class Promotion:
    """Backup, migration, guard, gate, smoke test and watch of one update: the resources, and the hooks before them.

    What a setting turns off is not declared: its resources are an empty list.
    """

    def __init__(self, args: PromotionArgs) -> None:
        self._plan, self._settings = args.plan, args.plan.settings
        self._kubectl, self._namespace, self._options = args.kubectl, args.namespace, args.options
        self._context = self._settings.kubernetes.context
        self._checks = PromotionChecks(args.plan, args.kubectl, args.edits)

    def backup(self, after: Resources) -> Resources:
        """Production's database, backed up before a new release can migrate it; an older one finds it migrated."""
        plan, backup = self._plan, self._settings.backup
        if not backup.before_switch:
            return []
        args = BackupArgs(
            namespace=self._namespace,
            context=self._context,
            database=self._settings.database.production,
            active_color=plan.active.value,
            switch_from=plan.releases.migrates_from.value if plan.releases.migrates_from else "",
            release=plan.releases.to_production,
            goes_back=plan.releases.goes_back,
            takes_back=plan.releases.takes_back,
            keep=backup.keep,
            time_limit=backup.time_limit,
            verify=backup.verify,
        )
        return [BackupBeforeSwitch("backup", args, opts=self._after(after))]

    def migration(
        self,
        environment: Environment,
        pod: Mapping[str, Any],
        after: Resources,
        *,
        guard: pulumi.ResourceHookBinding | None = None,
        copy: pulumi.Input[str] = "",
    ) -> Resources:
        """The migrations of the release that comes to an environment, before its pods start; none where they migrate.

        `copy`: the identifier of staging's copy.
        """
        settings, plan = self._settings, self._plan
        color = settings.roles.color_of(environment)
        if not settings.migration.command or plan.roles.bindings[color] is not environment:
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
            takes_over=plan.releases.brings_migrations if environment is Environment.PROD else "",
            restored=plan.history.restored if environment is Environment.PROD else "",
            copy=copy,
        )
        hooks = self._with_budget_after(guard) if guard else None
        return [Migration(f"migration-{environment.spoken}", args, opts=self._after(after, hooks))]

    def _with_budget_after(self, guard: pulumi.ResourceHookBinding) -> pulumi.ResourceHookBinding:
        """The migration has a time limit of its own, and the switch's time begins with the pods after it."""
        hook = pulumi.ResourceHook("time-budget-after-migration", lambda _: self._checks.budget.restart())
        after = pulumi.ResourceHookBinding(after_create=[hook], after_update=[hook])
        return pulumi.ResourceHookBinding.merge(guard, after)

    def guard(self) -> pulumi.ResourceHookBinding:
        """Hooks before the first write of a switch."""
        if not pulumi.runtime.is_dry_run():
            self._checks.guard.begin()  # while the engine starts its providers
            self._checks.keeper.start()
        again = before_writes("gate-is-asked-anew", lambda args: self._checks.before_rollout(args.name))
        return pulumi.ResourceHookBinding.merge(self._checks.guard.hooks(), again)

    def staging_guard(self) -> pulumi.ResourceHookBinding | None:
        """Hooks before all that binds the inactive colour to staging; None while it is a standby."""
        if self._plan.roles.bindings[self._plan.inactive] is not Environment.STG:
            return None
        return StagingGuard(self._plan.inactive, self._kubectl).hooks()

    def staging_ready(self) -> pulumi.ResourceHookBinding | None:
        """Stands before what meets staging's new pods, and lets it pass when they are ready; None where there are none.

        The engine may say so before (see `not_rolled_out`), and testers would meet nobody.
        """
        plan, wait = self._plan, self._settings.rollout.timeout
        rolling = [name for name in workloads.deployments(plan.inactive) if name in plan.pods.rolls]
        if plan.roles.bindings[plan.inactive] is not Environment.STG or not rolling:
            return None
        settle = self._checks.rollout(plan.inactive, wait).settle
        check = functools.partial(require_rolled_out, self._kubectl, rolling, wait, settle)
        return SharedCheck("staging-is-ready", check).hooks()

    def rollout(
        self, color: Color, wait: int, before: pulumi.ResourceHookBinding | None = None
    ) -> pulumi.ResourceHookBinding:
        """Reports a colour's pods that are not ready after `wait` seconds, and keeps what stands `before` them."""
        first = pulumi.ResourceHookBinding.merge(before, self._first_pod(color, wait))
        return pulumi.ResourceHookBinding.merge(first, self._checks.rollout(color, wait).hooks())

    def _first_pod(self, color: Color, wait: int) -> pulumi.ResourceHookBinding | None:
        """None where a colour has one pod of what migrates, or something else migrates."""
        settings, environment = self._settings, self._plan.roles.bindings[color]
        if settings.migration.command or settings.replicas.of(environment) == 1:
            return None
        name = naming.workload_name(workloads.migrating().name, color)
        return FirstPod(name, wait, self._kubectl, self._checks.rollout(color, wait).report).hooks()

    def gate(self) -> pulumi.ResourceHookBinding:
        """Hooks before the smoke command, or before the switch of production's traffic if there is none.

        Pods that stand by are looked at at once, while the engine starts its providers.
        """
        if self._plan.roles.is_switch and self._plan.roles.stands_by and not pulumi.runtime.is_dry_run():
            self._checks.gate.begin()
        return self._checks.gate.hooks()

    def gate_after_smoke(self, gate: pulumi.ResourceHookBinding) -> pulumi.ResourceHookBinding:
        """Hooks before the switch of production's traffic: after a smoke command the gate is checked again."""
        if not self._settings.gate.smoke_command:
            return gate
        return self._checks.gate_after_smoke().hooks()

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
            turned_at=switch_times(self._plan)[traffic.switch_time_proxy(environment)],
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
            turned_at=switch_times(self._plan)[traffic.switch_time_proxy(Environment.PROD)],
            seconds=seconds,
            release=self._plan.releases.to_production,
        )
        return [ProductionWatch("production-watch", args, opts=self._after(switched))]

    def _after(self, resources: Resources, hooks: pulumi.ResourceHookBinding | None = None) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions.merge(
            self._options, pulumi.ResourceOptions(depends_on=list(resources), hooks=hooks)
        )
