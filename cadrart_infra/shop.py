"""The whole shop: declares all its parts in the order in which an update has to write them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pulumi

from cadrart_infra import naming, workloads
from cadrart_infra.accounts.completion.resource import SecretsCompletion, SecretsCompletionArgs
from cadrart_infra.accounts.resource import DatabaseAccounts, DatabaseAccountsArgs
from cadrart_infra.accounts.statements import init_script
from cadrart_infra.cluster.identity import Identity
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.color_pods import ColorPods, config_data
from cadrart_infra.components.color_stack import ColorStack, ColorStackArgs
from cadrart_infra.components.database import BeforeRestart, Database, DatabaseArgs
from cadrart_infra.components.drain import DrainArgs, grace_period
from cadrart_infra.components.environment_secrets import EnvironmentSecrets
from cadrart_infra.components.environments import (
    EnvironmentConfig,
    EnvironmentConfigArgs,
    color_record,
)
from cadrart_infra.components.identity_record import identity_record
from cadrart_infra.components.ingress import IngressArgs, shop_ingress
from cadrart_infra.components.namespace import shop_namespace
from cadrart_infra.components.network_policy import database_policy, rehearsal_policy
from cadrart_infra.components.proxies import Proxies, ProxiesArgs
from cadrart_infra.components.storage import Storage, StorageArgs
from cadrart_infra.database_server.boost import Boost
from cadrart_infra.drift.declared_objects import DeclaredObjects
from cadrart_infra.image_pull import server_pull_policy
from cadrart_infra.model import Color, Environment
from cadrart_infra.plan import UpdatePlan
from cadrart_infra.promotion.report import Report
from cadrart_infra.promotion.sequence import Promotion, PromotionArgs
from cadrart_infra.promotion.shared_check import SharedCheck
from cadrart_infra.promotion.switch_times import switch_times
from cadrart_infra.rotation.resource import SecretsSnapshotArgs
from cadrart_infra.rotation.sources import sources
from cadrart_infra.shop_access import access_of
from cadrart_infra.staging_sync.resource import StagingSync, StagingSyncArgs
from cadrart_infra.update.killed_updates import remove_killed_rehearsal

Resources = Sequence[pulumi.Resource]


@dataclass(frozen=True, kw_only=True)
class ShopArgs:
    """The update that is declared, with its staging sync, how the cluster is asked meanwhile, and where all of it is.

    `done` is called at the end of an update where everything was written and every colour is ready. `declared`: see
    `Report`.
    """

    plan: UpdatePlan
    sync: StagingSyncArgs
    kubectl: Kubectl
    identity: Identity
    done: Callable[[], None]
    declared: DeclaredObjects


class Shop(pulumi.ComponentResource):
    """Every object of the shop; `opts` has the Kubernetes provider.

    An update writes in this order, which follows from what depends on what:

    1. database and accounts, the backup, production's migration;
    2. the active colour, the gate and the user's smoke command;
    3. production's proxies and the record of the colours, the watch;
    4. the staging sync, staging's migration;
    5. the inactive colour, the smoke command again, staging's proxies.

    Where production gets an older release back, the backup comes after the watch. The objects and their names are the
    same whichever colour is active.
    """

    outputs: dict[str, Any]
    """What people and scripts want to know of the stack."""
    report: Report
    """Is to be finished after everything else."""

    def __init__(self, name: str, args: ShopArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("cadrart:index:Shop", name, None, opts)
        self._plan, self._settings, self._kubectl = args.plan, args.plan.settings, args.kubectl
        self._sync = args.sync
        # Releases without this component had every part at the stack's root; a stack of theirs keeps its objects.
        self._child = pulumi.ResourceOptions(parent=self, aliases=[pulumi.Alias(parent=pulumi.ROOT_STACK_RESOURCE)])
        self._namespace = shop_namespace(self._settings.namespace, self._child).name
        self._identity = args.identity
        identity_record(self._namespace, args.identity, self._child)
        self._promotion = Promotion(
            PromotionArgs(
                plan=self._plan,
                kubectl=args.kubectl,
                namespace=self._namespace,
                options=self._child,
                edits=args.declared.edits,
            )
        )
        self._storage = self._declare_storage()
        self._configs = {environment: self._declare_config(environment) for environment in Environment}
        configs = {environment: config.snapshot for environment, config in self._configs.items()}
        self._pods = ColorPods(self._plan, configs, self._storage.name_of)
        accounts = self._declare_database()
        self._secrets = {environment: self._declare_secrets(environment, accounts) for environment in Environment}
        comes_last = self._plan.releases.takes_back  # nothing migrates then, so that no backup has to hold it up
        first = [] if comes_last else self._declare_backup([accounts])
        switched = self._declare_production(accounts, first)
        then = self._declare_backup(switched) if comes_last else []
        staging = self._declare_staging(accounts, after=[*switched, *then])
        self._declare_completion(after=[*switched, *staging])
        self._declare_entrances()
        self.report = Report(self._plan, args.kubectl, args.done, args.declared)
        self.report.announce()
        self.outputs = self._outputs(switched)
        self.register_outputs(self.outputs)

    def _declare_backup(self, after: Resources) -> Resources:
        return self._promotion.backup([*after, *self._storage.claims.values()])

    def _declare_production(self, accounts: DatabaseAccounts, backup: Resources) -> Resources:
        """The active colour, and what is switched to it when the gate lets it pass."""
        promotion, plan = self._promotion, self._plan
        guard = promotion.guard()
        once = self._pods.migrating(plan.active)
        migration = promotion.migration(Environment.PROD, once, [accounts, *backup], guard=guard)
        active = self._declare_color(plan.active, after=[accounts, *backup, *migration], before=guard)
        gate = promotion.gate()
        smoke = promotion.smoke(Environment.PROD, self._configs[Environment.PROD].snapshot, active.deployments, gate)
        after = self._after([*active.deployments, *smoke])
        gate = promotion.gate_after_smoke(gate)
        proxies = self._declare_proxies(Environment.PROD, after, gate)
        record = color_record(
            self._namespace,
            plan.routes.selectors[naming.ENVIRONMENT_CONFIG],
            switch_times(plan)[naming.ENVIRONMENT_CONFIG],
            pulumi.ResourceOptions.merge(after, pulumi.ResourceOptions(hooks=gate)),
        )
        switched: list[pulumi.Resource] = [*proxies.services, record]
        return [*switched, *promotion.watch(switched)]

    def _declare_staging(self, accounts: DatabaseAccounts, after: Resources) -> Resources:
        """The copy of production's database, the inactive colour, and what leads to it."""
        plan = self._plan
        sync = self._declare_sync(after=[accounts, *after])
        once = self._pods.migrating(plan.inactive)
        migration = self._promotion.migration(Environment.STG, once, [accounts, sync, *after], copy=sync.copy)
        guard, first = self._promotion.staging_guard(), [accounts, sync, *migration, *after]
        inactive = self._declare_color(plan.inactive, after=first, before=guard, copy=sync.copy)
        ready = self._promotion.staging_ready()
        smoke: Resources = []
        if plan.roles.bindings[plan.inactive] is Environment.STG:
            config = self._configs[Environment.STG].snapshot
            smoke = self._promotion.smoke(Environment.STG, config, inactive.deployments, ready)
        before = pulumi.ResourceHookBinding.merge(guard, ready)
        proxies = self._declare_proxies(Environment.STG, self._after([*inactive.deployments, *smoke]), before)
        return [*inactive.deployments, *proxies.services]

    def _outputs(self, switched: Resources) -> dict[str, Any]:
        """The active colour is reported only when production is served by it.

        An update that fails before that leaves all outputs as they were.
        """
        settings, plan = self._settings, self._plan
        all_switched = pulumi.Output.all(*(resource.urn for resource in switched))
        return {
            "activeColor": all_switched.apply(lambda _: plan.active.value),
            "roles": {color.value: role.value for color, role in plan.roles.by_color.items()},
            "boundTo": {color.value: environment.spoken for color, environment in plan.roles.bindings.items()},
            "images": settings.images.model_dump(),
            "hosts": {"production": settings.ingress.production_host, "staging": settings.ingress.staging_host},
            "databases": {"production": settings.database.production, "staging": settings.database.staging},
            "namespace": self._namespace,
            "identity": self._identity.record(),
        }

    def _after(self, resources: Resources) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions.merge(self._child, pulumi.ResourceOptions(depends_on=list(resources)))

    def _declare_storage(self) -> Storage:
        storage = self._settings.storage
        args = StorageArgs(
            namespace=self._namespace,
            class_name=storage.class_name,
            database=storage.database,
            static=storage.static,
            logs=storage.logs,
            backups=self._plan.backups.size,
        )
        return Storage("storage", args, opts=self._child)

    def _declare_config(self, environment: Environment) -> EnvironmentConfig:
        data = config_data(self._settings, environment, self._settings.database.of(environment))
        args = EnvironmentConfigArgs(namespace=self._namespace, environment=environment, data=data)
        return EnvironmentConfig(environment.spoken, args, opts=self._child)

    def _declare_database(self) -> DatabaseAccounts:
        settings = self._settings.database
        access = access_of(settings)
        args = DatabaseArgs(
            namespace=self._namespace,
            image=settings.image,
            pull_policy=server_pull_policy(settings.image, self._plan.live.pulled.get(naming.DATABASE)),
            security=self._plan.security[naming.DATABASE],
            cpu_limit=settings.cpu_limit,
            memory_limit=settings.memory_limit,
            init_script=init_script(access),
            production_config=self._configs[Environment.PROD].record.name,
            claim=self._storage.name_of(naming.DATABASE_CLAIM),
            context=self._settings.kubernetes.context,
            state=self._plan.live.server,
            restart=settings.restart,
            restart_timeout=settings.restart_timeout,
            settings=settings.settings,
            boost=Boost(settings.boost.cpu_limit, settings.boost.memory_limit) if settings.boost.enabled else Boost(),
            before_restart=self._before_restart(),
        )
        database = Database("database", args, opts=self._child)
        return DatabaseAccounts(
            "database-accounts",
            DatabaseAccountsArgs(
                namespace=self._namespace,
                context=self._settings.kubernetes.context,
                access=access,
                due=self._plan.secrets.server_rotation,
                repairs=self._plan.secrets.server_repairs,
            ),
            opts=self._after([database.server, database.service]),
        )

    def _declare_secrets(self, environment: Environment, accounts: DatabaseAccounts) -> EnvironmentSecrets:
        """What the environment's pods have of the Secrets; those of accounts may be made by the same update."""
        secrets = self._plan.secrets
        args = SecretsSnapshotArgs(
            namespace=self._namespace,
            context=self._settings.kubernetes.context,
            environment=environment,
            name=secrets.snapshots[environment],
            versions={name: secrets.versions.get(name, "") for name in set(sources(environment).values())},
            missing=environment in secrets.without_snapshot,
        )
        return EnvironmentSecrets(environment.spoken, args, after=[accounts], opts=self._child)

    def _declare_completion(self, after: Resources) -> SecretsCompletion:
        """The end of a change of Secrets, when both colours' pods have the new values."""
        secrets = self._plan.secrets
        args = SecretsCompletionArgs(
            namespace=self._namespace,
            context=self._settings.kubernetes.context,
            snapshots=secrets.snapshots,
            versions=secrets.versions,
            changed=secrets.all_changed,
            due=secrets.due,
            drain=grace_period(DrainArgs(self._settings.drain.timeout, self._settings.drain.when_idle)),
        )
        return SecretsCompletion("secrets-in-use", args, opts=self._after(after))

    def _before_restart(self) -> BeforeRestart:
        """Of the database server: where it gets another image, a backup, and a rehearsal of the upgrade."""
        closed = rehearsal_policy(self._namespace, self._child)
        if self._plan.server.upgrade is None:
            remove_killed_rehearsal(self._kubectl)
            return BeforeRestart()
        from cadrart_infra.rehearsal.planned import rehearsal_of

        config = config_data(self._settings, Environment.STG, self._settings.database.production)
        rehearsal = rehearsal_of(self._plan, self._plan.server.upgrade, self._kubectl, config)
        if not self._settings.database.rehearse:
            pulumi.log.warn(f"database server: {rehearsal.announcement}")
        hooks = SharedCheck("upgrade-rehearsal", rehearsal.run).hooks()
        after = [self._storage.claims[naming.BACKUP_CLAIM], closed]
        return BeforeRestart(rehearsal.announcement, hooks, after)

    def _declare_proxies(
        self, environment: Environment, opts: pulumi.ResourceOptions, hooks: pulumi.ResourceHookBinding | None
    ) -> Proxies:
        args = ProxiesArgs(
            namespace=self._namespace,
            environment=environment,
            routing=self._plan.routes.selectors,
            turned_at=switch_times(self._plan),
        )
        return Proxies(environment.spoken, args, hooks=hooks, opts=opts)

    def _declare_color(
        self,
        color: Color,
        *,
        after: Resources,
        before: pulumi.ResourceHookBinding | None,
        copy: pulumi.Output[str] | None = None,
    ) -> ColorStack:
        settings, environment = self._settings, self._plan.roles.bindings[color]
        wait = min(settings.rollout.timeout, settings.promotion.time_budget)
        args = ColorStackArgs(
            namespace=self._namespace,
            color=color,
            binding=self._pods.binding(color, copy if environment is Environment.STG else None),
            pods={workload: self._pods.args(workload, color) for workload in workloads.names()},
            replicas=settings.replicas.of(environment),
            timeout=settings.rollout.timeout,
            wait=wait,
            bound_at=self._plan.pods.bound_at,
        )
        hooks = self._promotion.rollout(color, wait, before=before)
        after = [*after, self._secrets[environment].snapshot]
        return ColorStack(color.value, args, hooks=hooks, opts=self._after(after))

    def _declare_sync(self, after: Resources) -> StagingSync:
        args = replace(self._sync, namespace=self._namespace)
        return StagingSync("staging-sync", args, opts=self._after(after))

    def _declare_entrances(self) -> None:
        ingress = self._settings.ingress
        args = IngressArgs(
            namespace=self._namespace,
            production_host=ingress.production_host,
            staging_host=ingress.staging_host,
            class_name=ingress.class_name,
            issuer=ingress.issuer,
            tls_secret=ingress.tls_secret,
        )
        shop_ingress(args, self._child)
        migrations = [naming.MIGRATION] if self._settings.migration.command else []
        database_policy(self._namespace, [*self._settings.database.clients, *migrations], self._child)
