"""The database server, where its data lies, its backups, and how staging gets its copy."""

import re
import ssl
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from cadrart_infra.model import Environment
from cadrart_infra.server_memory import pool_without_room
from cadrart_infra.settings.errors import refuse
from cadrart_infra.settings.values import HIGHEST_USER, Cpu, Image, Model, Name, Seconds, Size, Text, bytes_of
from cadrart_infra.settings.variables import Variables

_DATABASE = re.compile(r"^[A-Za-z0-9_$-]{1,56}$")
_LEAST_MEMORY = 128 << 20
_LABEL = "[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?"
_ADDRESS = rf"{_LABEL}(\.{_LABEL})*(:[0-9]{{1,5}})?"
_ACCOUNT = r"^[A-Za-z0-9_.-]{1,32}$"
_SYSTEM_ACCOUNTS = {"root", "mysql", "mariadb.sys", "healthcheck", "debian-sys-maint"}
_SYSTEM_DATABASES = {"mysql", "sys", "information_schema", "performance_schema"}


def _database(value: str) -> str:
    if not _DATABASE.fullmatch(value) or value.lower() in _SYSTEM_DATABASES:
        raise refuse(
            "is not a valid database name",
            "Use 1 to 56 letters, digits, '-', '_' or '$' (the sync adds a suffix); the server's own are taken",
        )
    return value


def _account(value: str) -> str:
    if not re.fullmatch(_ACCOUNT, value) or value.lower() in _SYSTEM_ACCOUNTS or value.lower().startswith("mysql."):
        raise refuse(
            "is not an account that an application may have",
            "Use 1 to 32 letters, digits, '_', '.' or '-', e.g. atelier-cadrart; root and the server's own are taken",
        )
    return value


Database = Annotated[str, AfterValidator(_database)]
Account = Annotated[str, AfterValidator(_account), Field(json_schema_extra={"pattern": _ACCOUNT})]


def _address(value: str) -> str:
    port = value.partition(":")[2] or "3306"
    if value and not (re.fullmatch(_ADDRESS, value) and 0 < int(port) < 1 << 16):
        raise refuse("is no host, or no port of one", "Write host or host:port, e.g. db.example.com:3306")
    return value


Address = Annotated[str, AfterValidator(_address), Field(json_schema_extra={"pattern": f"^({_ADDRESS})?$"})]


def _authorities(value: str) -> str:
    value = value.encode("ascii", "replace").decode()  # of a bundle whose comments have names in other letters
    if value:
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=value)
        except ssl.SSLError:
            raise refuse(
                "is no certificate in PEM",
                "Give the text of the file, from -----BEGIN CERTIFICATE----- on: pulumi config set --path sync.ca -- "
                '"$(cat ca.pem)"',
            ) from None
    return value


Authorities = Annotated[str, AfterValidator(_authorities)]


class BoostSettings(Model):
    """More for the server while a sync, a backup, a restore or a migration runs; its pod is not restarted for it."""

    enabled: bool = True
    """Whether the server's limits are raised in place while a sync, a backup, a restore or a migration by a Job
    runs."""
    cpu_limit: Cpu = "1"
    """What the limit of its processor time is raised to; one that is higher already stays."""
    memory_limit: Size | Literal[""] = ""
    """What the limit of its memory is raised to; empty: it stays as it is."""


class DatabaseSettings(Model):
    """The database server and the two databases on it."""

    image: Image = "mysql:8.0"
    """The server's image. A change waits for a restart that is asked for."""
    production: Database = "atelier-cadrart"
    """Production's database."""
    staging: Database = "atelier-cadrart-stg"
    """Staging's database. Every database whose name begins with this one belongs to staging."""
    take_over: Database | Literal[""] = ""
    """The name of `database.staging` again, where staging is to have a database that holds what this program did not
    make: **all of it is replaced**. Empty: such a database is refused."""
    production_user: Account = "atelier-cadrart"
    """Production's account; the same as `DATABASE_USER` in `cadrart-secret`."""
    staging_user: Account = "atelier-cadrart-stg"
    """Staging's account, which the program makes."""
    sync_user: Account = "atelier-cadrart-sync"
    """The staging sync's account, which the program makes."""
    staging_connections: Annotated[int, Field(ge=1, le=100_000)] = 40
    """How many connections staging's account may have at once: a tester's leak leaves production the rest of the
    server's `max_connections` (151, where `database.settings` says nothing else)."""
    cpu_limit: Cpu = "100m"
    """Limit of the server's processor time. A change waits for a restart that is asked for."""
    memory_limit: Size = "512Mi"
    """Limit of the server's memory, 128Mi at least. A change waits for a restart that is asked for."""
    run_as: Annotated[int, Field(ge=0, le=HIGHEST_USER)] | None = None
    """User and group (a number) that the server runs as, without any privilege; 0: it begins as root, as its image
    says. Where it is not set, a new server runs as 999, the user of the official images, and one that exists as it did
    before. Its files have to be this user's. A change waits for a restart that is asked for."""
    settings: Variables = Field(default_factory=dict)
    """Variables of the server, e.g. max_connections: changed while it runs, or, where it cannot, at a restart."""
    boost: BoostSettings = BoostSettings()
    restart: Text = ""
    """Any new value, e.g. a date, restarts the server on the next update, which interrupts production."""
    restart_timeout: Annotated[Seconds, Field(ge=10)] = 300
    """Seconds until a restarted server has to answer; otherwise what ran before is started again."""
    rehearse: bool = True
    """Whether a restart with another image is rehearsed on a copy of production first
    ([database-server.md](database-server.md)); production is backed up before it either way."""
    rehearsal_time_limit: Annotated[Seconds, Field(ge=60)] = 3600
    """Seconds until a rehearsal gives up; then the server is not restarted."""
    rehearse_releases: Literal["none", "production", "staging", "both"] = "none"
    """Whose backend is started on that copy, on the new server and without a way out of its pod: it has to be healthy
    and to miss no migration. The release of `production`, of `staging`, of `both`, or of `none`."""
    rehearsal_release_time_limit: Annotated[Seconds, Field(ge=5)] = 300
    """Seconds until such a release has to be healthy, its migrations on the copy included."""
    clients: list[Annotated[Name, Field(max_length=63)]] = Field(default_factory=list)
    """Other workloads (their `io.kompose.service` label) that may reach the server, e.g. phpmyadmin."""

    def of(self, environment: Environment) -> str:
        """The database of an environment."""
        return self.production if environment is Environment.PROD else self.staging

    @model_validator(mode="after")
    def _fits(self) -> Self:
        """A buffer pool larger than the server's memory would have it killed, while it runs and at every start."""
        memory = bytes_of(self.memory_limit)
        if memory < _LEAST_MEMORY:
            raise refuse(f"memoryLimit ({self.memory_limit}) is less than the server's request of 128Mi", "Raise it")
        if pool := pool_without_room(memory, self.settings):
            raise refuse(
                f"settings.{pool} ({self.settings[pool]}) is more than three quarters of memoryLimit "
                f"({self.memory_limit}), so that the server would be killed",
                "Lower the one or raise the other",
            )
        return self

    @model_validator(mode="after")
    def _leaves_connections(self) -> Self:
        most = self.settings.get("max_connections", "")
        if re.fullmatch(r"-?[0-9]+", most) and self.staging_connections >= int(most):
            raise refuse(
                f"stagingConnections ({self.staging_connections}) leaves production none of settings.max_connections "
                f"({most})",
                "Lower the one or raise the other",
            )
        return self

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
    """Class of every claim; it cannot change once a claim exists."""
    database: Size = "10Gi"
    """Size of the claim for the server's data."""
    static: Size = "10Gi"
    """Size of the claim for uploaded files, of each environment."""
    logs: Size = "10Gi"
    """Size of the claim for the backends' logs, of each environment."""
    backups: Size = "10Gi"
    """Size of the claim for backups: room for one backup more than `backup.keep`. It is made with the first
    `backup.beforeSwitch` or the first upgrade of the database server, and never removed."""


class BackupSettings(Model):
    """Whether production is backed up before a switch."""

    before_switch: bool = False
    """Whether production's database is backed up before a switch begins ([backup.md](backup.md))."""
    keep: Annotated[int, Field(ge=1)] = 5
    """How many backups stay; the newest always does."""
    time_limit: Annotated[Seconds, Field(ge=10)] = 1800
    """Seconds until a backup gives up; then a switch to a new release does not begin, and a way back goes on."""
    verify: Literal["load", "read"] = "load"
    """`load`: each backup is loaded into a database beside production and compared, which takes as much disk again as
    production's tables, for that time, and twice as much with the binary log on. `read`: it is only read to its end;
    whether it loads shows when it is needed."""


class MaskingSettings(Model):
    """Personal data replaced on the way to staging. Off unless the stack says so: staging then holds real data."""

    enabled: bool = False
    """Whether personal data is replaced on the way. Off means that staging holds your customers' real data."""
    columns: dict[str, str | dict[str, str]] = Field(default_factory=dict)
    """Rules besides the ready set for the shop's tables: `table.column` to a kind, or to JSON paths with kinds.
    `cadrart masking` prints what is missing."""
    keep: list[str] = Field(default_factory=list)
    """What stays as it is: `table.column`, or `table.column$.path` of JSON. What has neither a rule nor a line here,
    and needs one, stops a sync."""


class SyncSettings(Model):
    """When and how staging's database is made a copy of production's."""

    request: Text = ""
    """Any new value, e.g. a date, asks for a staging sync on the next update."""
    restore_previous: Text = ""
    """Any new value brings the copy back that staging held before."""
    on_switch: bool = False
    """Whether a switch syncs as well; a release to staging always does."""
    keep_previous: bool = True
    """Whether the replaced copy is kept, unless it was masked otherwise: it can be brought back, and the next sync only
    repairs it."""
    address: Address = ""
    """host:port of a server outside the cluster; empty for the pod of `db`."""
    ca: Authorities = ""
    """The certificates (PEM) that the server at `sync.address` is verified by; empty: those that this machine trusts.
    A server outside the cluster without TLS, or with a certificate for another host name, is refused."""
    time_limit: Annotated[Seconds, Field(ge=60)] = 3600
    """Seconds until a sync gives up, with staging as it was."""
    pace: Literal["gentle", "fast"] = "gentle"
    """`gentle`: one small statement at a time, and none while production feels it; `fast`: all the server can give."""
    processor_share: Annotated[float, Field(ge=0.2, le=1)] = 0.7
    """How much of its processor limit the server may use altogether while a gentle sync works, from 0.2 to 1; above it
    the sync waits."""
    masking: MaskingSettings = MaskingSettings()
