"""What the end of a change of Secrets is given."""

from cadrart_infra.dynamic import Inputs


class CompletionInputs(Inputs):
    """What is in use at the end of the update.

    `snapshots`: by environment. `versions`: of the Secrets, empty for one that the update makes. `changed`: the keys
    with another value. `due`: why there is something to do. `drain`: seconds that pods may go on which have to end.
    """

    snapshots: dict[str, str]
    versions: dict[str, str]
    changed: list[str]
    due: list[str]
    drain: int
