"""The checks of a promotion: guard, gate, rollouts; each is made once for an update."""

import functools
from collections.abc import Mapping
from typing import Any

import pulumi

from cadrart_infra import naming, traffic, workloads
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.database_server.connection import root_of
from cadrart_infra.database_server.recreation import recreate_server
from cadrart_infra.database_server.state import WantedServer
from cadrart_infra.drift.declared_objects import Edits
from cadrart_infra.migration.operations import is_migrating
from cadrart_infra.model import Color, Environment
from cadrart_infra.mysql.root_client import RootClient
from cadrart_infra.plan import UpdatePlan
from cadrart_infra.promotion.early_gate import EarlyGate
from cadrart_infra.promotion.expected_pods import ExpectedWorkload
from cadrart_infra.promotion.former_pods import FormerPods
from cadrart_infra.promotion.gate import FormerProduction, Gate, GateSpec
from cadrart_infra.promotion.guard import Guard, GuardSpec
from cadrart_infra.promotion.migrating_pods import MigratingPods
from cadrart_infra.promotion.production_keeper import ProductionKeeper
from cadrart_infra.promotion.production_probe import ProductionProbe
from cadrart_infra.promotion.rollout import Rollout
from cadrart_infra.promotion.shared_check import SharedCheck
from cadrart_infra.promotion.time_budget import TimeBudget

_FRESH = 10.0
"""Seconds for which a result of guard or gate is good; a backup or a server restart before the first write takes
longer."""


class PromotionChecks:
    """Guard, gate and rollouts of one update; they share the time budget and what the guard saw of production."""

    def __init__(self, plan: UpdatePlan, kubectl: Kubectl, edits: Edits) -> None:
        self._plan, self._settings, self._kubectl, self._edits = plan, plan.settings, kubectl, edits
        self.budget = TimeBudget(plan.settings.promotion.time_budget)

    @functools.cached_property
    def guard(self) -> SharedCheck:
        """The guard, for all that waits for it."""
        return SharedCheck("switch-guard", self._guard.check, _FRESH, pulumi.log.warn)

    @functools.cached_property
    def gate(self) -> SharedCheck:
        """The gate, for all that switches production's traffic to the active colour."""
        return SharedCheck("promotion-gate", self._check_gate, _FRESH)

    def before_rollout(self, name: str) -> None:
        """The gate is checked again where a Deployment of the active colour is written: other pods will serve.

        It begins when all that this update rolls are ready.
        """
        self.gate.reset()
        if name in self._early_gate.former:
            self._early_gate.begin()

    @functools.cached_property
    def _early_gate(self) -> EarlyGate:
        plan = self._plan
        rolls = [name for name in workloads.deployments(plan.active) if name in plan.pods.rolls]
        known = all(name in plan.live.templates for name in rolls)  # a new one begins with a single pod
        former = {name: plan.live.templates[name] for name in rolls} if plan.roles.is_switch and known else {}
        return EarlyGate(self.gate, self._kubectl, former, self._settings.rollout.timeout)

    def gate_after_smoke(self) -> SharedCheck:
        """The gate, checked again after the smoke command."""
        return SharedCheck("promotion-gate-after-smoke", self._check_last_gate)

    @functools.cached_property
    def keeper(self) -> ProductionKeeper:
        """Keeps what serves production until the switch of the traffic, and what will serve it then."""
        plan, keys = self._plan, list[str]()
        if plan.roles.is_switch or plan.releases.to_production:
            services = (*traffic.proxies(Environment.PROD), naming.DATABASE)
            colors = Color if plan.roles.is_switch else [plan.active]
            deployments = (name for color in colors for name in workloads.deployments(color))
            names = (*deployments, naming.DATABASE)
            keys = [*(f"service/{name}" for name in services), *(f"deployment/{name}" for name in names)]
        makers = {f"deployment/{naming.DATABASE}": self._start_server_again}
        return ProductionKeeper(self._kubectl, keys, plan.live.serving, pulumi.log.warn, makers)

    def _start_server_again(self, deployment: Mapping[str, Any]) -> None:
        database = self._settings.database
        wanted = WantedServer(database.restart, database.restart_timeout, database.settings)
        recreate_server(self._kubectl, deployment, self._plan.live.server.template, wanted, pulumi.log.warn)

    def rollout(self, color: Color, wait: int) -> Rollout:
        """The rollout of a colour, which fails if its pods are not ready after `wait` seconds."""
        plan = self._plan
        former = self._former_pods if color is plan.active else None
        began, starting = plan.live.read_at, self._starting(wait)
        return Rollout(color, plan.active, wait, self._kubectl, began, starting, former, self._edits)

    def _check_gate(self) -> str:
        """Checks the gate after the guard, since it compares production with what the guard saw."""
        self.guard.wait()
        return self._gate.check() if self._settings.gate.smoke_command else self._check_last_gate()

    def _check_last_gate(self) -> str:
        """Checks the gate, then stops the keeper: the traffic is switched next."""
        passed = self._gate.check()
        self.keeper.stop()
        return passed

    @functools.cached_property
    def _guard(self) -> Guard:
        settings, plan = self._settings, self._plan
        spec = GuardSpec(
            namespace=settings.namespace,
            active=plan.active,
            database=settings.database.production,
            long_transaction=settings.promotion.long_transaction,
            release=plan.releases.to_production,
            goes_back=not plan.releases.brings_migrations,
        )
        server, production = (lambda: self._server), self._production.problems
        return Guard(spec, plan.live, self.budget, server, production, self._is_migrating)

    def _is_migrating(self) -> bool:
        return bool(self._settings.migration.command) and is_migrating(self._kubectl)

    @functools.cached_property
    def _gate(self) -> Gate:
        settings, color = self._settings, self._plan.active
        spec = GateSpec(
            color=color,
            database=settings.database.production,
            workloads={
                workload: ExpectedWorkload(image, settings.replicas.prod, self._plan.releases.tested_as(workload))
                for workload, image in self._plan.images[color].items()
            },
            successes=settings.gate.successes,
            timeout=settings.gate.timeout,
            rollout=settings.rollout.timeout,
            needs_shell=settings.drain.when_idle,
        )
        not_ready = self.rollout(color, settings.rollout.timeout).settle
        production = FormerProduction(self._former_production, self.keeper.problems)
        return Gate(spec, self._kubectl, lambda: self._server, self.budget, not_ready, production, self._edits)

    def _former_production(self) -> list[str]:
        """What has become wrong with production since the guard saw it healthy; the former colour still serves it."""
        return self._production.problems() if self._guard.served_well else []

    @functools.cached_property
    def _production(self) -> ProductionProbe:
        return ProductionProbe(self._kubectl, self._settings.database.production)

    @functools.cached_property
    def _server(self) -> RootClient:
        return root_of(self._kubectl)

    def _starting(self, wait: int) -> MigratingPods | None:
        migration = self._settings.migration
        if migration.command or migration.time_limit <= wait:
            return None
        limit = migration.time_limit - wait
        return MigratingPods(self._kubectl, lambda: self._server, self.budget, limit, pulumi.log.info)

    @functools.cached_property
    def _former_pods(self) -> FormerPods:
        """The active colour's former pod templates, to go back to if a switch or production release fails."""
        plan = self._plan
        if not plan.roles.is_switch and not plan.releases.to_production:
            return FormerPods(self._kubectl)
        names = workloads.deployments(plan.active)
        return FormerPods(self._kubectl, {one: plan.live.templates[one] for one in names if one in plan.live.templates})
