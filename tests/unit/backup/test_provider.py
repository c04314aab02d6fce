"""What the backup's resource does when it is updated."""

from __future__ import annotations

from typing import Any

import pytest

from cadrart_infra.backup.backups import Backup
from cadrart_infra.backup.due import announcement
from cadrart_infra.backup.errors import BackupError
from cadrart_infra.backup.inputs import BackupInputs
from cadrart_infra.backup.making import BackupRequest
from cadrart_infra.backup.operations import make_backup
from cadrart_infra.backup.provider import BackupProvider
from cadrart_infra.cluster.errors import ClusterError
from cadrart_infra.terminal import Say
from tests.unit.backup.examples import SWITCH, comparing
from tests.unit.job_cluster import FakeCluster, state


class TestTheWayBack:
    """To images that production has run before: a backup that fails does not keep production where it is."""

    @pytest.fixture(autouse=True)
    def full(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def fails(_: object, wanted: BackupRequest, say: Say) -> Backup:
            cluster = FakeCluster(state(terminated={"exitCode": 11}))
            return make_backup(cluster, wanted, say, comparing())  # type: ignore[arg-type]

        monkeypatch.setattr("cadrart_infra.backup.operations.make_recorded_backup", fails)

    def test_it_is_warned_and_the_newest_backup_stays_recorded(self, capsys: pytest.CaptureFixture[str]) -> None:
        recorded = {**SWITCH, "last": {"name": "20261123-215500-blue"}}
        updated = BackupProvider().update("id", recorded, {**SWITCH, "goesBack": True})
        said = capsys.readouterr().out
        warning = "production goes back without a backup, because it failed. The claim could not be written"
        assert f"warning: {warning}" in said
        for untrue in ("did not begin", "goes on serving", "run pulumi up again"):
            assert untrue not in said
        assert updated.outs is not None
        assert updated.outs["last"] == recorded["last"]

    def test_a_cluster_that_refuses_its_job_is_warned_of_too(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        refusal = 'jobs.batch "cadrart-backup" is forbidden: exceeded quota: small'

        class Refusing(FakeCluster):
            def create(self, manifest: dict[str, Any]) -> None:
                raise ClusterError(f'Error from server (Forbidden): error when creating "STDIN": {refusal}')

        def fails(_: object, wanted: BackupRequest, say: Say) -> Backup:
            return make_backup(Refusing(), wanted, say, comparing())  # type: ignore[arg-type]

        monkeypatch.setattr("cadrart_infra.backup.operations.make_recorded_backup", fails)
        BackupProvider().update("id", {**SWITCH, "last": None}, {**SWITCH, "goesBack": True})
        said = capsys.readouterr().out
        assert f"because it failed. The cluster refused the Job cadrart-backup: {refusal}." in said
        assert "a quota, a policy, a webhook" in said

    def test_before_the_first_backup_pulumi_has_recorded_none(self) -> None:
        updated = BackupProvider().update("id", SWITCH, {**SWITCH, "goesBack": True})
        assert updated.outs is not None
        assert updated.outs["last"] is None

    def test_an_older_release_is_back_before_its_backup(self, capsys: pytest.CaptureFixture[str]) -> None:
        back = {**SWITCH, "goesBack": True, "takesBack": True}
        said = announcement(BackupInputs.read(back))
        assert said.startswith("backup: atelier-cadrart will be backed up when production has its older release back; ")
        BackupProvider().update("id", {**SWITCH, "last": None}, back)
        assert "warning: production has its older release back without a backup" in capsys.readouterr().out

    def test_any_other_switch_is_refused(self) -> None:
        with pytest.raises(BackupError, match=r"The switch did not begin(.|\n)*; or switch without a backup: "):
            BackupProvider().update("id", SWITCH, SWITCH)

    def test_a_release_to_production_is_called_one(self) -> None:
        released = {**SWITCH, "activeColor": "blue", "release": True}
        with pytest.raises(BackupError, match=r"The release did not begin(.|\n)*; or release without a backup: "):
            BackupProvider().update("id", SWITCH, released)
