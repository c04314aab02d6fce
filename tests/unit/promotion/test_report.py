"""The end of an update: it ended well where production was seen to serve."""

import asyncio
from typing import Any, cast

import pulumi
import pytest

from cadrart_infra.cluster.errors import ApiError, ClusterError
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.model import Color
from cadrart_infra.promotion.report import Report
from tests.unit.plans import BLUE_IS_PRODUCTION, live, plan

SILENT = ClusterError("kubectl gave no answer")
SEEN: tuple[str, list[str]] = ("who serves what", [])


@pytest.mark.parametrize(
    ("answers", "fails_with"),
    [
        ([SEEN], ""),
        ([("who serves what", ["backend-prod-proxy leads to no ready pod"])], "leads to no ready pod"),
        ([SILENT, SEEN], ""),
        ([SILENT, SILENT], "whether production serves could not be seen: kubectl gave no answer"),
        ([ApiError(403, "forbidden"), ApiError(403, "forbidden")], "could not be seen: .*forbidden"),
    ],
)
def test_an_update_ends_well_where_production_was_seen_to_serve(
    monkeypatch: pytest.MonkeyPatch, answers: list[Any], fails_with: str
) -> None:
    """A cluster that is away for a moment is asked again; what nobody has seen is not known to be well."""

    def look(_: Report) -> tuple[str, list[str]]:
        answer = answers.pop(0)
        if isinstance(answer, ClusterError):
            raise answer
        return cast(tuple[str, list[str]], answer)

    for name in ("info", "warn"):
        monkeypatch.setattr(pulumi.log, name, lambda _: None)
    monkeypatch.setattr("cadrart_infra.promotion.report.suppress_exit_message", lambda: None)
    monkeypatch.setattr(Report, "_look", look)
    monkeypatch.setattr(Kubectl, "now", lambda _: None)
    done: list[str] = []
    now = plan(live(BLUE_IS_PRODUCTION), Color.BLUE)
    report = Report(now, Kubectl("cadrart"), lambda: done.append("done"), cast(Any, None))
    if fails_with:
        with pytest.raises(pulumi.RunError, match=fails_with):
            asyncio.run(report._finish())
    else:
        asyncio.run(report._finish())
    assert (done, answers) == ([] if fails_with else ["done"], [])
