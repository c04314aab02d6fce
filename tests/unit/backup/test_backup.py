"""When production is backed up, the Job that does it, and what is said when it fails."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any, ClassVar

import pytest

from cadrart_infra.backup import __main__ as command_line
from cadrart_infra.backup.backups import Backup, backup_name, choose, parse_records, readable, table
from cadrart_infra.backup.due import announcement, backup_due
from cadrart_infra.backup.errors import BackupError, NotTheSame, explained_to_maker
from cadrart_infra.backup.inputs import BackupInputs
from cadrart_infra.backup.jobs import JobSpec, manifest
from cadrart_infra.backup.making import BackupRequest, Compared
from cadrart_infra.backup.operations import CompareWith, list_backups, make_backup
from cadrart_infra.backup.provider import BackupProvider
from cadrart_infra.backup.restore import places_of
from cadrart_infra.cluster.kinds import Kind
from cadrart_infra.model import Color, Environment
from cadrart_infra.mysql.errors import AccessDenied, DatabaseError, Refused, TooLittleRoom
from cadrart_infra.terminal import Say
from tests.unit.cluster_objects import deployments, routed
from tests.unit.job_cluster import DONE, FakeCluster, pass_time_quickly, state
from tests.unit.program import FakeKubectl, run, run_once

SWITCH = {
    **{"namespace": "cadrart", "context": "", "database": "atelier-cadrart"},
    **{"switchFrom": "blue", "activeColor": "green", "keep": 5.0, "timeLimit": 1800.0},
}
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


def record(name: str = "20261123-215500-blue", **more: Any) -> str:
    return json.dumps(
        {
            **{"name": name, "database": "atelier-cadrart", "time": "2026-11-23T21:55:00+00:00", "server": "9.7.4"},
            **{"tables": 11, "events": 0, "bytes": 2_400_000, "sha256": "0" * 64},
            "serving": {"color": "blue", "images": {"backend-blue": "ghcr.io/shop/backend:1.0.0"}},
            **more,
        }
    )


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


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    pass_time_quickly(monkeypatch)


WANTED = BackupRequest("atelier-cadrart", "blue", 5, 60)


class Heard:
    """A comparison that comes to this when the Job has loaded the backup."""

    variables: ClassVar[dict[str, str]] = {"VERIFY": "load"}

    def __init__(self, *reasons: str, altered: bool = False) -> None:
        self._reasons, self._loaded, self._altered = reasons, False, altered

    def heard(self, line: str) -> None:
        self._loaded |= line == "loaded"

    def require_same(self) -> None:
        if self._reasons and self._loaded:
            raise NotTheSame(self._reasons)

    def altered(self) -> bool:
        return self._altered


def comparing(*reasons: str) -> CompareWith:
    return lambda *_: contextlib.nullcontext(Heard(*reasons))


class TestOperations:
    def test_a_failed_backup_says_what_is_untouched_and_how_to_go_on(self) -> None:
        cluster = FakeCluster(state(terminated={"exitCode": 12}), log="error: ERROR 1045: Access denied")
        with pytest.raises(BackupError) as failure:
            make_backup(cluster, WANTED, lambda _: None, comparing())  # type: ignore[arg-type]
        said = str(failure.value)
        assert said.startswith("The switch did not begin, because the backup before it failed.")
        assert "Production is as it was, and blue goes on serving it." in said
        assert "Secret cadrart-database-sync" in said
        assert "backup.beforeSwitch false" in said

    def test_one_that_was_asked_for_by_itself_speaks_of_no_switch(self) -> None:
        cluster = FakeCluster(state(terminated={"exitCode": 12}), log="error: ERROR 1045: Access denied")
        with pytest.raises(BackupError) as failure:
            make_backup(cluster, replace(WANTED, before=""), lambda _: None, comparing())  # type: ignore[arg-type]
        said = str(failure.value)
        assert said.startswith("The backup failed; no new one is kept. The database server refused the account")
        assert "Secret cadrart-database-sync" in said
        assert "switch" not in said.lower()
        assert "pulumi up" not in said

    def test_a_backup_is_reported_but_not_its_record(self) -> None:
        said: list[str] = []
        cluster = FakeCluster(DONE, log=f"dumping\n{record()}")
        backup = make_backup(cluster, WANTED, said.append, comparing())  # type: ignore[arg-type]
        assert (backup.name, said) == ("20261123-215500-blue", ["dumping"])

    def test_its_name_has_the_time_of_the_api_server_which_is_the_same_for_every_machine(self) -> None:
        """The oldest by name is the one that goes: a machine whose clock is late would throw its own away."""
        cluster = FakeCluster(DONE, log=record())
        make_backup(cluster, WANTED, lambda _: None, comparing())  # type: ignore[arg-type]
        assert cluster.created is not None
        (container,) = cluster.created["spec"]["template"]["spec"]["containers"]
        values = {one["name"]: one.get("value") for one in container["env"]}
        assert values["NAME"] == "20261123-215500-blue"
        assert values["TIME"] == "2026-11-23T21:55:00+00:00"

    def test_what_differs_is_said_instead_of_the_job_s_log(self) -> None:
        cluster = FakeCluster(state(terminated={"exitCode": 17}), log="loaded\nerror: not the same")
        with pytest.raises(BackupError) as failure:
            make_backup(cluster, WANTED, lambda _: None, comparing("table price: rows"))  # type: ignore[arg-type]
        said = str(failure.value)
        assert "does not come back as production was:\n    table price: rows" in said
        assert "blue goes on serving it" in said

    @pytest.mark.parametrize(
        ("error", "said"),
        [
            (AccessDenied("(1045) denied"), "The database server refused the account or its password: (1045) denied"),
            (TooLittleRoom("The disk has 5 MB free."), "pulumi config set --path backup.verify read"),
            (Refused("(1) no"), "The database server refused a step: (1) no"),
        ],
    )
    def test_what_the_server_refuses_the_comparison(self, error: DatabaseError, said: str) -> None:
        @contextlib.contextmanager
        def refuse(*_: object) -> Iterator[Compared]:
            raise explained_to_maker(error)
            yield

        with pytest.raises(BackupError) as failure:
            make_backup(FakeCluster(DONE), WANTED, lambda _: None, refuse)  # type: ignore[arg-type]
        assert said in str(failure.value)
        assert "Production is as it was" in str(failure.value)

    @pytest.mark.parametrize(
        ("log", "altered", "attempts"),
        [
            ("ERROR 1412 (HY000) at line 20: Table definition has changed", False, 3),
            ("ERROR 1142 (42000) at line 20: SELECT command denied", True, 3),
            ("ERROR 1142 (42000) at line 20: SELECT command denied", False, 1),
        ],
    )
    def test_it_starts_again_where_tables_were_altered_meanwhile(self, log: str, altered: bool, attempts: int) -> None:
        begun: list[object] = []

        def compare(*given: object) -> contextlib.nullcontext[Any]:
            begun.append(given)
            return contextlib.nullcontext(Heard(altered=altered))

        with pytest.raises(BackupError, match="at line 20"):
            make_backup(FakeCluster(state(terminated={"exitCode": 14}), log=log), WANTED, str, compare)  # type: ignore[arg-type]
        assert len(begun) == attempts

    def test_a_listing_has_the_newest_first(self) -> None:
        cluster = FakeCluster(DONE, log=f"{record('20261122-215500-blue')}\nnoise\n{{}}\n{record()}")
        found = list_backups(cluster)  # type: ignore[arg-type]
        assert [backup.name for backup in found] == ["20261123-215500-blue", "20261122-215500-blue"]


class TestBackups:
    def test_one_of_an_older_release_was_read_only_and_is_of_the_first_form(self) -> None:
        older, newer = Backup.parse(record()), Backup.parse(record(format=2, verified="load"))
        assert (older.format, older.verified) == (1, "read")
        assert (newer.format, newer.verified) == (2, "load")
        assert older.summary().endswith("9.7.4, read but not loaded")
        assert newer.summary().endswith("9.7.4, loaded and compared")

    def test_names_sort_by_time(self) -> None:
        moment = Backup.parse(record()).time
        assert moment == "2026-11-23T21:55:00+00:00"
        assert backup_name(datetime.fromisoformat(moment), "blue") == "20261123-215500-blue"

    def test_one_is_chosen_by_name_or_as_the_latest(self) -> None:
        backups = parse_records([record("20261122-215500-blue"), record()])
        assert choose(backups, "latest").name == "20261123-215500-blue"
        assert choose(backups, "20261122-215500-blue").name == "20261122-215500-blue"
        with pytest.raises(BackupError, match="There are: 20261123-215500-blue, 20261122-215500-blue"):
            choose(backups, "yesterday")
        with pytest.raises(BackupError, match="There is no backup"):
            choose([], "latest")

    def test_the_table_is_for_people(self) -> None:
        heading, line = table(parse_records([record()])).splitlines()
        assert heading.split() == ["NAME", "TIME", "SERVED", "BY", "RELEASES", "TABLES", "SIZE"]
        assert line.split()[-2:] == ["2.3", "MiB"]
        assert "backend:1.0.0" in line

    @pytest.mark.parametrize(("size", "said"), [(0, "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (3 << 40, "3.0 TiB")])
    def test_sizes(self, size: int, said: str) -> None:
        assert readable(size) == said


class Names:
    """Answers with the databases' names, as the environments' ConfigMaps have them."""

    def __init__(self, production: str, staging: str) -> None:
        self._names = {"cadrart-config-prod": production, "cadrart-config-stg": staging}

    def find(self, _kind: Kind, name: str) -> dict[str, Any]:
        return {"data": {"DATABASE_DATABASE": self._names[name]}}


class TestPlaces:
    def test_they_are_beside_production(self) -> None:
        places = places_of(Names("atelier-cadrart", "atelier-cadrart-stg"))  # type: ignore[arg-type]
        assert (places.production, places.restored) == ("atelier-cadrart", "atelier-cadrart-restored")
        assert re.fullmatch(r"atelier-cadrart-replaced-\d{6}-\d{6}", places.replaced)

    @pytest.mark.parametrize(
        ("production", "staging", "said"),
        [("x" * 42, "y", "longer than the 64 characters"), ("shop", "shop-re", "begins with staging's name shop-re")],
    )
    def test_names_that_cannot_be_are_refused(self, production: str, staging: str, said: str) -> None:
        with pytest.raises(BackupError, match=f"{said}(.|\n)*Nothing was changed"):
            places_of(Names(production, staging))  # type: ignore[arg-type]


class TestCommand:
    def test_production_is_replaced_only_for_its_name(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for typed, confirmed in (("atelier-cadrart", True), ("yes", False), ("", False)):
            monkeypatch.setattr("builtins.input", lambda _, typed=typed: typed)
            assert command_line.confirm("what is lost", "atelier-cadrart") is confirmed

    def test_an_error_is_a_sentence(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        def refuse(*_: Any) -> list[Backup]:
            raise BackupError("There is no claim.")

        monkeypatch.setattr("cadrart_infra.backup.__main__.require_answer", lambda _: None)
        monkeypatch.setattr("cadrart_infra.rights.require", lambda _: None)
        monkeypatch.setattr(command_line, "list_backups", refuse)
        assert command_line.main(["list"]) == 1
        assert capsys.readouterr().err == "error: There is no claim.\n"


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
