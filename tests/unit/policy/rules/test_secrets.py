"""Values of Secrets in what is declared."""

import pytest

from policy.resources import UNKNOWN, Resource
from tests.unit.policy.declared import backend, dynamic, found, resource, settings, with_value
from tests.unit.policy.rules.places import ACCOUNT, CONTAINER

PASSWORD = "correct-horse-battery"


@pytest.mark.parametrize(
    "spoiled",
    [
        resource("Secret", "made", stringData={"password": PASSWORD}),
        resource("Secret", "made", data={"password": PASSWORD}),
        resource("ConfigMap", "made", data=UNKNOWN),
        resource("ConfigMap", "made", data={"API_KEY": PASSWORD}),
        resource("ConfigMap", "made", data={"private-key": PASSWORD, "privateKey": PASSWORD}),
        resource("ConfigMap", "made", data={"credentials": PASSWORD}),
        resource("ConfigMap", "made", data={"passwd": PASSWORD}),
        dynamic("Anything", header=f"Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.{PASSWORD}"),
        dynamic("Anything", header=f"token ghp_{'a1' * 18}"),
        dynamic("Anything", nested=[{"header": f"token github_pat_{'a1' * 11}"}]),
        dynamic("Anything", statement=f"ALTER USER shop IDENTIFIED WITH caching_sha2_password AS '{PASSWORD}'"),
        dynamic("Anything", statement=f'CREATE USER shop IDENTIFIED BY PASSWORD "{PASSWORD}"'),
        resource("ConfigMap", "made", data={"DATABASE_PASSWORD": PASSWORD}),
        resource("ConfigMap", "made", data={"init.sql": f"CREATE USER shop IDENTIFIED BY '{PASSWORD}'"}),
        resource("ConfigMap", "made", data={"url": f"mysql://shop:{PASSWORD}@db/shop"}),
        resource("ConfigMap", "made", data={"key.pem": f"-----BEGIN RSA PRIVATE KEY-----\n{PASSWORD}"}),
        with_value(backend("prod"), ACCOUNT, {"name": "CADRART_DB_PASSWORD", "value": PASSWORD}),
        with_value(backend("prod"), ACCOUNT, {"name": "CADRART_DB_PASSWORD", "value": UNKNOWN}),
        with_value(backend("prod"), ACCOUNT, {"name": "MYSQL_PWD", "value": PASSWORD}),
        with_value(backend("prod"), ACCOUNT, {"name": "SMTP_PASS", "value": PASSWORD}),
        with_value(backend("prod"), ACCOUNT, {"name": "S3_ACCESS_KEY", "value": PASSWORD}),
        with_value(backend("prod"), ACCOUNT, {"name": "DB_PASSWORD_FILE", "value": PASSWORD}),
        with_value(backend("prod"), (*CONTAINER, "args"), [f"--password={PASSWORD}"]),
        with_value(backend("prod"), (*CONTAINER, "command"), ["sh", "-c", f"mysql --password='{PASSWORD}' shop"]),
        resource("ConfigMap", "made", binaryData={"password": PASSWORD}),
        resource("Service", "noted", metadata={"annotations": {"note": f"https://shop:{PASSWORD}@example.com"}}),
        dynamic("Anything", command=f"curl https://shop:{PASSWORD}@example.com"),
    ],
)
def test_a_value_of_a_secret_is_refused_and_never_printed(spoiled: Resource) -> None:
    said = found(spoiled)
    assert "no-secret-values" in said
    assert PASSWORD not in str(said)


@pytest.mark.parametrize(
    "values",
    [
        {"databasePassword": PASSWORD},
        {"sync": f'{{"masking": {{}}, "token": "{PASSWORD}"}}'},
        {"gate": f'{{"smokeCommand": "curl https://shop:{PASSWORD}@example.com"}}'},
    ],
)
def test_a_secret_in_the_settings_is_refused_and_never_printed(values: dict[str, str]) -> None:
    said = found(settings(**values))
    assert "no-secret-settings" in said
    assert "no-secret-values" not in said
    assert PASSWORD not in str(said)


def test_a_secret_s_name_and_a_column_s_name_are_no_secrets() -> None:
    hosts = '{"productionHost": "shop.example.com", "stagingHost": "stg.example.com", "tlsSecret": "certificate"}'
    masking = '{"masking": {"columns": {"user.password": "text"}}}'
    assert not found(settings(pull='{"secret": "registry"}', ingress=hosts, sync=masking))


def test_what_holds_no_value_of_a_secret_passes() -> None:
    empty = with_value(backend("prod"), ACCOUNT, {"name": "CADRART_DB_PASSWORD", "value": ""})
    for name, value in {"PASSWORD_FILE": "/run/secrets/password", "PWD": "/app", "AWS_ACCESS_KEY_ID": "1"}.items():
        assert not found(with_value(backend("prod"), ACCOUNT, {"name": name, "value": value}))
    for argument in ("--password=$(DB_PASSWORD)", "--password=${PASSWORD}", "--password"):
        assert not found(with_value(backend("prod"), (*CONTAINER, "args"), [argument]))
    assert not found(resource("Secret", "made"), resource("ConfigMap", "empty"), empty)
