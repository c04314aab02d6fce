"""Which colour plays which role: the one place that derives anything from the active colour."""

from dataclasses import dataclass
from enum import StrEnum


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

    def environment_of(self, color: Color) -> Environment:
        """The environment that a colour serves."""
        return Environment.PROD if color is self.active else Environment.STG

    def color_of(self, environment: Environment) -> Color:
        """The colour that serves an environment."""
        return self.active if environment is Environment.PROD else self.inactive
