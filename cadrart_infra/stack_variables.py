"""Which stack the environment names, as Pulumi takes it."""

from collections.abc import Mapping

OPTION = "PULUMI_OPTION_"
"""With a flag's name in capitals behind it, the environment variable that Pulumi takes for a flag that is not given."""


def named_in(environment: Mapping[str, str]) -> str:
    """Empty where it names none; where two variables do, the flag's counts."""
    return environment.get(f"{OPTION}STACK") or environment.get("PULUMI_STACK", "")
