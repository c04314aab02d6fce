"""The stack's settings: the only reader of the stack's configuration, and what refuses it when it is wrong.

Every key has its default and its meaning here and in `Pulumi.yaml` (top level) and docs/configuration.md (nested).
"""

import json
import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

import pulumi
from pulumi.runtime import config
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic.alias_generators import to_camel

from cadrart_infra.model import Color, Environment, Roles
from cadrart_infra.naming import Workload
from cadrart_infra.settings.errors import SettingsError, explain, refuse

_IMAGE = re.compile(
    r"(?P<name>[a-z0-9]+([._:/-]+[a-z0-9]+)*?)(:(?P<tag>\w[\w.-]{0,127}))?(?P<digest>@sha256:[0-9a-f]{64})?"
)
_HOST_LABEL = re.compile(r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")
_DATABASE = re.compile(r"^[A-Za-z0-9_$-]{1,56}$")
_QUANTITY = re.compile(r"[1-9][0-9]*(m|Mi|Gi|Ti)?")
_SYSTEM_DATABASES = {"mysql", "sys", "information_schema", "performance_schema"}


def _image(value: str) -> str:
    if not _IMAGE.fullmatch(value):
        raise refuse(
            "is not an image name", "Write it as registry/name:version, e.g. ghcr.io/manuszep/cadrart2025-backend:1.4.2"
        )
    return value


def _host(value: str) -> str:
    labels = value.split(".")
    if len(value) > 253 or len(labels) < 2 or not all(_HOST_LABEL.fullmatch(label) for label in labels):
        raise refuse("is not a host name", "Write it in lower case without https:// and path, e.g. ateliercadrart.com")
    return value


def _database(value: str) -> str:
    if not _DATABASE.fullmatch(value) or value.lower() in _SYSTEM_DATABASES:
        raise refuse(
            "is not a valid database name",
            "Use 1 to 56 letters, digits, '-', '_' or '$' (the sync adds a suffix); the server's own are taken",
        )
    return value


def _quantity(value: str) -> str:
    if not _QUANTITY.fullmatch(value):
        raise refuse(
            "is not a quantity", "Write a whole number and its unit, e.g. 10Gi (storage, memory) or 500m (cpu)"
        )
    return value


Image = Annotated[str, AfterValidator(_image)]
Host = Annotated[str, AfterValidator(_host)]
Database = Annotated[str, AfterValidator(_database)]
Account = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,32}$")]
Name = Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$")]
LogLevel = Literal["error", "warn", "info", "debug", "verbose"]
Quantity = Annotated[str, AfterValidator(_quantity)]


class _Model(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid", frozen=True)


class ColorImages(_Model):
    """The two images that a colour runs."""

    frontend: Image
    backend: Image

    def by_workload(self) -> dict[Workload, str]:
        """The image of each workload."""
        return {Workload.FRONTEND: self.frontend, Workload.BACKEND: self.backend}


class Images(_Model):
    """The images of each colour. A release to staging is a new image of the inactive colour."""

    blue: ColorImages
    green: ColorImages

    def of(self, color: Color) -> ColorImages:
        """The images of one colour."""
        return self.blue if color is Color.BLUE else self.green


class Pull(_Model):
    """How images are pulled."""

    policy: Literal["Always", "IfNotPresent", ""] = ""
    """Of the colours' images; empty: as each runs now, and for a new image IfNotPresent if it has a version."""
    secret: Name | Literal[""] = "cadrart-registry-key"
    """Name of the registry's Secret; empty for none."""


class Replicas(_Model):
    """Pods of each Deployment, by the environment that its colour serves."""

    prod: Annotated[int, Field(ge=1)] = 1
    stg: Annotated[int, Field(ge=1)] = 1

    def of(self, environment: Environment) -> int:
        """The number of pods of a Deployment in an environment."""
        return self.prod if environment is Environment.PROD else self.stg


class EnvironmentSettings(_Model):
    """What differs between the environments' ConfigMaps besides the database."""

    log_level: LogLevel
    cors_origins: str


class _Production(EnvironmentSettings):
    log_level: LogLevel = "info"
    cors_origins: str = "https://ateliercadrart.com,https://www.ateliercadrart.com"


class _Staging(EnvironmentSettings):
    log_level: LogLevel = "debug"
    cors_origins: str = "https://stg.ateliercadrart.com"


class Environments(_Model):
    """Settings of each environment."""

    prod: _Production = _Production()
    stg: _Staging = _Staging()

    def of(self, environment: Environment) -> EnvironmentSettings:
        """The settings of one environment."""
        return self.prod if environment is Environment.PROD else self.stg


class DatabaseSettings(_Model):
    """The database server and the two databases on it."""

    image: Image = "mysql:8.0"
    production: Database = "atelier-cadrart"
    staging: Database = "atelier-cadrart-stg"
    production_user: Account = "atelier-cadrart"
    staging_user: Account = "atelier-cadrart-stg"
    sync_user: Account = "atelier-cadrart-sync"
    cpu_limit: Quantity = "100m"
    memory_limit: Quantity = "512Mi"
    clients: list[Name] = []
    """Other workloads (their `io.kompose.service` label) that may reach the server, e.g. phpmyadmin."""

    def of(self, environment: Environment) -> str:
        """The database of an environment."""
        return self.production if environment is Environment.PROD else self.staging

    @model_validator(mode="after")
    def _apart(self) -> Self:
        if self.production.lower().startswith(self.staging.lower()):
            same = self.production.lower() == self.staging.lower()
            raise refuse(
                f"production ({self.production}) and staging ({self.staging}) "
                + (
                    "are the same database"
                    if same
                    else "overlap: every name that starts with staging's belongs to staging"
                ),
                "Give staging a name of its own, e.g. atelier-cadrart-stg",
            )
        users = [self.production_user, self.staging_user, self.sync_user]
        if len(set(users)) < len(users):
            raise refuse(
                "productionUser, stagingUser and syncUser are not three accounts", "Give each a name of its own"
            )
        return self


class Storage(_Model):
    """Size and class of the claims. A claim that exists keeps its class."""

    class_name: Name = "linode-block-storage-retain"
    database: Quantity = "10Gi"
    static: Quantity = "10Gi"
    logs: Quantity = "10Gi"
    backups: Quantity = "10Gi"
    """Made only with backup.beforeSwitch; it has to hold one backup more than backup.keep."""


class IngressSettings(_Model):
    """The entrance from outside."""

    production_host: Host = "ateliercadrart.com"
    staging_host: Host = "stg.ateliercadrart.com"
    class_name: Name = "nginx"
    issuer: Name | Literal[""] = "letsencrypt-prod"
    """cert-manager's ClusterIssuer; empty where certificates come another way."""
    tls_secret: Name = "example-tls"

    @model_validator(mode="after")
    def _apart(self) -> Self:
        if self.production_host == self.staging_host:
            raise refuse("productionHost and stagingHost are the same", "Give staging a host of its own")
        return self


class Rollout(_Model):
    """How a Deployment's pods are exchanged. All times in seconds."""

    timeout: Annotated[int, Field(ge=10)] = 300
    """How long a Deployment may take until its new pods are ready; then the update fails and the old pods stay."""


class Drain(_Model):
    """How old pods end. The update does not wait for it."""

    timeout: Annotated[int, Field(ge=5, le=3600)] = 60
    """How many seconds an old pod goes on serving the connections that it has after it was told to end."""
    when_idle: bool = True
    """Whether it ends earlier when nobody is connected to it any more; its image needs `sh` and `sleep` for that."""


class GateSettings(_Model):
    """What a colour has to show before production's proxies turn to it. Times in seconds."""

    successes: Annotated[int, Field(ge=1)] = 3
    """Healthy answers in a row that every pod has to give."""
    timeout: Annotated[int, Field(ge=1)] = 60
    """How long the gate waits for them."""
    smoke_command: str = ""
    """A command of the user's own, run by the shell against the new pods before any proxy turns; empty for none."""
    smoke_timeout: Annotated[int, Field(ge=1)] = 120
    """How long that command may take."""


class Promotion(_Model):
    """What may keep a switch from beginning, and what follows it. Times in seconds."""

    long_transaction: Annotated[int, Field(ge=0)] = 60
    """A switch does not begin while a transaction on production's database is older; 0 for no such check."""
    time_budget: Annotated[int, Field(ge=10)] = 600
    """How long a switch may take from its first write until production turns; then it is refused."""
    watch: Annotated[int, Field(ge=0)] = 0
    """How long production is watched after it turned, and turned back if it fails; 0 for no watch."""
    hold: Annotated[int, Field(ge=1)] = 3600
    """How long a warm standby is kept."""


class BackupSettings(_Model):
    """Whether production is backed up before a switch."""

    before_switch: bool = False
    keep: Annotated[int, Field(ge=1)] = 5
    """How many backups stay; the newest always does."""
    time_limit: Annotated[int, Field(ge=10)] = 1800
    """Seconds until a backup gives up; then the switch does not begin."""


class MaskingSettings(_Model):
    """Personal data replaced on the way to staging. Off unless the stack says so: staging then holds real data."""

    enabled: bool = False
    columns: dict[str, str | dict[str, str]] = {}
    """Rules besides the ready set for the shop's tables: `table.column` to a kind, or to JSON paths with kinds."""
    keep: list[str] = []
    """Columns (`table.column`) that look personal and are not."""


class SyncSettings(_Model):
    """When and how staging's database is made a copy of production's."""

    request: str = ""
    """Any new value asks for a sync on the next update."""
    restore_previous: str = ""
    """Any new value brings the copy back that staging held before."""
    on_switch: bool = False
    keep_previous: bool = True
    address: Annotated[str, Field(pattern=r"^([A-Za-z0-9.-]+(:[0-9]+)?)?$")] = ""
    """host:port of a server outside the cluster; empty for the pod of `db`."""
    time_limit: Annotated[int, Field(ge=60)] = 3600
    """Seconds until a sync gives up, with staging as it was."""
    pace: Literal["gentle", "fast"] = "gentle"
    """`gentle`: one small statement at a time; `fast`: all the server can give."""
    masking: MaskingSettings = MaskingSettings()


class KubernetesSettings(_Model):
    """Which cluster."""

    context: str = ""
    """Context of the kubeconfig; empty for its current one."""


class Settings(_Model):
    """Everything that a stack decides."""

    production: bool = True
    """The strict rules: no image without a version, no `:latest`."""
    active_color: Color
    namespace: Name = "cadrart"
    images: Images
    pull: Pull = Pull()
    replicas: Replicas = Replicas()
    environments: Environments = Environments()
    database: DatabaseSettings = DatabaseSettings()
    storage: Storage = Storage()
    ingress: IngressSettings = IngressSettings()
    rollout: Rollout = Rollout()
    drain: Drain = Drain()
    gate: GateSettings = GateSettings()
    promotion: Promotion = Promotion()
    standby: Literal["cold", "warm"] = "cold"
    """Whether the colour that was production becomes staging at once, or stays a warm way back for a while."""
    backup: BackupSettings = BackupSettings()
    sync: SyncSettings = SyncSettings()
    kubernetes: KubernetesSettings = KubernetesSettings()

    @property
    def roles(self) -> Roles:
        """Which colour plays which role."""
        return Roles(self.active_color)

    @model_validator(mode="after")
    def _versions_in_production(self) -> Self:
        if not self.production:
            return self
        for color in Color:
            for workload, image in self.images.of(color).by_workload().items():
                match = _IMAGE.fullmatch(image)
                if match and not match["digest"] and match["tag"] in (None, "latest"):
                    raise refuse(
                        "has no version, so that nobody could say what runs in production",
                        f"Name the release, e.g. {match['name']}:1.4.2",
                        key=f"images.{color}.{workload}",
                        value=image,
                    )
        return self


def parse(values: Mapping[str, Any]) -> Settings:
    """Settings from the stack's plain values (strings, or what JSON gave for structured keys).

    Raises SettingsError that names every wrong key, its value and the remedy.
    """
    try:
        return Settings.model_validate({key: value for key, value in values.items() if value != ""})
    except ValidationError as error:
        raise SettingsError(explain(error, Settings)) from None


def load() -> Settings:
    """Settings of the stack that Pulumi is working on; raises SettingsError (see `parse`)."""
    prefix = f"{pulumi.get_project()}:"
    stack = {**config.get_config_env(), **config.CONFIG.get()}
    values = {key.removeprefix(prefix): value for key, value in stack.items() if key.startswith(prefix)}
    return parse({key: _structured(key, value) for key, value in values.items()})


def _structured(key: str, value: str) -> Any:
    """The value of a structured key, which Pulumi hands over as JSON text; a plain key's value as it is."""
    field = next((field for field in Settings.model_fields.values() if field.alias == key), None)
    if field is None or not (isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)):
        return value
    try:
        return json.loads(value)
    except json.JSONDecodeError:
        return value
