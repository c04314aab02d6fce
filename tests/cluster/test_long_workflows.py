"""Workflow files whose run takes a minute and more: a switch that is killed, a backup and its restore.

Run as in `test_workflows`.
"""

import json
import shutil
import time
from pathlib import Path

import pytest

from tests.cluster.assertions import (
    assert_converged,
    colors,
    production_unharmed,
)
from tests.cluster.workflows import OF_THE_ENVIRONMENT, Repository, kill_all


@pytest.mark.endurance  # the Lease of a killed run takes 45 s to run out
def test_a_switch_that_was_killed_is_recovered_and_undone(repository: Repository, tmp_path: Path) -> None:
    active, staging = colors(repository.shop)
    reached = tmp_path / "reached"
    repository.set("a smoke test that takes its time", gate={"smokeCommand": f"touch {reached}; sleep 30"})
    repository.git("push", "--quiet", "origin", "main")
    before = repository.settings()
    with production_unharmed(repository.shop):
        with repository.begun(
            "workflow_dispatch", "switch", stack=repository.stack, color=staging, leaves=active
        ) as switch:
            while not reached.exists():
                assert switch.poll() is None
                time.sleep(0.2)
            kill_all(switch.pid)
        recovered = repository.dispatch("recover")
        assert recovered.returncode == 0, recovered.stdout
        undone = repository.dispatch("rollback")
    assert undone.returncode == 0, undone.stdout
    assert colors(repository.shop) == (active, staging)
    assert repository.settings() == before
    repository.up_to_date()
    repository.set("no smoke test", gate={})
    repository.git("push", "--quiet", "origin", "main")
    shutil.copy2(repository.settings_file, repository.shop.stack.settings_file)
    repository.shop.up()
    assert_converged(repository.shop, active)


@pytest.mark.endurance  # a verified backup and a restore take most of a minute
def test_a_backup_at_night_and_a_restore_by_hand_with_the_database_s_name_typed(repository: Repository) -> None:
    shop = repository.shop
    repository.set("with backups", backup={"beforeSwitch": True})
    repository.git("push", "--quiet", "origin", "main")
    shutil.copy2(repository.settings_file, shop.stack.settings_file)
    shop.up()
    with repository.secrets_and_variables_kept():
        repository.variables[OF_THE_ENVIRONMENT] = {"CADRART_NIGHTLY_BACKUPS": json.dumps([repository.stack])}
        made = repository.act("schedule", "backup")
    assert made.returncode == 0, made.stdout
    rows = shop.rows_with("atelier-cadrart", "")
    slip = repository.dispatch("restore", backup="latest", database="atelier-cadrart-stg")
    assert slip.returncode == 1, slip.stdout
    by_hand = repository.dispatch("backup")
    assert by_hand.returncode == 0, by_hand.stdout
    restored = repository.dispatch("restore", backup="latest", database="atelier-cadrart")
    assert restored.returncode == 0, restored.stdout
    assert shop.rows_with("atelier-cadrart", "") == rows
