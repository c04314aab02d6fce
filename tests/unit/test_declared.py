"""A change of the code alone changes no object of a shop that is in use: that would restart its pods."""

from tests.unit.declared import RECORD, objects
from tests.unit.program import run_once


def test_the_objects_are_as_they_were() -> None:
    """Where a change is wanted: `python -m tests.unit.declared`, and say in the commit what restarts."""
    assert objects(run_once()) == RECORD.read_text()
