"""What a rehearsal of an upgrade is given, and what is said of it; the script itself runs in tests/database."""

from dataclasses import replace

import pytest

from cadrart_infra.cluster.job_problems import Failed
from cadrart_infra.rehearsal import errors
from cadrart_infra.rehearsal.job import job
from tests.unit.rehearsal.rehearsals import BACKUP, SPEC, UPGRADE, of, planned, steps, variables


class TestJob:
    def test_the_old_server_loads_and_the_new_one_takes_over_with_its_own_limits(self) -> None:
        load, upgrade, compare = steps(SPEC)
        assert [step["image"] for step in (load, upgrade, compare)] == ["mysql:8.4", "mysql:9.7", "mysql:9.7"]
        assert [step["resources"]["limits"]["cpu"] for step in (load, upgrade, compare)] == ["1", "100m", "1"]
        assert variables(load)["SETTINGS"] == "[mysqld]\n"
        assert variables(upgrade)["SETTINGS"] == "[mysqld]\nback_log = 7\n"

    def test_it_has_no_secret_reaches_no_server_and_sees_the_backups_in_one_step(self) -> None:
        template = job(SPEC).manifest["spec"]["template"]
        assert "valueFrom" not in str(template)
        assert template["metadata"]["labels"]["io.kompose.service"] == "cadrart-rehearsal"
        mounts = [[mount["name"] for mount in step["volumeMounts"]] for step in steps(SPEC)]
        assert mounts == [["cadrart-rehearsal", "cadrart-backups"], ["cadrart-rehearsal"], ["cadrart-rehearsal"]]

    @pytest.mark.parametrize("user", [0, 999])
    def test_it_is_confined_as_the_server_is(self, user: int) -> None:
        for step in steps(replace(SPEC, user=user)):
            context = step["securityContext"]
            assert context["capabilities"] == {"drop": ["ALL"]}
            assert context["readOnlyRootFilesystem"] is True
            assert context.get("runAsUser", 0) == user

    def test_it_asks_for_the_room_that_it_needs_and_takes_no_more(self) -> None:
        room = str(11 << 30)
        folder = job(SPEC).manifest["spec"]["template"]["spec"]["volumes"][1]
        assert folder["emptyDir"] == {"sizeLimit": room}
        assert {step["resources"]["requests"]["ephemeral-storage"] for step in steps(SPEC)} == {room}
        assert variables(steps(SPEC)[0])["NEEDED"] == room


class TestWhatIsSaid:
    def test_a_failure_names_the_backup_and_what_to_do_and_holds_no_secret(self) -> None:
        problem = Failed(32, ["[ERROR] hush-hush is no option"], errors.EXIT_CODES[32])
        said = str(errors.failed(problem, UPGRADE, BACKUP.name, ["hush-hush"]))
        assert "Production goes on with mysql:8.4, untouched; the backup 20261126-140000-blue stays." in said
        assert "[ERROR] [secret] is no option" in said
        assert "database.image mysql:8.4 && pulumi config rm --path database.restart" in said

    def test_an_upgrade_that_would_be_taken_back_in_its_middle_says_what_to_raise(self) -> None:
        assert "database.restartTimeout 2000" in str(errors.too_slow(UPGRADE, 200, 300))


class TestPlanned:
    def test_a_restart_with_another_image_is_announced_with_all_that_comes_before_it(self) -> None:
        rehearsal = planned(image="mysql:8.4", restart="a")
        assert rehearsal is not None
        assert rehearsal.announcement.startswith(
            "its upgrade from mysql:8.0 to mysql:8.4: first a backup of atelier-cadrart, then a rehearsal"
        )

    def test_without_a_rehearsal_there_is_a_backup(self) -> None:
        rehearsal = planned(image="mysql:8.4", restart="a", rehearse=False)
        assert rehearsal is not None
        assert "is not rehearsed, because database.rehearse is false: first a backup" in rehearsal.announcement

    def test_the_same_image_needs_none(self) -> None:
        assert planned(image="mysql:8.0", restart="a") is None
        assert planned(image="mysql:8.4") is None


class TestPlan:
    def test_the_claim_for_backups_is_made_for_an_upgrade_and_stays_as_it_is_afterwards(self) -> None:
        assert of(image="mysql:8.4", restart="a").backups.size == "10Gi"
        assert of(image="mysql:8.0").backups.size is None
        size = {"resources": {"requests": {"storage": "7Gi"}}}
        claim = {"kind": "PersistentVolumeClaim", "metadata": {"name": "cadrart-backups"}, "spec": size}
        assert of(claim, image="mysql:8.0").backups.size == "7Gi"

    def test_its_pods_are_looked_at_before_it_begins(self) -> None:
        assert {"db", "cadrart-backup", "cadrart-rehearsal"} <= of(image="mysql:8.4", restart="a").new_pods
