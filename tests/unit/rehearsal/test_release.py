"""A release on the copy of a rehearsal: what it is given, what keeps it apart, and what is said of its answers."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from cadrart_infra.cluster.errors import ClusterError
from cadrart_infra.cluster.job_problems import Failed
from cadrart_infra.cluster.job_runner import JobRunner
from cadrart_infra.database_server.upgrade import Upgrade
from cadrart_infra.rehearsal import errors
from cadrart_infra.rehearsal.answers import answers_problem
from cadrart_infra.rehearsal.job import job
from cadrart_infra.rehearsal.rehearsal import Rehearsal, RehearsalArgs
from tests.unit.cluster_objects import FixedKubectl, KubectlThatFinds
from tests.unit.rehearsal.rehearsals import BACKUP, SPEC, UPGRADE, planned, steps, variables
from tests.unit.rehearsal.releases import RELEASE

WITH_RELEASE = replace(SPEC, release=RELEASE)


class TestJob:
    def test_the_release_starts_once_the_new_server_serves_what_it_took_up(self) -> None:
        names = [step["name"] for step in steps(WITH_RELEASE)]
        assert names == ["load", "upgrade", "compare", "serve", "ask", "release"]
        serve = step_of("serve")
        assert (serve["image"], serve["restartPolicy"]) == ("mysql:9.7", "Always")
        assert serve["startupProbe"]["exec"]["command"][-1] == "</dev/tcp/127.0.0.1/3306"
        assert [one.get("restartPolicy") for one in steps(WITH_RELEASE)].count("Always") == 1

    def test_one_that_migrates_by_a_command_does_so_before_it_starts(self) -> None:
        spec = replace(SPEC, release=replace(RELEASE, migration=("node", "migrate.js")))
        pod = pod_of(spec)
        assert [step["name"] for step in pod["initContainers"]][-2:] == ["serve", "migrate"]
        assert pod["initContainers"][-1]["command"] == ["node", "migrate.js"]
        assert pod["initContainers"][-1]["env"] == step_of("release")["env"]

    def test_it_is_given_staging_s_configuration_the_copy_and_no_secret(self) -> None:
        given = variables(step_of("release"))
        assert given["ENVIRONMENT"] == "STG"
        assert given["CADRART_DB_DATABASE"] == "shop"
        assert given["CADRART_DB_USERNAME"] == "shop"
        secrets = ("CADRART_DB_PASSWORD", "CADRART_JWT_SECRET", "TEST_ENDPOINT_SECRET", "METRICS_API_KEY")
        assert {given[name] for name in secrets} == {RELEASE.made_up}
        assert not {"valueFrom", "envFrom", "secretKeyRef"} & set(keys(pod_of(WITH_RELEASE)))

    def test_every_name_of_the_server_leads_to_the_copy_and_no_other_name_is_known(self) -> None:
        pod = pod_of(WITH_RELEASE)
        assert variables(step_of("release"))["CADRART_DB_HOST"] == "db"
        assert pod["hostAliases"] == [{"ip": "127.0.0.1", "hostnames": ["db"]}]
        assert (pod["dnsPolicy"], pod["dnsConfig"]) == ("None", {"nameservers": ["127.0.0.1"]})

    def test_it_sees_neither_the_copy_s_files_nor_a_claim(self) -> None:
        mounted = {mount["name"] for mount in step_of("release")["volumeMounts"]}
        assert mounted == {"static-volume", "cadrart-logs"}
        mine = [volume for volume in pod_of(WITH_RELEASE)["volumes"] if volume["name"] in mounted]
        assert all("emptyDir" in volume for volume in mine)
        assert len(mine) == 2

    def test_it_is_confined_as_a_pod_of_its_own_is(self) -> None:
        context = step_of("release")["securityContext"]
        assert context["capabilities"] == {"drop": ["ALL"]}
        assert (context["runAsUser"], context["runAsNonRoot"], context["readOnlyRootFilesystem"]) == (1000, True, True)
        assert step_of("release")["resources"]["limits"] == {"cpu": "100m", "memory": "128Mi"}

    def test_the_pod_asks_for_the_room_of_one_copy(self) -> None:
        beside_each_other = [step_of(name) for name in ("serve", "ask", "release")]
        asked = [step["resources"]["requests"].get("ephemeral-storage") for step in beside_each_other]
        assert asked == [str(SPEC.room), None, None]

    def test_its_account_proves_who_it_is_as_production_s_does(self) -> None:
        load = variables(step_of("load"))
        assert (load["ACCOUNT"], load["PLUGIN"]) == ("shop", "caching_sha2_password")
        assert "ACCOUNT" not in variables(steps(SPEC)[0])


class TestAnswers:
    def test_a_healthy_release_that_misses_nothing_is_fit(self) -> None:
        assert (
            answers_problem(RELEASE, answered(health=(200, '{"database": "shop"}'), schema=(200, '{"missing": []}')))
            == ""
        )

    def test_one_that_does_not_say_what_it_misses_is_fit_as_it_is_for_the_gate(self) -> None:
        assert answers_problem(RELEASE, answered(health=(200, "ok"), schema=(404, "no such page"))) == ""

    @pytest.mark.parametrize(
        ("health", "schema", "said"),
        [
            ((200, "{}"), (200, '{"missing": ["1730-JobReminder"]}'), "migrations missing: 1730-JobReminder"),
            ((200, '{"database": "other"}'), (200, "{}"), "connected to the database other, not to shop"),
            ((200, "{}"), (500, "broken"), "/api/schema gives no answer: status 500: broken"),
            ((200, "{}"), (0, ""), "/api/schema gives no answer"),
        ],
    )
    def test_what_the_gate_would_refuse_is_said(
        self, health: tuple[int, str], schema: tuple[int, str], said: str
    ) -> None:
        found = answers_problem(RELEASE, answered(health, schema))
        assert found.startswith("backend:2.0.0 (staging): ")
        assert said in found

    def test_a_log_that_lacks_an_answer_is_no_sign_of_health(self) -> None:
        assert "it was not asked" in answers_problem(RELEASE, ["ready"])

    def test_the_refusal_says_that_production_goes_on_and_how_to_go_without(self) -> None:
        said = str(errors.unfit("backend:2.0.0 (staging): behind", UPGRADE, BACKUP.name))
        assert "Production goes on with mysql:8.4, untouched" in said
        assert "database.rehearseReleases none" in said


class TestWhoseReleases:
    def test_none_unless_it_is_wanted(self) -> None:
        assert "started on it" not in announced()

    @pytest.mark.parametrize(
        ("wanted", "names"),
        [
            ("production", "backend:1 (production) and backend:3 (production)"),
            ("staging", "backend:2 (staging)"),
            ("both", "backend:1 (production) and backend:3 (production) and backend:2 (staging)"),
        ],
    )
    def test_each_that_will_be_connected_is_named_in_the_preview(self, wanted: str, names: str) -> None:
        releases = {"blue": "3", "green": "2"}  # production's runs backend:1 until the end of this update
        said = announced(releases, rehearse_releases=wanted)
        assert f"a copy of it, with {names} started on it, for 3600 s" in said

    def test_one_that_both_run_is_started_once(self) -> None:
        said = announced({"blue": "1", "green": "1"}, rehearse_releases="both")
        assert "with backend:1 (production and staging) started on it" in said

    def test_nothing_is_started_where_nothing_is_rehearsed(self) -> None:
        assert "started on it" not in announced(rehearse_releases="both", rehearse=False)

    def test_a_cluster_that_would_ignore_the_server_s_container_is_refused_before_anything_is_done(self) -> None:
        kubectl: Any = ClusterOf("28", KubectlThatFinds(secret()))
        with pytest.raises(errors.RehearsalFailed, match=r"from Kubernetes 1\.29 on, and the cluster is v1\.28\.3"):
            Rehearsal(kubectl, args(), lambda _: None).run()


class TestJobRunner:
    def test_it_ends_with_its_steps_though_the_release_goes_on(self) -> None:
        kubectl: Any = RunningJob({"ask": 0}, {"ask": "answer /", "release": "serving"})
        assert JobRunner(kubectl, job(WITH_RELEASE), lambda _: None).run() == ["answer /"]
        assert kubectl.removed

    def test_a_release_that_ends_by_itself_is_reported_with_its_log(self) -> None:
        kubectl: Any = RunningJob({"release": 36}, {"ask": "waiting", "release": "cannot speak to this server"})
        with pytest.raises(Failed) as failed:
            JobRunner(kubectl, job(WITH_RELEASE), lambda _: None).run()
        assert failed.value.what == "The release ended by itself on the copy that the new server holds (exit code 36)"
        assert list(failed.value.lines) == ["waiting", "release: cannot speak to this server"]
        assert kubectl.removed

    def test_one_that_is_not_well_in_time_is_reported_with_what_it_answered_and_logged(self) -> None:
        kubectl: Any = RunningJob({"ask": 38}, {"ask": "error: answers 500", "release": "no such plugin"})
        with pytest.raises(Failed) as failed:
            JobRunner(kubectl, job(WITH_RELEASE), lambda _: None).run()
        assert failed.value.what.startswith("The release is not well with the new server")
        assert list(failed.value.lines) == ["error: answers 500", "release: no such plugin"]


class RunningJob(FixedKubectl):
    """A cluster in which a rehearsal with a release runs: exit codes of the containers that ended, and their logs."""

    def __init__(self, ended: Mapping[str, int], logs: Mapping[str, str]) -> None:
        super().__init__([])
        self.logs, self.removed = logs, False
        labels = {"ateliercadrart.com/job": "cadrart-rehearsal"}
        init, main = ("load", "upgrade", "compare"), ("ask", "release")
        done = [{"name": name, "state": {"terminated": {"exitCode": 0}}} for name in init]
        states: list[dict[str, Any]] = [
            {"name": name, "state": {"terminated": {"exitCode": ended[name]}} if name in ended else {"running": {}}}
            for name in main
        ]
        serve = {"name": "serve", "state": {"running": {}}}
        status = {"initContainerStatuses": [*done, serve], "containerStatuses": states}
        metadata = {"name": "cadrart-rehearsal", "labels": labels}
        self.items = [
            {"kind": "Job", "metadata": metadata, "status": {}},
            {"kind": "Pod", "metadata": metadata, "status": status},
        ]

    def objects(self, *_: Any, **__: Any) -> list[dict[str, Any]]:
        return self.items

    def create(self, _: Any) -> None:
        self.removed = False

    def run(self, *arguments: str, **_: Any) -> str:
        if arguments[0] == "delete":
            self.removed = True
            return ""
        return self.logs.get(arguments[-1].partition("=")[2], "")


class ClusterOf:
    """A cluster of this minor version of Kubernetes."""

    def __init__(self, minor: str, objects: FixedKubectl) -> None:
        self.minor, self.find = minor, objects.find

    def ask(self, path: str) -> str:
        if path != "/version":
            raise ClusterError(path)
        return f'{{"major": "1", "minor": "{self.minor}+", "gitVersion": "v1.{self.minor}.3"}}'


def secret() -> dict[str, Any]:
    return {"kind": "Secret", "metadata": {"name": "cadrart-database-sync"}}


def args() -> RehearsalArgs:
    backup: Any = None
    return RehearsalArgs(Upgrade("mysql:8.4", "mysql:9.7"), backup, True, {}, {}, {}, 60, 60, [RELEASE])


def announced(releases: Mapping[str, str] | None = None, **database: Any) -> str:
    """The preview's text of an upgrade; `releases` by the colour that is to run them, blue being production."""
    rehearsal = planned(releases, image="mysql:8.4", restart="a", **database)
    return str(rehearsal.announcement)


def answered(health: tuple[int, str], schema: tuple[int, str]) -> list[str]:
    return ["a line", *(line_of("/api/health/live", *health), line_of("/api/schema", *schema))]


def line_of(path: str, status: int, body: str) -> str:
    return f"rehearsal-answer {path} {status} {base64.b64encode(body.encode()).decode()}"


def pod_of(spec: Any) -> dict[str, Any]:
    pod: dict[str, Any] = job(spec).manifest["spec"]["template"]["spec"]
    return pod


def step_of(name: str) -> dict[str, Any]:
    return next(step for step in steps(WITH_RELEASE) if step["name"] == name)


def keys(value: Any) -> Sequence[str]:
    if isinstance(value, Mapping):
        return [*value, *(key for one in value.values() for key in keys(one))]
    return [key for one in value for key in keys(one)] if isinstance(value, list | tuple) else []
