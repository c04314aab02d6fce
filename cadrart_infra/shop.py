"""The whole shop, put together in the order in which an update has to write it."""

from typing import Any

import pulumi

from cadrart_infra import naming
from cadrart_infra.colors import Color, Environment
from cadrart_infra.components.color_stack import ColorStack, ColorStackArgs, EnvironmentBinding, RolloutArgs
from cadrart_infra.components.database import Database, DatabaseArgs
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
from cadrart_infra.components.storage import Storage, StorageArgs
from cadrart_infra.connection import Kubectl
from cadrart_infra.database_accounts.resource import DatabaseAccounts, DatabaseAccountsArgs
from cadrart_infra.database_accounts.statements import Access, init_script
from cadrart_infra.kubernetes_provider import kubernetes_provider
from cadrart_infra.naming import Workload
from cadrart_infra.promotion.gate import ExpectedWorkload, Gate, GateSpec
from cadrart_infra.settings import Settings
from cadrart_infra.staging_sync.resource import StagingSync, StagingSyncArgs


class Shop:
    """Declares every object of the shop.

    The order of an update follows from what depends on what: database and accounts → the active colour → the gate →
    production's proxies and the record of the colours → the staging sync → the inactive colour → staging's proxies.
    Which colour is active turns the order round; the objects and their names are the same either way.
    """

    def __init__(self, settings: Settings, kubectl: Kubectl) -> None:
        self._settings = settings
        self._opts = pulumi.ResourceOptions(provider=kubernetes_provider(settings.kubernetes.context))
        self._namespace: pulumi.Output[str] = shop_namespace(settings.namespace, self._opts).metadata.apply(
            lambda meta: str(meta.name)
        )
        self._storage = self._declare_storage()
        self._configs = {environment: self._declare_config(environment) for environment in Environment}
        accounts = self._declare_database()
        roles, namespace = settings.roles, self._namespace

        active = self._declare_color(roles.active, after=[accounts])
        gate = Gate(self._gate_spec(), kubectl).hooks()
        behind_gate = self._after(active.deployments)
        production = Proxies(
            "production", ProxiesArgs(namespace, Environment.PROD, roles), hooks=gate, opts=behind_gate
        )
        record = color_record(
            namespace, roles, pulumi.ResourceOptions.merge(behind_gate, pulumi.ResourceOptions(hooks=gate))
        )

        sync = self._declare_sync(after=[accounts, record, *production.services])
        inactive = self._declare_color(roles.inactive, after=[accounts, sync, record, *production.services])
        Proxies("staging", ProxiesArgs(namespace, Environment.STG, roles), opts=self._after(inactive.deployments))

        self._declare_entrances()

    def outputs(self) -> dict[str, Any]:
        """What people and scripts want to know of the stack."""
        settings, roles = self._settings, self._settings.roles
        return {
            "activeColor": roles.active.value,
            "roles": {color.value: roles.environment_of(color).spoken for color in Color},
            "images": {color.value: dict(settings.images.of(color)) for color in Color},
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

    def _declare_color(self, color: Color, after: list[Any]) -> ColorStack:
        settings, environment = self._settings, self._settings.roles.environment_of(color)
        images, rollout = settings.images.of(color), settings.rollout
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
            rollout=RolloutArgs(rollout.timeout, rollout.pre_stop, rollout.grace_period),
        )
        return ColorStack(color.value, args, opts=self._after(after))

    def _declare_sync(self, after: list[Any]) -> StagingSync:
        settings, sync = self._settings, self._settings.sync
        args = StagingSyncArgs(
            namespace=self._namespace,
            context=settings.kubernetes.context,
            address=sync.address,
            staging_color=settings.roles.inactive.value,
            images={color.value: dict(settings.images.of(color)) for color in Color},
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
