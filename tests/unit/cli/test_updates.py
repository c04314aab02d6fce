"""What the page of a job that failed says of the settings."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

import pytest

from cadrart_infra.cli.engine import Outcome
from cadrart_infra.cli.jobs import Job
from cadrart_infra.cli.updates import carry_out
from cadrart_infra.history.history import History
from cadrart_infra.model import Color
from cadrart_infra.settings import parse
from tests.unit.cluster.lease_cluster import Cluster
from tests.unit.plans import BLUE_IS_PRODUCTION, live

SETTINGS = parse({"activeColor": "blue", "images": {color: {"frontend": "f:1", "backend": "b:1"} for color in Color}})


@pytest.mark.parametrize(
    ("interrupted", "changed", "said"),
    [
        (False, {}, "Pulumi.prod.yaml is as it was before."),
        (
            True,
            {"Deployment backend-green": "update"},
            "Pulumi.prod.yaml is as it was before. To bring the cluster in line with it: pulumi up",
        ),
    ],
)
def test_only_where_something_was_begun_there_is_something_to_undo(
    interrupted: bool, changed: dict[str, str], said: str
) -> None:
    lines: list[str] = []
    restore = mock.Mock(return_value="")
    file = SimpleNamespace(
        path=Path("Pulumi.prod.yaml"),
        with_changes=lambda _: SETTINGS,
        require_writable=lambda: None,
        note_own_change={},
        restore=restore,
    )
    cluster = Cluster()

    def up(*_: Any, **__: Any) -> Outcome:
        assert "cadrart release of stack prod" in str(cluster.lease)
        return Outcome(errors=["it was refused"], changed=changed)

    engine = SimpleNamespace(up=up)
    workspace: Any = SimpleNamespace(
        file=file,
        page=SimpleNamespace(line=lambda text="": lines.append(text)),
        kubectl=lambda: cluster,
        command="release",
        stack="prod",
        engine=lambda: engine,
        log="the log",
    )
    now = live(BLUE_IS_PRODUCTION)
    with (
        mock.patch("cadrart_infra.cli.updates.forecast_lines", return_value=""),
        mock.patch("cadrart_infra.cli.updates.read_wanted"),
        mock.patch("cadrart_infra.interruption.requested", return_value=interrupted),
        mock.patch("cadrart_infra.cli.updates.read_live", return_value=now),
        mock.patch("cadrart_infra.cli.updates.read_serving", return_value=[]),
    ):
        job = Job({"images.green.backend": "b:2"}, "", "", lambda _: False)
        assert carry_out(workspace, job, now, History(), yes=True) == (130 if interrupted else 1)
    assert ("\nIt was interrupted:" if interrupted else "\nIt failed:") in lines
    assert said in lines
    restore.assert_called_once_with()
    assert cluster.lease is None
