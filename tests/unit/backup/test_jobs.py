"""The Job that makes a backup, as a manifest."""

from __future__ import annotations

import pytest

from cadrart_infra.backup.jobs import JobSpec, manifest

SPEC = JobSpec(
    "cadrart-backup",
    "dump",
    "mysql:8.0",
    "Always",
    60,
    {"KEEP": "5"},
    "cadrart-database-sync",
    read_only=False,
    setting="backup.timeLimit",
)


class TestManifest:
    def test_the_password_is_only_referred_to(self) -> None:
        (container,) = manifest(SPEC)["spec"]["template"]["spec"]["containers"]
        variables = {variable["name"]: variable for variable in container["env"]}
        key = {"name": "cadrart-database-sync", "key": "DATABASE_PASSWORD"}
        assert variables["MYSQL_PWD"]["valueFrom"] == {"secretKeyRef": key}
        assert "password" not in " ".join(container["command"])
        assert variables["KEEP"]["value"] == "5"

    def test_it_runs_once_in_its_time_and_may_reach_the_database(self) -> None:
        job = manifest(SPEC)["spec"]
        assert (job["backoffLimit"], job["activeDeadlineSeconds"]) == (0, 60)
        assert job["template"]["metadata"]["labels"]["io.kompose.service"] == "cadrart-backup"

    @pytest.mark.parametrize("read_only", [True, False])
    def test_only_a_dump_writes_the_claim(self, read_only: bool) -> None:
        pod = manifest(JobSpec("name", "list", "mysql:8.0", "Always", 60, read_only=read_only))["spec"]["template"][
            "spec"
        ]
        (volume,), (mount,) = pod["volumes"], pod["containers"][0]["volumeMounts"]
        assert volume["persistentVolumeClaim"] == {"claimName": "cadrart-backups", "readOnly": read_only}
        assert mount["readOnly"] is read_only
