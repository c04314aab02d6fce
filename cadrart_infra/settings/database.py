"""The database server, where its data lies, its backups, and how staging gets its copy."""

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from cadrart_infra.model import Environment
from cadrart_infra.settings.errors import refuse
from cadrart_infra.settings.values import Image, Model, Name, Quantity, Text

_DATABASE = re.compile(r"^[A-Za-z0-9_$-]{1,56}$")
_SYSTEM_DATABASES = {"mysql", "sys", "information_schema", "performance_schema"}


def _database(value: str) -> str:
    if not _DATABASE.fullmatch(value) or value.lower() in _SYSTEM_DATABASES:
        raise refuse(
            "is not a valid database name",
            "Use 1 to 56 letters, digits, '-', '_' or '$' (the sync adds a suffix); the server's own are taken",
        )
    return value


Database = Annotated[str, AfterValidator(_database)]
Account = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,32}$")]


class DatabaseSettings(Model):
    """The database server and the two databases on it."""

    image: Image = "mysql:8.0"
    production: Database = "atelier-cadrart"
    staging: Database = "atelier-cadrart-stg"
    production_user: Account = "atelier-cadrart"
    staging_user: Account = "atelier-cadrart-stg"
    sync_user: Account = "atelier-cadrart-sync"
    cpu_limit: Quantity = "100m"
    memory_limit: Quantity = "512Mi"
    clients: list[Name] = Field(default_factory=list)
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


class Storage(Model):
    """Size and class of the claims. A claim that exists keeps its class."""

    class_name: Name = "linode-block-storage-retain"
    database: Quantity = "10Gi"
    static: Quantity = "10Gi"
    logs: Quantity = "10Gi"
    backups: Quantity = "10Gi"
    """Made only with backup.beforeSwitch; it has to hold one backup more than backup.keep."""


class BackupSettings(Model):
    """Whether production is backed up before a switch."""

    before_switch: bool = False
    keep: Annotated[int, Field(ge=1)] = 5
    """How many backups stay; the newest always does."""
    time_limit: Annotated[int, Field(ge=10)] = 1800
    """Seconds until a backup gives up; then the switch does not begin."""


class MaskingSettings(Model):
    """Personal data replaced on the way to staging. Off unless the stack says so: staging then holds real data."""

    enabled: bool = False
    columns: dict[str, str | dict[str, str]] = Field(default_factory=dict)
    """Rules besides the ready set for the shop's tables: `table.column` to a kind, or to JSON paths with kinds."""
    keep: list[str] = Field(default_factory=list)
    """Columns (`table.column`) that look personal and are not."""


class SyncSettings(Model):
    """When and how staging's database is made a copy of production's."""

    request: Text = ""
    """Any new value asks for a sync on the next update."""
    restore_previous: Text = ""
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
