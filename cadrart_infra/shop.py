"""The whole shop, put together in the order in which an update has to write it."""

from typing import Any

import pulumi

from cadrart_infra import naming
from cadrart_infra.colors import Color, Environment
from cadrart_infra.components.color_stack import ColorStack, ColorStackArgs, EnvironmentBinding, RolloutArgs
from cadrart_infra.components.database import Database, DatabaseArgs
from cadrart_infra.components.drain import DrainArgs
from cadrart_infra.components.environments import (
    EnvironmentConfig,
    EnvironmentConfigArgs,
    color_record,
    environment_data,
)
from cadrart_infra.components.ingress import IngressArgs, shop_ingress
from cadrart_infra.components.namespace import shop_namespace
from cadrart_infra.components.network_policy import database_policy
from cadrart_infra.components.proxies import Proxies, ProxiesArgs
from cadrart_infra.components.smoke import SmokeArgs, smoke_test
from cadrart_infra.components.storage import Storage, StorageArgs
from cadrart_infra.connection import ClusterError, Kubectl
from cadrart_infra.database_accounts.resource import DatabaseAccounts, DatabaseAccountsArgs
from cadrart_infra.database_accounts.root_client import root_of
from cadrart_infra.database_accounts.statements import Access, init_script
from cadrart_infra.kubernetes_provider import kubernetes_provider
from cadrart_infra.naming import Workload
from cadrart_infra.promotion.announcement import Wanted, announcement
from cadrart_infra.promotion.gate import ExpectedWorkload, Gate, GateSpec
from cadrart_infra.promotion.guard import Guard, GuardSpec, TimeBudget
from cadrart_infra.promotion.live import Live
from cadrart_infra.promotion.rollout import Rollout
from cadrart_infra.promotion.serving import read_serving, serving_table
from cadrart_infra.promotion.standby import standby
from cadrart_infra.promotion.verdict import Verdict
from cadrart_infra.promotion.watch.resource import ProductionWatch, ProductionWatchArgs
from cadrart_infra.settings import Settings
from cadrart_infra.staging_sync.resource import StagingSync, StagingSyncArgs


class Shop:
    """Declares every object of the shop.

    The order of an update follows from what depends on what: database and accounts → the active colour → the gate and
    the user's smoke command → production's proxies and the record of the colours → the watch → the staging sync → the
    inactive colour → the smoke command again → staging's proxies. Which colour is active turns the order round; the
    objects and their names are the same either way.
    """

    def __init__(self, settings: Settings, kubectl: Kubectl, live: Live) -> None:
        self._settings, self._kubectl, self._live = settings, kubectl, live
        self._routing = naming.routing(settings.active_color)
        self._turned_at = live.turned_at(self._routing)
        self._budget = TimeBudget(settings.promotion.time_budget)
        self._standby = standby(
            live,
            settings.active_color,
            settings.images.of(settings.roles.inactive).by_workload(),
            warm=settings.standby == "warm",
            hold=settings.promotion.hold,
        )
        self._opts = pulumi.ResourceOptions(provider=kubernetes_provider(settings.kubernetes.context))
        self._namespace: pulumi.Output[str] = shop_namespace(settings.namespace, self._opts).metadata.apply(
            lambda meta: str(meta.name)
        )
        self._storage = self._declare_storage()
        self._configs = {environment: self._declare_config(environment) for environment in Environment}
        accounts = self._declare_database()
        production = self._declare_production(accounts)
        staging = self._declare_staging(accounts, after=production)
        self._declare_entrances()
        pulumi.Output.all(*(resource.urn for resource in staging)).apply(lambda _: self._tell_who_serves())
        self._announce()

    def _declare_production(self, accounts: DatabaseAccounts) -> list[pulumi.Resource]:
        """The active colour, and what turns to it when the gate lets it pass."""
        active = self._declare_color(self._settings.active_color, Environment.PROD, [accounts], self._guard().hooks())
        gate = self._gate().hooks()
        smoke = self._declare_smoke(Environment.PROD, active.deployments, hooks=gate)
        after = self._after([*active.deployments, *smoke])
        proxies = self._declare_proxies(Environment.PROD, after, gate)
        record = color_record(
            self._namespace,
            self._routing[naming.ENVIRONMENT_CONFIG],
            self._turned_at[naming.ENVIRONMENT_CONFIG],
            pulumi.ResourceOptions.merge(after, pulumi.ResourceOptions(hooks=gate)),
        )
        turned: list[pulumi.Resource] = [*proxies.services, record]
        return [*turned, *self._declare_watch(turned)]

    def _declare_staging(self, accounts: DatabaseAccounts, after: list[pulumi.Resource]) -> list[pulumi.Resource]:
        """The copy of production's database, the inactive colour, and what leads to it."""
        sync = self._declare_sync(after=[accounts, *after])
        inactive = self._declare_color(
            self._settings.roles.inactive, self._standby.environment, [accounts, sync, *after]
        )
        smoke = [] if self._standby.until else self._declare_smoke(Environment.STG, inactive.deployments)
        proxies = self._declare_proxies(Environment.STG, self._after([*inactive.deployments, *smoke]))
        return [*inactive.deployments, *proxies.services]

    def outputs(self) -> dict[str, Any]:
        """What people and scripts want to know of the stack."""
        settings, roles = self._settings, self._settings.roles
        return {
            "activeColor": roles.active.value,
            "roles": {color.value: roles.environment_of(color).spoken for color in Color},
            "images": settings.images.model_dump(),
            "hosts": {"production": settings.ingress.production_host, "staging": settings.ingress.staging_host},
            "databases": {"production": settings.database.production, "staging": settings.database.staging},
            "namespace": self._namespace,
        }

    def _after(self, resources: list[Any]) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions.merge(self._opts, pulumi.ResourceOptions(depends_on=resources))

    def _declare_storage(self) -> Storage:
        storage = self._settings.storage
        args = StorageArgs(self._namespace, storage.class_name, storage.database, storage.static, storage.logs)
        return Storage("storage", args, opts=self._opts)

    def _claim(self, name: str) -> pulumi.Output[str]:
        return self._storage.claims[name].metadata.apply(lambda meta: str(meta.name))

    def _declare_config(self, environment: Environment) -> EnvironmentConfig:
        values = self._settings.environments.of(environment)
        data = environment_data(
            environment,
            database=self._settings.database.of(environment),
            log_level=values.log_level,
            cors_origins=values.cors_origins,
        )
        return EnvironmentConfig(
            environment.spoken, EnvironmentConfigArgs(self._namespace, environment, data), opts=self._opts
        )

    def _declare_database(self) -> DatabaseAccounts:
        settings = self._settings.database
        access = Access(
            settings.production, settings.staging, settings.production_user, settings.staging_user, settings.sync_user
        )
        database = Database(
            "database",
            DatabaseArgs(
                namespace=self._namespace,
                image=settings.image,
                pull_policy=self._settings.pull.policy,
                cpu_limit=settings.cpu_limit,
                memory_limit=settings.memory_limit,
                init_script=init_script(access),
                production_config=self._configs[Environment.PROD].record.metadata.apply(lambda meta: str(meta.name)),
                claim=self._claim(naming.DATABASE_CLAIM),
            ),
            opts=self._opts,
        )
        return DatabaseAccounts(
            "database-accounts",
            DatabaseAccountsArgs(self._namespace, self._settings.kubernetes.context, access),
            opts=pulumi.ResourceOptions(depends_on=[database.deployment, database.service]),
        )

    def _declare_proxies(
        self, environment: Environment, opts: pulumi.ResourceOptions, hooks: pulumi.ResourceHookBinding | None = None
    ) -> Proxies:
        args = ProxiesArgs(self._namespace, environment, self._routing, self._turned_at)
        return Proxies(environment.spoken, args, hooks=hooks, opts=opts)

    def _declare_watch(self, turned: list[pulumi.Resource]) -> list[pulumi.Resource]:
        settings, proxy = self._settings, naming.proxy_name(Workload.BACKEND, Environment.PROD)
        if not settings.promotion.watch:
            return []
        args = ProductionWatchArgs(
            self._namespace,
            settings.kubernetes.context,
            settings.active_color,
            settings.database.production,
            self._turned_at[proxy],
            settings.promotion.watch,
        )
        return [ProductionWatch("production-watch", args, opts=pulumi.ResourceOptions(depends_on=turned))]

    def _declare_color(
        self,
        color: Color,
        environment: Environment,
        after: list[Any],
        hooks: pulumi.ResourceHookBinding | None = None,
    ) -> ColorStack:
        settings = self._settings
        images, drain, rollout = settings.images.of(color), settings.drain, settings.rollout
        wait = min(rollout.timeout, settings.promotion.time_budget)
        binding = EnvironmentBinding(
            environment=environment,
            config=self._configs[environment].snapshot,
            database=settings.database.of(environment),
            account_secret=naming.account_secret(environment),
            static_claim=self._claim(naming.static_claim(environment)),
        )
        args = ColorStackArgs(
            namespace=self._namespace,
            color=color,
            binding=binding,
            frontend_image=images.frontend,
            backend_image=images.backend,
            pull_policy=settings.pull.policy,
            pull_secret=settings.pull.secret,
            replicas=settings.replicas.of(environment),
            logs_claim=self._claim(naming.LOGS_CLAIM),
            rollout=RolloutArgs(rollout.timeout, wait, DrainArgs(drain.timeout, drain.when_idle)),
            turned_at=self._live.turned_at(
                {
                    naming.workload_name(workload, color): naming.binding(environment, image)
                    for workload, image in images.by_workload().items()
                }
            ),
        )
        told = Rollout(color, settings.active_color, wait, self._kubectl, self._live.read_at).hooks()
        return ColorStack(color.value, args, hooks=_both(hooks, told), opts=self._after(after))

    def _declare_sync(self, after: list[Any]) -> StagingSync:
        settings, sync = self._settings, self._settings.sync
        args = StagingSyncArgs(
            namespace=self._namespace,
            context=settings.kubernetes.context,
            address=sync.address,
            staging_color=settings.roles.inactive.value,
            images=settings.images.model_dump(),
            production=settings.database.production,
            staging=settings.database.staging,
            masking=sync.masking.model_dump(),
            on_switch=sync.on_switch,
            keep_previous=sync.keep_previous,
            request=sync.request,
            restore_previous=sync.restore_previous,
            time_limit=sync.time_limit,
        )
        return StagingSync("staging-sync", args, opts=pulumi.ResourceOptions(depends_on=after))

    def _guard(self) -> Verdict:
        settings = self._settings
        spec = GuardSpec(
            settings.namespace,
            settings.active_color,
            settings.database.production,
            settings.promotion.long_transaction,
        )
        return Verdict("switch-guard", Guard(spec, self._live, self._budget, lambda: root_of(self._kubectl)).judge)

    def _gate(self) -> Verdict:
        gate = Gate(self._gate_spec(), self._kubectl, lambda: root_of(self._kubectl), self._budget)
        return Verdict("promotion-gate", gate.judge)

    def _declare_smoke(
        self, environment: Environment, after: list[Any], hooks: pulumi.ResourceHookBinding | None = None
    ) -> list[Any]:
        """The user's smoke command for an environment, if there is one."""
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
            images=settings.images.of(color).by_workload(),
            config=self._configs[environment].snapshot,
        )
        opts = pulumi.ResourceOptions(depends_on=after, hooks=hooks)
        return [smoke_test(f"smoke-{environment.spoken}", args, opts)]

    def _gate_spec(self) -> GateSpec:
        settings, color = self._settings, self._settings.active_color
        images, replicas = settings.images.of(color), settings.replicas.prod
        return GateSpec(
            color=color,
            database=settings.database.production,
            workloads={
                Workload.FRONTEND: ExpectedWorkload(images.frontend, replicas),
                Workload.BACKEND: ExpectedWorkload(images.backend, replicas),
            },
            successes=settings.gate.successes,
            timeout=settings.gate.timeout,
            needs_shell=settings.drain.when_idle,
        )

    def _declare_entrances(self) -> None:
        ingress = self._settings.ingress
        args = IngressArgs(
            self._namespace,
            ingress.production_host,
            ingress.staging_host,
            ingress.class_name,
            ingress.issuer,
            ingress.tls_secret,
        )
        shop_ingress(args, self._opts)
        database_policy(self._namespace, self._settings.database.clients, self._opts)

    def _announce(self) -> None:
        """In a preview: what the update means."""
        images = {color: self._settings.images.of(color).by_workload() for color in Color}
        words = announcement(self._live, Wanted(self._settings.active_color, images, self._standby))
        if words and pulumi.runtime.is_dry_run():
            pulumi.log.info(words)

    def _tell_who_serves(self) -> None:
        """At the end of an update, when everything has been written."""
        if pulumi.runtime.is_dry_run():
            return
        expected = [Environment.PROD, self._standby.environment]
        hold = self._standby.words(self._settings.roles.inactive)
        try:
            pulumi.log.info("\n".join([serving_table(read_serving(self._kubectl, expected)), *filter(None, [hold])]))
        except ClusterError as error:
            pulumi.log.warn(f"The update is complete, but the cluster could not be asked who serves what: {error}")


def _both(judged: pulumi.ResourceHookBinding | None, told: pulumi.ResourceHookBinding) -> pulumi.ResourceHookBinding:
    """The hooks that judge before a write, where there are any, and those that tell of its failure."""
    if judged:
        told.before_create, told.before_update = judged.before_create, judged.before_update
    return told
