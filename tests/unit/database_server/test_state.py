from dataclasses import replace

import pytest

from cadrart_infra.database_server.announcement import announcement
from cadrart_infra.database_server.state import Journal, Phase, ServerState, WantedServer, due, server_of
from cadrart_infra.server_variables import file_text
from tests.unit.database_server.objects import deployment, refused, replica_set, template

FAILED = Journal(Phase.FAILED, "friday", "db-1").as_text()


BETWEEN = server_of(
    [
        deployment(Journal(Phase.RESTARTING, "friday", "db-1").as_text()),
        replica_set("db-1", 1, 0),
        replica_set("db-2", 2, 0),
    ]
)
"""The former pod has ended, the next one is not made yet."""
REFUSED = server_of([deployment(), {**replica_set("db-1", 1, 1), **refused()}])
"""Its pod was evicted, and the cluster refuses to make it again."""


def asked(restart: str, **settings: str) -> WantedServer:
    return WantedServer(restart, 300, settings)


def running(journal: str = "", request: str = "") -> ServerState:
    return server_of([deployment(journal), replica_set("db-1", 1, 1, template(request=request))])


def test_the_running_replica_set_is_the_one_with_pods() -> None:
    state = server_of(
        [deployment(), replica_set("db-3", 3, 0), replica_set("db-2", 2, 1), replica_set("other", 9, 1, owner="x")]
    )
    assert state.running is not None
    assert state.running["metadata"]["name"] == "db-2"
    assert [one["metadata"]["name"] for one in state.replica_sets] == ["db-3", "db-2"]


def test_an_edited_revision_is_the_oldest() -> None:
    edited = replica_set("db-9", 9, 0)
    edited["metadata"]["annotations"] = {"deployment.kubernetes.io/revision": "nine"}
    sets = server_of([deployment(), edited, replica_set("db-1", 1, 1)]).replica_sets
    assert [one["metadata"]["name"] for one in sets] == ["db-1", "db-9"]


def test_what_an_orphaned_server_runs_counts_before_it_is_taken_over() -> None:
    assert due(server_of([replica_set("db-1", 1, 1, owner="")]), asked("")) == []


def test_what_another_orphaned_deployment_runs_does_not() -> None:
    other = replica_set("backend-blue-1", 7, 1, owner="")
    other["metadata"]["labels"] = {"io.kompose.service": "backend-blue"}
    state = server_of([deployment(), other, replica_set("db-1", 1, 1)])
    assert [one["metadata"]["name"] for one in state.replica_sets] == ["db-1"]


@pytest.mark.parametrize(
    ("state", "restart", "expected"),
    [
        (ServerState(), "", ["it does not run"]),
        (server_of([deployment(), replica_set("db-1", 1, 0)]), "", ["it does not run"]),
        (running(), "", []),
        (running(), "friday", ["database.restart is friday"]),
        (running(request="friday"), "friday", []),
        (running(request="friday"), "", []),
        (running(FAILED), "friday", []),
        (running(FAILED), "saturday", ["database.restart is saturday"]),
        (
            running(Journal(Phase.RESTARTING, "friday", "db-0").as_text(), "friday"),
            "",
            ["its last start or restart was cut off"],
        ),
        (BETWEEN, "friday", ["its last start or restart was cut off"]),
        (running("{no json"), "", []),
        (REFUSED, "", ["the cluster refuses its pod"]),
    ],
)
def test_what_is_due(state: ServerState, restart: str, expected: list[str]) -> None:
    assert due(state, asked(restart)) == expected


def test_a_change_waits_and_is_said_with_the_command_that_asks_for_it() -> None:
    said = announcement(running(), asked(""), ["resources.limits.memory: 512Mi → 1Gi"])
    assert "goes on as it runs" in said
    assert "resources.limits.memory: 512Mi → 1Gi" in said
    assert "pulumi config set --path database.restart" in said
    assert "production is interrupted" not in said


def test_a_wanted_restart_is_announced_as_the_outage_that_it_is() -> None:
    said = announcement(running(), asked("friday"), ["image: mysql:8.0 → mysql:8.4"])
    assert "production is interrupted until it answers" in said
    assert "image: mysql:8.0 → mysql:8.4" in said
    assert "300 s" in said


def test_a_failed_request_is_neither_repeated_nor_taken_for_done() -> None:
    said = announcement(running(FAILED), asked("friday"), ["image: mysql:8.0 → mysql:8.4"])
    assert "database.restart friday was tried, and taken back" in said
    assert "image: mysql:8.0 → mysql:8.4" in said


def test_a_restart_that_was_cut_off_is_announced_as_an_outage_also_between_two_pods() -> None:
    said = announcement(BETWEEN, asked("friday"), [])
    assert "its last start or restart was cut off; this update ends it, and production is interrupted" in said


def test_a_pod_that_is_refused_is_reported_with_the_cluster_s_own_words() -> None:
    assert announcement(REFUSED, asked(""), []).endswith("is forbidden: maximum memory is 512Mi")
    assert "production is interrupted" in announcement(REFUSED, asked("friday"), [])


def test_a_refusal_that_is_over_is_none() -> None:
    made = {**replica_set("db-1", 1, 1), **refused()}
    made["status"]["replicas"] = 1
    assert due(server_of([deployment(), made]), asked("")) == []


def test_a_setting_that_failed_at_a_start_is_said_to_have_failed() -> None:
    said = announcement(running(FAILED), asked("friday", lower_case_table_names="1"), [])
    assert "lower_case_table_names: the server's default → 1" in said
    assert "database.restart friday was tried, and taken back" in said
    assert announcement(running(FAILED), asked("friday"), []) == ""


def test_nothing_is_said_of_a_server_that_is_as_it_should_be() -> None:
    assert announcement(running(request="friday"), asked("friday"), []) == ""


def test_a_setting_is_tried_once_and_waits_where_the_running_server_cannot_take_it() -> None:
    kept = {"cadrart.cnf": file_text({"max_connections": "200"}), "waiting": "innodb_log_files = 4\n"}
    state = replace(running(), settings=kept)
    wanted = asked("", max_connections="300", innodb_log_files="4")
    assert due(state, wanted) == ["database.settings: max_connections: 200 → 300"]
    tried, waits = announcement(state, wanted, []).split("database server: goes on as it runs")
    assert "max_connections: 200 → 300" in tried
    assert "innodb_log_files: the server's default → 4" in waits
    assert due(state, asked("", max_connections="200", innodb_log_files="4")) == []


def test_a_setting_that_is_taken_out_goes_back_to_the_server_s_default() -> None:
    state = replace(running(), settings={"cadrart.cnf": file_text({"max_connections": "200"})})
    assert due(state, asked("")) == ["database.settings: max_connections: 200 → the server's default"]


def test_a_setting_that_somebody_changed_by_hand_is_due_and_said() -> None:
    kept = {"cadrart.cnf": file_text({"max_connections": "200"}), "taken": "max_connections = 200\n"}
    state = replace(running(), settings=kept, variables={"max_connections": "10"})
    line = "max_connections: 10 on the server now → 200"
    assert due(state, asked("", max_connections="200")) == [f"database.settings: {line}"]
    assert line in announcement(state, asked("", max_connections="200"), [])
    assert due(replace(state, variables={"max_connections": "200"}), asked("", max_connections="200")) == []
