"""The shop's vocabulary: colours, environments, roles, and what describes a workload. No I/O, no pulumi."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from typing import NewType

PROGRAM = "cadrart-infra"
"""This program's name, and that of its Pulumi project."""
NAMESPACE = "cadrart"
"""The shop's, where nobody says another."""


class Color(StrEnum):
    """One of the two complete copies of the shop."""

    BLUE = "blue"
    GREEN = "green"

    @property
    def other(self) -> "Color":
        """The colour that plays the other role."""
        return Color.GREEN if self is Color.BLUE else Color.BLUE


class Environment(StrEnum):
    """What a pod is bound to for its whole life: database, credentials, uploaded files."""

    PROD = "prod"
    STG = "stg"

    @property
    def spoken(self) -> str:
        """The environment as people call it."""
        return "production" if self is Environment.PROD else "staging"


@dataclass(frozen=True)
class Roles:
    """The two roles, as they follow from the active colour."""

    active: Color

    @property
    def inactive(self) -> Color:
        """The colour that serves staging."""
        return self.active.other

    def color_of(self, environment: Environment) -> Color:
        """The colour that serves an environment."""
        return self.active if environment is Environment.PROD else self.inactive


Workload = NewType("Workload", str)
"""The name of one of the programs that every colour runs, e.g. `backend`."""

ImagesByColor = Mapping[Color, Mapping[Workload, str]]
"""The image of each workload in each colour."""


class Volume(StrEnum):
    """A volume of a pod, by its name there."""

    STATIC_FILES = "static-volume"
    """The uploaded files of the pod's environment."""
    LOGS = "cadrart-logs"


class OfPod(Enum):
    """The value of a variable that is fixed in the pod's own template, for the pod's life."""

    COLOR = "color"
    DATABASE = "database"
    """The database of the pod's environment."""


@dataclass(frozen=True)
class FromConfig:
    """The value of a variable: a key of the ConfigMap of the pod's environment."""

    key: str


@dataclass(frozen=True)
class FromSecret:
    """The value of a variable: a key of a Secret, which never passes through the program."""

    secret: str
    key: str


@dataclass(frozen=True)
class FromAccount:
    """The value of a variable: a key of the Secret with the database account of the pod's environment."""

    key: str


@dataclass(frozen=True)
class FromTokens:
    """The value of a variable: a key of the Secret with the tokens of the pod's environment."""

    key: str


Source = str | OfPod | FromConfig | FromSecret | FromAccount | FromTokens
"""Where a variable's value comes from; text is the value itself."""


@dataclass(frozen=True)
class Port:
    """A port of a workload: its name in the pods and in the colour's own Services, and its name in the proxies."""

    name: str
    number: int
    proxy_name: str


@dataclass(frozen=True)
class Resources:
    """What a container asks for and what it is limited to (Kubernetes quantities)."""

    cpu_request: str = "25m"
    memory_request: str = "64Mi"
    cpu_limit: str = "100m"
    memory_limit: str = "128Mi"


@dataclass(frozen=True, kw_only=True, eq=False)
class WorkloadSpec:
    """Everything that the program knows of a workload; whoever needs a port, a path or a variable reads it here.

    Each is equal to itself alone, so that what is made of it can be kept by it.
    """

    name: Workload
    ports: tuple[Port, ...]
    """The first one answers `health_path`, `schema_path` and the user's smoke command."""
    health_path: str
    """A page that answers with a status of success while a pod is well."""
    schema_path: str = ""
    """A page that lists the migrations that its database misses; empty for a workload that has none."""
    ingress_paths: Mapping[str, str] = field(default_factory=dict)
    """What the Ingress sends to the workload: a path's beginning to the name of a port."""
    variables: Mapping[str, Source] = field(default_factory=dict)
    mounts: Mapping[Volume, str] = field(default_factory=dict)
    """Where each volume is mounted."""
    run_as: int | None = None
    """The user and group of a container without any privilege and with a read-only file system; None: the image's."""
    resources: Resources = Resources()
    """Defaults of the settings `resources.<workload>`."""
    migrates: bool = False
    """Whether its releases bring the database's migrations: it has the program of `migration.command`."""
    preview_variable: str
    """The variable in which the user's smoke command gets the address of a new pod."""

    @property
    def http(self) -> Port:
        """The port that is asked about the workload's health."""
        return self.ports[0]

    def port(self, name: str) -> Port:
        """The port with this name; raises KeyError where there is none."""
        return {port.name: port for port in self.ports}[name]

    @property
    def database_variable(self) -> str:
        """The variable that holds the database's name; empty for a workload that is not connected to the database."""
        return next((name for name, source in self.variables.items() if source is OfPod.DATABASE), "")

    @property
    def uses_database(self) -> bool:
        """Whether its pods are connected to the database of their environment."""
        return bool(self.database_variable)
