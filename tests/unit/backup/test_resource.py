"""When an update makes a backup, and before what."""

from __future__ import annotations

from typing import Any

from cadrart_infra.backup.due import announcement, backup_due
from cadrart_infra.backup.inputs import BackupInputs
from cadrart_infra.backup.provider import BackupProvider
from cadrart_infra.model import Color, Environment
from tests.unit.backup.examples import SWITCH
from tests.unit.cluster_objects import deployments, routed
from tests.unit.program import FakeKubectl, run, run_once


def given(**changes: Any) -> BackupInputs:
    return BackupInputs.read({**SWITCH, **changes})


class TestTrigger:
    def test_a_switch_is_the_only_reason(self) -> None:
        assert backup_due(given())
        assert not backup_due(given(switchFrom=""))
        assert not backup_due(given(switchFrom="green"))

    def test_a_release_to_the_color_that_serves_production_is_one_as_well(self) -> None:
        released = given(switchFrom="green", release=True)
        assert backup_due(released)
        assert "backed up before green gets another release;" in announcement(released)
        assert not backup_due(given(switchFrom="", release=True))

    def test_a_switch_that_was_refused_is_a_reason_again(self) -> None:
        recorded = {**SWITCH, "last": {"name": "20261123-215500-blue"}}
        assert BackupProvider().diff("id", recorded, SWITCH).changes

    def test_nothing_else_is_a_change(self) -> None:
        still = {**SWITCH, "switchFrom": "", "context": "moved", "keep": 9.0}
        assert not BackupProvider().diff("id", SWITCH, still).changes

    def test_a_first_install_takes_note_only(self) -> None:
        created = BackupProvider().create({**SWITCH, "switchFrom": "", "__provider": "…"})
        assert created.outs is not None
        assert created.outs["last"] is None
        assert "__provider" not in created.outs

    def test_a_preview_says_whether(self) -> None:
        assert announcement(given()) == (
            "backup: atelier-cadrart will be backed up before green takes over from blue; the newest 5 backups are kept"
        )
        assert announcement(given(switchFrom="")).startswith("backup: none")


class TestProgram:
    def test_a_backup_comes_before_the_new_active_color(self) -> None:
        cluster = FakeKubectl(routed=routed(Color.BLUE))
        shop = run(cluster, activeColor="green", backup={"beforeSwitch": True})
        assert shop["backupbeforeswitch/backup"].inputs["switchFrom"] == "blue"
        backup = shop.before("backupbeforeswitch/backup")
        assert {"databaseaccounts/database-accounts", "persistentvolumeclaim/cadrart-backups"} <= backup
        for name in ("deployment/backend-green", "deployment/frontend-green"):
            assert "backupbeforeswitch/backup" in shop.before(name)
            assert name not in backup
        assert shop.requests["persistentvolumeclaim/cadrart-backups"].retainOnDelete

    def test_a_release_to_production_comes_after_a_backup(self) -> None:
        objects = [*deployments(Color.BLUE, Environment.PROD, "2"), *deployments(Color.GREEN, Environment.STG, "1.0.0")]
        for item in objects:
            item["metadata"]["managedFields"] = [{"manager": "pulumi-kubernetes-1", "fieldsV1": {}}]
        allowed: dict[str, Any] = {"backup": {"beforeSwitch": True}, "promotion": {"allowUntested": True}}
        shop = run(FakeKubectl(routed=routed(Color.BLUE), deployments=objects), **allowed)
        inputs = shop["backupbeforeswitch/backup"].inputs
        assert (inputs["switchFrom"], inputs["release"]) == ("blue", True)

    def test_without_the_setting_there_is_none(self) -> None:
        shop = run_once()
        assert "backupbeforeswitch/backup" not in shop
        assert "persistentvolumeclaim/cadrart-backups" not in shop

    def test_no_input_is_secret(self) -> None:
        inputs = run(backup={"beforeSwitch": True})["backupbeforeswitch/backup"].inputs
        plain = {"namespace", "context", "database", "activeColor", "switchFrom", "keep", "timeLimit", "__provider"}
        assert set(inputs) - {"last"} == plain
        assert inputs["switchFrom"] == ""
