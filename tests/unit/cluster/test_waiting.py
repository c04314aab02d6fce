"""A cluster that does not answer for a moment, and one that refuses."""

import pytest

from cadrart_infra.cluster import waiting
from cadrart_infra.cluster.errors import ApiError, ClusterError
from cadrart_infra.cluster.waiting import until_answered


class Looks:
    """Raises these errors first, one at each look, and answers then."""

    def __init__(self, *errors: ClusterError) -> None:
        self.errors, self.seen = list(errors), 0

    def __call__(self) -> str:
        self.seen += 1
        if self.errors:
            raise self.errors.pop(0)
        return "an answer"


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "_PAUSE", 0)


def test_a_cluster_is_asked_again_until_it_answers() -> None:
    silent = [ClusterError("no answer within 30 s"), ApiError(502, "connection refused"), ApiError(429, "too many")]
    assert until_answered(look := Looks(*silent)) == "an answer"
    assert look.seen == len(silent) + 1


@pytest.mark.parametrize("status", [401, 403, 404, 409])
def test_what_it_refuses_is_not_asked_for_again(status: int) -> None:
    with pytest.raises(ApiError, match=rf"^status {status}"):
        until_answered(look := Looks(ApiError(status, "no")))
    assert look.seen == 1


def test_a_silence_that_lasts_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "_SILENT_SECONDS", 0)
    with pytest.raises(ClusterError, match=r"^no answer$"):
        until_answered(Looks(ClusterError("no answer"), ClusterError("no answer at all")))
