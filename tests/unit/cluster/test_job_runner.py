"""A Job that is run to its end, and what is said of one that ends badly."""

from dataclasses import replace
from typing import Any

import pytest

from cadrart_infra.cluster.errors import ClusterError
from cadrart_infra.cluster.job_manifests import run_once
from cadrart_infra.cluster.job_problems import Failed, NotStarted, TimeLimit
from cadrart_infra.cluster.job_runner import JobRunner, JobToRun
from cadrart_infra.cluster.kinds import EVENT, Kind
from tests.unit.job_cluster import DEADLINE, DONE, GONE, RUNNING, WAITING, FakeCluster, pass_time_quickly, state

MEANINGS = {11: ("The claim could not be written", "If it is full, keep fewer backups (backup.keep).")}


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    pass_time_quickly(monkeypatch)


def job() -> JobToRun:
    manifest = run_once("cadrart-backup", {}, {"containers": [{"name": "dump"}]}, 60)
    return JobToRun(manifest, "backup.timeLimit", MEANINGS)


def runs(cluster: FakeCluster, say: list[str] | None = None) -> list[str]:
    return JobRunner(cluster, job(), (say if say is not None else []).append).run()  # type: ignore[arg-type]


def test_what_was_left_behind_goes_first_and_nothing_stays() -> None:
    cluster, said = FakeCluster(WAITING, RUNNING, DONE, log="dumping\ndone"), list[str]()
    assert runs(cluster, said) == ["dumping", "done"]
    waits = "the pod of the Job cadrart-backup does not start yet: no such image"
    assert said == [waits, "dumping", "done"]
    assert [verb for verb in cluster.verbs() if verb != "logs"] == ["delete", "create", "delete"]


def test_the_steps_before_it_are_heard_in_their_order_and_the_one_that_fails_ends_it() -> None:
    def states(load: dict[str, Any], upgrade: dict[str, Any]) -> dict[str, Any]:
        steps = [{"name": "load", "state": load}, {"name": "upgrade", "state": upgrade}]
        return {"initContainerStatuses": steps, **state(waiting={"reason": "PodInitializing"})}

    done, not_yet = {"terminated": {"exitCode": 0}}, {"waiting": {"reason": "PodInitializing"}}
    cluster = FakeCluster(
        states({"running": {}}, not_yet),
        states(done, {"running": {}}),
        states(done, {"terminated": {"exitCode": 11}}),
    )
    of_three_steps = job()
    of_three_steps.manifest["spec"]["template"]["spec"]["initContainers"] = [{"name": "load"}, {"name": "upgrade"}]
    with pytest.raises(Failed):
        JobRunner(cluster, of_three_steps, lambda _: None).run()  # type: ignore[arg-type]
    read = [call[2] for call in cluster.calls if call[0] == "logs"]
    assert read == ["--container=load", *["--container=load", "--container=upgrade"] * 2]


def test_a_failure_has_the_last_words_and_nothing_stays() -> None:
    cluster = FakeCluster(state(terminated={"exitCode": 11}), log="gzip: No space left on device")
    with pytest.raises(Failed) as failure:
        runs(cluster)
    assert "The claim could not be written (exit code 11)" in str(failure.value)
    assert "backup.keep" in str(failure.value)
    assert "    gzip: No space left on device" in str(failure.value)
    assert cluster.verbs()[-1] == "delete"


def test_one_that_was_killed_says_what_raises_its_limit() -> None:
    ended = state(terminated={"exitCode": 137, "reason": "Error"})
    with pytest.raises(Failed, match=r"The program ended with an error: it was killed \(exit code 137\)\.") as failure:
        runs(FakeCluster(ended))
    assert "No setting raises its limit of memory." in str(failure.value)
    raised = replace(job(), memory_settings={"dump": "database.memoryLimit"})
    with pytest.raises(Failed, match=r"Raise the limit \(database\.memoryLimit\)"):
        JobRunner(FakeCluster(ended), raised, lambda _: None).run()  # type: ignore[arg-type]


def test_a_pod_that_no_node_takes() -> None:
    message = "0/1 nodes are available: 1 Insufficient memory."
    pending = {"conditions": [{"type": "PodScheduled", "status": "False", "message": message}]}
    said: list[str] = []
    with pytest.raises(NotStarted, match="Insufficient memory"):
        JobRunner(FakeCluster(pending), job(), said.append).run()  # type: ignore[arg-type]
    assert said == [f"the pod of the Job cadrart-backup does not start yet: {message}"]


def test_a_pod_that_was_removed_when_the_time_was_up() -> None:
    class Late(FakeCluster):
        def objects(self, *kinds: Kind, selector: str = "", fields: str = "") -> list[dict[str, Any]]:
            found = super().objects(*kinds)
            self._job = DEADLINE  # from the second question on
            return found

    with pytest.raises(NotStarted, match="ImagePullBackOff: no such image"):
        runs(Late(WAITING, GONE))


def test_an_image_that_does_not_exist() -> None:
    with pytest.raises(NotStarted, match="ImagePullBackOff: no such image"):
        runs(FakeCluster(WAITING))


def test_a_secret_s_missing_key_is_given_a_moment() -> None:
    missing = state(waiting={"reason": "CreateContainerConfigError", "message": "couldn't find key"})
    assert runs(FakeCluster(missing, RUNNING, DONE, log="done")) == ["done"]
    with pytest.raises(NotStarted, match="couldn't find key"):
        runs(FakeCluster(missing))


def test_the_time_limit() -> None:
    with pytest.raises(TimeLimit, match=r"did not end within 60 s.*\n.*backup.timeLimit.*\n.*\n    5 bytes written"):
        runs(FakeCluster(RUNNING, log="5 bytes written", job=DEADLINE))


def test_a_time_limit_that_no_setting_raises() -> None:
    cluster, fixed = FakeCluster(RUNNING, log="loading", job=DEADLINE), replace(job(), setting="")
    with pytest.raises(TimeLimit, match="No setting raises this time limit"):
        JobRunner(cluster, fixed, lambda _: None).run()  # type: ignore[arg-type]


def test_a_program_that_was_killed_for_the_time_limit_did_not_fail_by_itself() -> None:
    """The pod ends before the Job says that it has failed."""
    will_fail = {"conditions": [{**DEADLINE["conditions"][0], "type": "FailureTarget"}]}
    with pytest.raises(TimeLimit):
        runs(FakeCluster(state(terminated={"exitCode": 137}), job=will_fail))


def test_a_container_that_a_webhook_adds_is_not_waited_for() -> None:
    proxy = {"name": "istio-proxy", "state": {"running": {}}}
    ended = {"name": "dump", "state": {"terminated": {"exitCode": 0}}}
    added = {"name": "native-sidecar", "state": {"running": {}}}
    pod = {"containerStatuses": [proxy, ended], "initContainerStatuses": [added]}
    cluster = FakeCluster(pod, log="dumping")
    assert runs(cluster) == ["dumping"]
    assert {call[2] for call in cluster.calls if call[0] == "logs"} == {"--container=dump"}


def test_why_a_job_has_no_pod_is_said_once_while_it_is_waited_for() -> None:
    class Full(FakeCluster):
        def objects(self, *kinds: Kind, selector: str = "", fields: str = "") -> list[dict[str, Any]]:
            found = super().objects(*kinds)
            return [{"message": "exceeded quota"}] if EVENT in kinds else [one for one in found if one["kind"] == "Job"]

    said: list[str] = []
    with pytest.raises(NotStarted, match="never started: exceeded quota"):
        JobRunner(Full(), job(), said.append).run()  # type: ignore[arg-type]
    assert said == ["the Job cadrart-backup has no pod yet: exceeded quota"]


def test_a_cluster_that_goes_away_is_reported_even_if_nothing_can_be_removed() -> None:
    class Gone(FakeCluster):
        def objects(self, *_: Kind, selector: str = "", fields: str = "") -> list[dict[str, Any]]:
            raise ClusterError("connection refused")

    with pytest.raises(ClusterError, match="connection refused"):
        runs(Gone())


@pytest.mark.parametrize(
    ("said", "judged"),
    [
        ('Error from server (Forbidden): error when creating "STDIN": jobs.batch is forbidden: exceeded quota', True),
        ('Error from server: error when creating "STDIN": admission webhook "one" denied the request: no', True),
        ("Error from server (Timeout): error when creating", False),
        ("dial tcp: connection refused", False),
    ],
)
def test_a_job_that_the_cluster_judged_and_refused_is_one_that_did_not_start(said: str, judged: bool) -> None:
    class Refusing(FakeCluster):
        def create(self, manifest: dict[str, Any]) -> None:
            raise ClusterError(said)

    with pytest.raises(NotStarted if judged else ClusterError) as error:
        runs(Refusing())
    assert ("STDIN" in str(error.value), "a quota, a policy, a webhook" in str(error.value)) == (False, judged)


class Silent(FakeCluster):
    """Gives the log of a Job that has ended only after so many questions."""

    def __init__(self, questions: int) -> None:
        super().__init__(DONE, log="backup 1\nbackup 2")
        self.left = questions

    def run(self, *arguments: str, timeout: float = 30) -> str:
        if arguments[0] == "logs" and self.left:
            self.left -= 1
            raise ClusterError("no answer within 10 s")
        return super().run(*arguments, timeout=timeout)


def test_the_log_of_a_job_that_ended_while_the_cluster_was_away_is_read_afterwards() -> None:
    assert runs(Silent(2)) == ["backup 1", "backup 2"]


def test_a_log_that_stays_unread_is_no_empty_one() -> None:
    with pytest.raises(ClusterError, match="cadrart-backup has ended, but its log could not be read"):
        runs(Silent(1000))
