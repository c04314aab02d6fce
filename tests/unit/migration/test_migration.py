"""When a release's migration runs, the Job that runs it, and what is said where it fails."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from cadrart_infra.cluster.errors import ClusterError
from cadrart_infra.cluster.job_runner import unfinished_job
from cadrart_infra.cluster.kinds import JOB, Kind, Object
from cadrart_infra.migration.due import announcement, migration_reasons
from cadrart_infra.migration.errors import MigrationFailed
from cadrart_infra.migration.inputs import MigrationInputs
from cadrart_infra.migration.job import is_same, job
from cadrart_infra.migration.operations import migrate
from cadrart_infra.migration.provider import MigrationProvider
from cadrart_infra.model import Color, Environment
from tests.unit.cluster_objects import deployments, routed
from tests.unit.program import FakeKubectl, images, run, run_once

COMMAND = ["node", "migrate.js"]
STAGING: dict[str, Any] = {
    **{"namespace": "cadrart", "context": "", "environment": "stg", "color": "green", "database": "shop-stg"},
    **{
        "image": "shop/backend:2",
        "command": COMMAND,
        "timeLimit": 60.0,
        "takesOver": "",
        "copyId": "1",
        "restored": "",
    },
    "pod": {
        "terminationGracePeriodSeconds": 30.0,
        "containers": [{"name": "backend-green", "image": "shop/backend:2"}],
    },
}
PRODUCTION = {**STAGING, "environment": "prod", "database": "shop", "copyId": ""}


def given(values: dict[str, Any], **changes: Any) -> MigrationInputs:
    return MigrationInputs.read({**values, **changes})


class TestReasons:
    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            ({"image": "shop/backend:3"}, "staging gets backend:3"),
            ({"copyId": "2"}, "staging's copy is another one"),
            ({"database": "shop-test"}, "the database's name changed"),
            ({"command": ["node", "other.js"]}, "migration.command changed"),
        ],
    )
    def test_staging_is_migrated_for_each_release_and_each_copy(self, changes: dict[str, Any], reason: str) -> None:
        assert migration_reasons(given(STAGING), given(STAGING, **changes)) == [reason]
        assert MigrationProvider().diff("id", STAGING, {**STAGING, **changes}).changes

    def test_nothing_else_is_a_reason_in_staging(self) -> None:
        changed = {**STAGING, "color": "blue", "timeLimit": 90.0, "context": "moved", "pod": {}}
        assert not MigrationProvider().diff("id", STAGING, changed).changes

    def test_production_is_migrated_by_what_takes_a_release_to_it_whatever_is_recorded(self) -> None:
        switch = {**PRODUCTION, "takesOver": "green takes over from blue"}
        assert MigrationProvider().diff("id", switch, switch).changes
        assert not MigrationProvider().diff("id", switch, {**PRODUCTION, "image": "shop/backend:3"}).changes

    def test_production_is_migrated_once_after_a_restore(self) -> None:
        restored = {**PRODUCTION, "restored": "2026-11-26T10:00:00+00:00"}
        assert migration_reasons(given(PRODUCTION), given(restored)) == ["shop was restored"]
        assert not MigrationProvider().diff("id", restored, restored).changes
        assert not MigrationProvider().diff("id", restored, PRODUCTION).changes

    def test_a_command_that_is_new_touches_no_production(self) -> None:
        created = MigrationProvider().create({**PRODUCTION, "__provider": "…"})
        assert created.outs is not None
        assert created.outs["image"] == "shop/backend:2"

    def test_a_preview_says_whether_and_why(self) -> None:
        assert announcement(None, given(PRODUCTION, takesOver="green takes over from blue")) == (
            "migration of production: node migrate.js of backend:2 will run once on shop, before green's pods start, "
            "because green takes over from blue"
        )
        assert announcement(given(PRODUCTION), given(PRODUCTION)).startswith("migration of production: none")


class TestJob:
    def test_it_runs_once_in_its_time_and_no_service_leads_to_it(self) -> None:
        manifest = job(given(STAGING)).manifest
        spec, labels = manifest["spec"], manifest["spec"]["template"]["metadata"]["labels"]
        assert (spec["backoffLimit"], spec["activeDeadlineSeconds"], spec["podReplacementPolicy"]) == (0, 60, "Failed")
        assert labels["io.kompose.service"] == "cadrart-migration"
        assert not {"environment", "ateliercadrart.com/environment"} & labels.keys()
        assert spec["template"]["spec"]["terminationGracePeriodSeconds"] == 30

    def test_a_database_has_one_name_for_its_job_and_each_migration_a_mark(self) -> None:
        found = job(given(STAGING)).manifest
        assert job(given(STAGING, image="shop/backend:3")).name == found["metadata"]["name"] == "cadrart-migration-stg"
        assert is_same(found, given(STAGING, color="blue", timeLimit=90.0))
        assert not is_same(found, given(STAGING, copyId="2"))
        assert not is_same(found, given(STAGING, image="shop/backend:3"))


class Cluster:
    """Runs Jobs, one at a time: each has ended with the next of these exit codes when it is looked at."""

    namespace = "cadrart"

    def __init__(self, *codes: int, left: Object | None = None, away: int = 0) -> None:
        self._codes, self._away, self.live = list(codes), away, left
        self.calls = [] if left is None else ["left"]

    def find(self, kind: Kind, name: str, _timeout: float = 30) -> Object | None:
        return self.live if kind == JOB else None

    def objects(self, *kinds: Kind, selector: str = "", fields: str = "") -> list[dict[str, Any]]:
        if JOB not in kinds:
            return []
        if self._away:
            self._away -= 1
            raise ClusterError("connection refused")
        assert self.live is not None
        state = {"terminated": {"exitCode": self._codes[0]}}
        name = self.live["spec"]["template"]["spec"]["containers"][0]["name"]
        pod = {
            "kind": "Pod",
            "metadata": {"name": "pod"},
            "status": {"containerStatuses": [{"name": name, "state": state}]},
        }
        return [{"kind": "Job", **self.live}, pod]

    def create(self, manifest: dict[str, Any]) -> None:
        assert self.live is None, "two at once"
        self.live = copy.deepcopy(manifest)
        self.calls.append(f"create {manifest['spec']['template']['spec']['containers'][0]['image']}")

    def run(self, *arguments: str, timeout: float = 30) -> str:
        if arguments[0] == "delete" and self.live:
            self.live = None
            self._codes.pop(0)
        return "ALTER TABLE job\n" if arguments[0] == "logs" else ""


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cadrart_infra.cluster.job_runner.time.sleep", lambda _: None)
    monkeypatch.setattr("cadrart_infra.history.store.record", lambda *_: None)


def migrated(cluster: Cluster, values: dict[str, Any] = STAGING) -> list[str]:
    said: list[str] = []
    migrate(cluster, given(values), "a test", said.append)  # type: ignore[arg-type]
    return said


class TestRuns:
    def test_its_log_is_shown_and_nothing_of_it_stays(self) -> None:
        cluster = Cluster(0)
        assert migrated(cluster) == ["ALTER TABLE job", "migration of staging: shop-stg is at the level of backend:2"]
        assert (cluster.calls, cluster.live) == (["create shop/backend:2"], None)

    def test_the_same_that_still_runs_counts(self) -> None:
        cluster = Cluster(0, left=job(given(STAGING)).manifest)
        assert "this migration still runs" in migrated(cluster)[0]
        assert cluster.calls == ["left"]

    @pytest.mark.parametrize("code", [0, 1])
    def test_another_one_comes_to_its_end_first(self, code: int) -> None:
        cluster = Cluster(code, 0, left=job(given(STAGING, image="shop/backend:1")).manifest)
        assert "another migration of this database still runs" in migrated(cluster)[0]
        assert cluster.calls == ["left", "create shop/backend:2"]

    def test_one_that_has_ended_is_no_longer_in_the_way(self) -> None:
        ended = {"conditions": [{"type": "Failed", "status": "True"}]}
        cluster = Cluster(1, 0, left={**job(given(STAGING)).manifest, "status": ended})
        assert unfinished_job(cluster, "cadrart-migration-stg") is None  # type: ignore[arg-type]
        migrated(cluster)
        assert cluster.calls == ["left", "create shop/backend:2"]

    @pytest.mark.parametrize(
        ("values", "untouched"),
        [
            (STAGING, "Staging's pods go on as they were, and production is not concerned."),
            (
                PRODUCTION,
                "No pod of green was started for it and no proxy was written: production is served as before.",
            ),
        ],
    )
    def test_a_failure_says_what_is_untouched_and_ends_with_the_log(
        self, values: dict[str, Any], untouched: str
    ) -> None:
        with pytest.raises(MigrationFailed) as failure:
            migrated(Cluster(3), values)
        said = str(failure.value)
        assert "by backend:2 (node migrate.js) failed. The program ended with an error (exit code 3)" in said
        assert untouched in said
        assert "    ALTER TABLE job" in said
        assert "the server cannot take back an ALTER" in said

    def test_it_goes_on_while_the_cluster_does_not_answer_for_a_moment(self) -> None:
        assert migrated(Cluster(0, away=5))[0] == "ALTER TABLE job"

    def test_it_is_left_alone_where_the_cluster_does_not_answer_any_more(self, monkeypatch: Any) -> None:
        clock = iter(range(0, 10**6, 10))
        monkeypatch.setattr("cadrart_infra.cluster.job_runner.time.monotonic", lambda: float(next(clock)))
        cluster = Cluster(0, away=10**6)
        with pytest.raises(MigrationFailed, match="goes on by itself where it was begun"):
            migrated(cluster)
        assert cluster.live is not None


class TestProgram:
    @pytest.mark.parametrize(("environment", "color"), [("production", "blue"), ("staging", "green")])
    def test_it_stands_before_the_pods_of_its_environment(self, environment: str, color: str) -> None:
        shop = run_once(migration={"command": COMMAND})
        name = f"migration/migration-{environment}"
        assert name in shop.before(f"deployment/backend-{color}")
        assert name in shop.before(f"deployment/frontend-{color}")
        before = shop.before(name)
        assert "databaseaccounts/database-accounts" in before
        assert ("stagingsync/staging-sync" in before) == (environment == "staging")
        assert not {f"deployment/{one}-{color}" for one in ("frontend", "backend")} & before

    @pytest.mark.parametrize(("environment", "color"), [("production", "blue"), ("staging", "green")])
    def test_its_pod_is_the_release_s_own_but_for_the_command(self, environment: str, color: str) -> None:
        shop = run_once(migration={"command": COMMAND})
        pod = shop[f"migration/migration-{environment}"].inputs["pod"]
        template = shop[f"deployment/backend-{color}"].inputs["spec"]["template"]["spec"]
        assert pod["volumes"] == template["volumes"]
        assert pod["securityContext"] == template["securityContext"]
        assert pod["automountServiceAccountToken"] is False
        (mine,), (theirs,) = pod["containers"], template["containers"]
        assert mine["command"] == COMMAND
        for key in ("image", "env", "resources", "securityContext", "volumeMounts"):
            assert mine[key] == theirs[key]
        (first,) = pod["initContainers"]
        assert first["image"] == shop["deployment/db"].inputs["spec"]["template"]["spec"]["containers"][0]["image"]
        assert first["securityContext"]["allowPrivilegeEscalation"] is False
        assert not {"startupProbe", "readinessProbe", "livenessProbe", "lifecycle"} & mine.keys()

    def test_it_may_reach_the_database_where_there_is_one(self) -> None:
        def clients(**config: Any) -> list[str]:
            policy = run_once(**config)["networkpolicy/db-clients"].inputs
            (peer,) = policy["spec"]["ingress"][0]["from"]
            values: list[str] = peer["podSelector"]["matchExpressions"][0]["values"]
            return values

        assert "cadrart-migration" in clients(migration={"command": COMMAND})
        assert "cadrart-migration" not in clients()

    def test_the_guard_stands_before_production_s(self) -> None:
        shop = run_once(migration={"command": COMMAND})
        assert "switch-guard" in shop.requests["migration/migration-production"].hooks.before_create
        assert not [
            name for name in shop.requests["migration/migration-staging"].hooks.before_create if "guard" in name
        ]

    def test_without_a_command_pods_migrate_when_they_start(self) -> None:
        assert not [key for key in run_once() if key.startswith("migration/")]

    @pytest.mark.parametrize(("release", "why"), [("2.0.0", "green takes over from blue"), ("1.0.0", "")])
    def test_a_switch_migrates_for_what_production_never_ran(self, release: str, why: str) -> None:
        objects = [
            *deployments(Color.BLUE, Environment.PROD, "1.0.0"),
            *deployments(Color.GREEN, Environment.STG, release),
        ]
        for item in objects:
            item["metadata"]["managedFields"] = [{"manager": "pulumi-kubernetes-1", "fieldsV1": {}}]
        released = {**images(), "green": images(release)["green"]}
        kubectl = FakeKubectl(routed=routed(Color.BLUE), deployments=objects)
        shop = run(
            kubectl,
            activeColor="green",
            images=released,
            migration={"command": COMMAND},
            promotion={"allowUntested": True},
        )
        assert shop["migration/migration-production"].inputs["takesOver"] == why
