"""What the end of a change of Secrets is given."""

from cadrart_infra.dynamic import Inputs


class CompletionInputs(Inputs):
    """What is in use at the end of the update."""

    snapshots: dict[str, str]
    """Names of the Secrets that pods are bound to, by environment."""
    versions: dict[str, str]
    """Of the Secrets; empty for one that the update makes."""
    changed: list[str]
    """The keys with another value."""
    due: list[str]
    """Why there is something to do."""
    drain: int
    """Seconds that pods which have to end may go on."""
