from cadrart_infra.database_server.template import requested_restart, template_changes
from tests.unit.database_server.objects import template


def test_the_same_template_changes_nothing() -> None:
    assert template_changes(template(), template()) == []


def test_a_changed_field_is_named_with_both_values() -> None:
    assert template_changes(template("512Mi"), template("1Gi")) == ["resources.limits.memory: 512Mi → 1Gi"]


def test_entries_of_lists_are_distinguished_by_their_names() -> None:
    mounts = [{"name": "db-volume", "mountPath": "/var/lib/mysql"}, {"name": "settings", "mountPath": "/etc/mysql"}]
    before, after = template(volumeMounts=mounts[:1]), template(volumeMounts=mounts[::-1])
    assert template_changes(before, after) == ["volumeMounts.settings: added"]
    assert template_changes(after, before) == ["volumeMounts.settings: removed"]


def test_no_value_that_may_be_a_secret_is_shown() -> None:
    def with_password(value: str) -> list[str]:
        env = [{"name": "MYSQL_ROOT_PASSWORD", "value": value}]
        return template_changes(template(args=["--x", value], env=env), template(args=["--x"], env=[]))

    assert with_password("hunter2") == ["args: changed", "env: removed"]
    changed = template_changes(
        template(env=[{"name": "A", "value": "hunter2"}]), template(env=[{"name": "A", "value": "hunter3"}])
    )
    assert changed == ["env.A.value: changed"]


def test_a_request_alone_is_no_change() -> None:
    assert template_changes(template(request="1"), template(request="2")) == []
    assert (requested_restart(template(request="2")), requested_restart(template())) == ("2", "")


def test_what_the_api_server_fills_in_is_no_change() -> None:
    ports, probe = [{"containerPort": 3306}], {"periodSeconds": 5}
    filled_in = template(
        ports=[{**ports[0], "protocol": "TCP"}],
        readinessProbe={**probe, "failureThreshold": 3, "timeoutSeconds": 1},
        terminationMessagePolicy="File",
    )
    declared = template(ports=ports, readinessProbe=probe)
    assert template_changes(filled_in, declared) == template_changes(declared, filled_in) == []
    patient = template(ports=ports, readinessProbe={**probe, "failureThreshold": 9})
    assert template_changes(filled_in, patient) == ["readinessProbe.failureThreshold: 3 → 9"]
