"""What each environment is configured with, and the record of which colour serves which."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from cadrart_infra import naming, workloads
from cadrart_infra.cluster.kinds import CONFIG_MAP
from cadrart_infra.components._metadata import metadata
from cadrart_infra.components.kubernetes_object import KubernetesObject
from cadrart_infra.model import Environment


@dataclass(frozen=True, kw_only=True)
class EnvironmentConfigArgs:
    """An environment's values; `data` is plain because its hash becomes part of an object's name."""

    namespace: pulumi.Input[str]
    environment: Environment
    data: Mapping[str, str]


class EnvironmentConfig(pulumi.ComponentResource):
    """An environment's ConfigMap, twice: a record under its known name, and an immutable snapshot for the pods.

    A container that restarts reads its ConfigMap again, so pods bound to the record could change in their life. They
    are bound to the snapshot instead: its name has the hash of its content, and a change of content makes new pods.
    """

    snapshot: pulumi.Output[str]
    """Name of the ConfigMap that pods are to be bound to."""

    def __init__(self, name: str, args: EnvironmentConfigArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("cadrart:index:EnvironmentConfig", name, None, opts)
        record_name = naming.config_name(args.environment)
        record = {"metadata": metadata(record_name, args.namespace), "data": args.data}
        self.record = KubernetesObject(CONFIG_MAP, record_name, record, pulumi.ResourceOptions(parent=self))
        snapshot_name = naming.snapshot_name(args.environment, args.data)
        snapshot = {"metadata": metadata(snapshot_name, args.namespace), "data": args.data, "immutable": True}
        made = KubernetesObject(CONFIG_MAP, snapshot_name, snapshot, pulumi.ResourceOptions(parent=self))
        self.snapshot = made.name
        self.register_outputs({"snapshot": self.snapshot})


def environment_data(environment: Environment, *, database: str, log_level: str, cors_origins: str) -> dict[str, str]:
    """Keys and values of an environment's ConfigMap."""
    title = environment.value.upper()
    return {
        "DATABASE_TYPE": "mysql",
        "DATABASE_HOST": naming.DATABASE,
        "DATABASE_PORT": str(naming.DATABASE_PORT),
        "DATABASE_DATABASE": database,
        "ENVIRONMENT": title,
        "ENV": title,
        "STATIC_ROOT": workloads.STATIC_ROOT,
        "LOG_LEVEL": log_level,
        "CORS_ORIGINS": cors_origins,
    }


def color_record(
    namespace: pulumi.Input[str], data: Mapping[str, str], turned_at: str, opts: pulumi.ResourceOptions
) -> KubernetesObject:
    """`environment-config`: which colour is production and which is test, for people and other tools to read."""
    about = metadata(naming.ENVIRONMENT_CONFIG, namespace, annotations={naming.TURNED_AT: turned_at})
    return KubernetesObject(CONFIG_MAP, naming.ENVIRONMENT_CONFIG, {"metadata": about, "data": data}, opts)
