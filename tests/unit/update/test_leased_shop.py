"""What a preview says of whoever changes the shop now."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from unittest import mock

import pytest

from cadrart_infra.cluster import lease
from cadrart_infra.cluster.lease import Holder
from cadrart_infra.engine.process import engine
from cadrart_infra.update import leased_shop

NOW = datetime(2026, 1, 1, 10, 0, tzinfo=UTC)
CLUSTER: Any = SimpleNamespace(now=lambda: NOW)


def said(run: str) -> list[str]:
    """What the preview of this process says while `run` holds the Lease."""
    holder = Holder(run, "ann@laptop", "pulumi up of stack prod", NOW, NOW)
    with (
        mock.patch.object(lease, "who_holds", return_value=holder),
        mock.patch("pulumi.runtime.is_dry_run", return_value=True),
        mock.patch("pulumi.log.info") as info,
    ):
        leased_shop.hold_while_updating(CLUSTER)
    return [str(call.args[0]) for call in info.call_args_list]


@pytest.mark.parametrize(("run", "lines"), [("another/1", 1), (engine().run, 0)], ids=["another run", "itself"])
def test_it_names_another_run_that_holds_the_lease_and_not_its_own(run: str, lines: int) -> None:
    texts = said(run)
    assert len(texts) == lines
    assert all("ann@laptop" in text for text in texts)


def test_the_lease_of_a_command_is_held_for_it_and_not_for_pulumi(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["/shop/.venv/bin/cadrart", "switch", "--yes"])
    with (
        mock.patch.object(lease, "take", return_value=None) as take,
        mock.patch("pulumi.runtime.is_dry_run", return_value=False),
        mock.patch("pulumi.get_stack", return_value="prod"),
    ):
        leased_shop.hold_while_updating(CLUSTER)
    assert take.call_args.args[2] == "cadrart switch of stack prod"
