"""What an update removes of one that was killed."""

from typing import Any

from cadrart_infra.update.killed_updates import remove_leftover_rehearsal
from tests.unit.cluster_objects import FixedKubectl, KubectlThatFinds


def test_the_next_update_removes_what_a_killed_rehearsal_left() -> None:
    there: Any = KubectlThatFinds({"kind": "Job", "metadata": {"name": "cadrart-rehearsal"}})
    assert "of an update that was killed is removed" in remove_leftover_rehearsal(there)
    assert there.commands[0][:3] == ("delete", "job", "cadrart-rehearsal")
    nothing: Any = FixedKubectl([])
    assert remove_leftover_rehearsal(nothing) == ""
