"""The whole shop, put together in the order in which an update has to write it."""

from typing import Any

import pulumi

from cadrart_infra import naming, workloads
from cadrart_infra.accounts.resource import DatabaseAccounts, DatabaseAccountsArgs
from cadrart_infra.accounts.statements import Access, init_script
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.components.color_stack import ColorStack, ColorStackArgs
from cadrart_infra.components.database import Database, DatabaseArgs
from cadrart_infra.components.drain import DrainArgs
from cadrart_infra.components.environments import (
    EnvironmentConfig,
    EnvironmentConfigArgs,
    color_record,
    environment_data,
)
from cadrart_infra.components.ingress import IngressArgs, shop_ingress
from cadrart_infra.components.kubernetes_provider import kubernetes_provider
from cadrart_infra.components.namespace import shop_namespace
from cadrart_infra.components.network_policy import database_policy
from cadrart_infra.components.proxies import Proxies, ProxiesArgs
from cadrart_infra.components.storage import Storage, StorageArgs
from cadrart_infra.components.workload_pod import EnvironmentBinding, WorkloadPodArgs
from cadrart_infra.image_pull import server_pull_policy, workload_pull_policy
from cadrart_infra.model import Color, Environment, Volume, Workload
from cadrart_infra.promotion.live import Live
from cadrart_infra.promotion.sequence import Promotion
from cadrart_infra.settings import Settings
from cadrart_infra.staging_sync.resource import StagingSync, StagingSyncArgs


class Shop:
    """Declares every object of the shop.

    The order of an update follows from what depends on what: database and accounts → the backup → the active colour →
    the gate and the user's smoke command → production's proxies and the record of the colours → the watch → the staging
    sync → the inactive colour → the smoke command again → staging's proxies. Which colour is active turns the order
    round; the objects and their names are the same either way.
    """

    def __init__(self, settings: Settings, kubectl: Kubectl, live: Live) -> None:
        self._settings, self._roles, self._pulled = settings, settings.roles, live.pulled
        self._opts = pulumi.ResourceOptions(provider=kubernetes_provider(settings.kubernetes.context))
        self._namespace: pulumi.Output[str] = shop_namespace(settings.namespace, self._opts).metadata.apply(
            lambda meta: str(meta.name)
        )
        self._promotion = Promotion(settings, kubectl, live, self._namespace)
        self._storage = self._declare_storage()
        self._configs = {environment: self._declare_config(environment) for environment in Environment}
        accounts = self._declare_database()
        self._turned = self._declare_production(accounts)
        staging = self._declare_staging(accounts, after=self._turned)
        self._declare_entrances()
        self._promotion.announce()
        self._promotion.tell_who_serves(after=staging)

    def _declare_production(self, accounts: DatabaseAccounts) -> list[pulumi.Resource]:
        """The active colour, and what turns to it when the gate lets it pass."""
        promotion, color = self._promotion, self._roles.active
        backup = promotion.backup([accounts, *self._storage.claims.values()])
        active = self._declare_color(color, Environment.PROD, [accounts, *backup], promotion.guard())
        gate = promotion.gate()
        smoke = promotion.smoke(Environment.PROD, self._configs[Environment.PROD].snapshot, active.deployments, gate)
        after = self._after([*active.deployments, *smoke])
        proxies = self._declare_proxies(Environment.PROD, after, gate)
        record = color_record(
            self._namespace,
            promotion.routing[naming.ENVIRONMENT_CONFIG],
            promotion.turned_at[naming.ENVIRONMENT_CONFIG],
            pulumi.ResourceOptions.merge(after, pulumi.ResourceOptions(hooks=gate)),
        )
        turned: list[pulumi.Resource] = [*proxies.services, record]
        return [*turned, *promotion.watch(turned)]

    def _declare_staging(self, accounts: DatabaseAccounts, after: list[pulumi.Resource]) -> list[pulumi.Resource]:
        """The copy of production's database, the inactive colour, and what leads to it."""
        promotion, environment = self._promotion, self._promotion.standby.environment
        sync = self._declare_sync(after=[accounts, *after])
        inactive = self._declare_color(self._roles.inactive, environment, [accounts, sync, *after])
        smoke = (
            promotion.smoke(environment, self._configs[environment].snapshot, inactive.deployments)
            if environment is Environment.STG
            else []
        )
        proxies = self._declare_proxies(Environment.STG, self._after([*inactive.deployments, *smoke]))
        return [*inactive.deployments, *proxies.services]

    def outputs(self) -> dict[str, Any]:
        """What people and scripts want to know of the stack.

        The active colour is told only when production has turned to it: an update that fails before that leaves all
        outputs as they were.
        """
        settings, roles = self._settings, self._roles
        turned = pulumi.Output.all(*(resource.urn for resource in self._turned))
        return {
            "activeColor": turned.apply(lambda _: roles.active.value),
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
        args = StorageArgs(
            self._namespace,
            storage.class_name,
            storage.database,
            storage.static,
            storage.logs,
            storage.backups if self._settings.backup.before_switch else None,
        )
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
                pull_policy=server_pull_policy(settings.image, self._pulled.get(naming.DATABASE)),
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
        args = ProxiesArgs(
            namespace=self._namespace,
            environment=environment,
            routing=self._promotion.routing,
            turned_at=self._promotion.turned_at,
        )
        return Proxies(environment.spoken, args, hooks=hooks, opts=opts)

    def _declare_color(
        self,
        color: Color,
        environment: Environment,
        after: list[Any],
        before: pulumi.ResourceHookBinding | None = None,
    ) -> ColorStack:
        settings = self._settings
        wait = min(settings.rollout.timeout, settings.promotion.time_budget)
        args = ColorStackArgs(
            namespace=self._namespace,
            color=color,
            binding=self._binding(environment),
            pods={workload: self._pod(workload, color) for workload in workloads.names()},
            replicas=settings.replicas.of(environment),
            timeout=settings.rollout.timeout,
            wait=wait,
            turned_at=self._promotion.bound_at(color, environment),
        )
        hooks = self._promotion.rollout(color, wait, before=before)
        return ColorStack(color.value, args, hooks=hooks, opts=self._after(after))

    def _binding(self, environment: Environment) -> EnvironmentBinding:
        return EnvironmentBinding(
            environment=environment,
            config=self._configs[environment].snapshot,
            database=self._settings.database.of(environment),
            account_secret=naming.account_secret(environment),
            claims={
                Volume.STATIC_FILES: self._claim(naming.static_claim(environment)),
                Volume.LOGS: self._claim(naming.LOGS_CLAIM),
            },
        )

    def _pod(self, workload: Workload, color: Color) -> WorkloadPodArgs:
        settings = self._settings
        image = settings.images.of(color).by_workload()[workload]
        running = self._pulled.get(naming.workload_name(workload, color))
        return WorkloadPodArgs(
            image=image,
            pull_policy=workload_pull_policy(image, settings.pull.policy, running),
            pull_secret=settings.pull.secret,
            resources=settings.resources.of(workload),
            startup=settings.rollout.timeout,
            drain=DrainArgs(settings.drain.timeout, settings.drain.when_idle),
        )

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
            pace=sync.pace,
        )
        return StagingSync("staging-sync", args, opts=pulumi.ResourceOptions(depends_on=after))

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
