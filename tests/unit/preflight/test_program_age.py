"""An update from an older checkout: refused with a remedy, unless it is meant."""

from unittest import mock

import pytest

from cadrart_infra.history.checkout import SHORT, Checkout
from cadrart_infra.history.entry import Entry, Job, Outcome
from cadrart_infra.history.history import History, Program
from cadrart_infra.preflight.program_age import VARIABLE, OlderProgram, require_not_older

OLD, NEW = "a" * 40, "b" * 40
UPDATE = Entry(job=Job.RELEASE, outcome=Outcome.DONE, began="2026-01-01T10:00:00+00:00", seconds=1, who="anna@laptop")
HISTORY = History().with_entry(UPDATE, Program(NEW, frozenset({OLD[:SHORT]})))


def test_it_is_refused_with_both_commits_and_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    for value in ("", "no"):
        monkeypatch.setenv(VARIABLE, value)
        with pytest.raises(OlderProgram, match="nothing was changed") as refusal:
            require_not_older(HISTORY, Checkout(OLD))
    assert f"({OLD[:10]}) is older" in str(refusal.value)
    assert "Bring it up to date: git pull." in str(refusal.value)
    assert f"({NEW[:10]}, of 2026-01-01T10:00:00+00:00 by anna@laptop)" in str(refusal.value)


def test_with_the_word_it_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "yes")
    require_not_older(HISTORY, Checkout(OLD))


def test_where_git_does_not_know_one_line_says_so() -> None:
    with mock.patch("pulumi.log.info") as said:
        require_not_older(HISTORY, Checkout())
        require_not_older(HISTORY, Checkout(NEW))
        require_not_older(History(), Checkout())
    ((line,),) = (call.args for call in said.call_args_list)
    assert line.startswith("git does not know here")
    assert "\n" not in line
