"""Settings: what is refused, and in which words."""

import json
import ssl
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from cadrart_infra.model import Color, Environment, Resources
from cadrart_infra.settings import load, own_values, refuse_lost_lines
from cadrart_infra.settings.errors import SettingsError
from cadrart_infra.workloads import BACKEND, FRONTEND
from tests.unit.program import images, settings


def with_image(image: str) -> dict[str, Any]:
    return {"images": {**images(), "green": {"frontend": "shop/frontend:1.0.0", "backend": image}}}


def green_backend(**values: Any) -> str:
    return settings(**values).images.of(Color.GREEN).by_workload()[BACKEND.name]


def refusal(**values: Any) -> str:
    with pytest.raises(SettingsError) as error:
        settings(**values)
    return str(error.value)


def test_defaults_are_the_live_cluster() -> None:
    shop = settings()
    assert shop.production
    assert shop.namespace == "cadrart"
    assert shop.database.of(Environment.STG) == "atelier-cadrart-stg"
    assert shop.roles.inactive is Color.GREEN
    assert shop.pull.secret == "cadrart-registry-key"


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"activeColor": "purple"}, "activeColor: \"purple\" is none of 'blue' or 'green'. Set it: pulumi config set"),
        (
            {"images": {"blue": images()["blue"]}},
            "images.green is missing. Set it: pulumi config set --path images.green",
        ),
        (with_image("shop/backend"), 'images.green.backend: "shop/backend" has no version'),
        (with_image("shop/backend:latest"), "Name the release, e.g. shop/backend:1.4.2"),
        (with_image("localhost:5000/backend"), "has no version"),
        (
            with_image("shop/backend:1.4.2:1.4.2"),
            'images.green.backend: "shop/backend:1.4.2:1.4.2" is not an image name',
        ),
        (with_image("shop/back:end/x:1"), "is not an image name"),
        (with_image("shop/backend:1.4.²"), "is not an image name"),
        (with_image("shop/backend..x:1"), "is not an image name"),
        (with_image("Not An Image"), 'images.green.backend: "Not An Image" is not an image name'),
        ({"database": {"production": "shop", "staging": "Shop"}}, "production (shop) and staging (Shop) are the same"),
        ({"database": {"production": "shop2", "staging": "shop"}}, "overlap"),
        ({"database": {"staging": "no spaces"}}, 'database.staging: "no spaces" is not a valid database name'),
        ({"sync": {"ca": "ca.pem"}}, 'sync.ca: "ca.pem" is no certificate in PEM. Give the text of the file'),
        ({"sync": {"ca": "é"}}, 'sync.ca: "é" is no certificate in PEM'),
        ({"database": {"staging": "mysql"}}, "is not a valid database name"),
        ({"database": {"staging": "x" * 57}}, "is not a valid database name"),
        ({"database": {"syncUser": "atelier-cadrart"}}, "are not three accounts"),
        ({"replicas": {"prod": 0}}, "replicas.prod: 0 does not fit"),
        ({"replicas": {"stg": "two"}}, 'replicas.stg: "two" is no whole number'),
        ({"activeColor": "grün\u00a0"}, 'activeColor: "grün\\u00a0"'),
        ({"activColor": "blue"}, "activColor is not a known key. Did you mean activeColor?"),
        ({"gate": {"timout": 3}}, "gate.timout is not a known key. Did you mean gate.timeout?"),
        ({"gate.timeout": 3}, "pulumi config set --path gate.timeout VALUE"),
        ({"ingress": {"productionHost": "https://ateliercadrart.com/"}}, "ingress.productionHost"),
        ({"ingress": {"stagingHost": "ateliercadrart.com"}}, "productionHost and stagingHost are the same"),
        ({"storage": {"database": "ten"}}, 'storage.database: "ten" is not a quantity'),
        ({"namespace": "my.shop"}, 'namespace: "my.shop" is not the name of a namespace'),
        ({"namespace": "x" * 64}, "Use 1 to 63 lower-case letters, digits and '-', and no dot"),
        ({"namespace": "kube-system"}, 'namespace: "kube-system" is one of the cluster\'s own namespaces'),
        ({"resources": {"backend": {"cpuLimit": "0.1"}}}, 'resources.backend.cpuLimit: "0.1" is not a quantity'),
        ({"resources": {"worker": {}}}, "resources.worker is not a known key"),
        ({"drain": {"timeout": 2}}, "drain.timeout: 2 does not fit"),
    ],
)
def test_a_wrong_value_is_named_with_its_remedy(values: dict[str, Any], said: str) -> None:
    text = refusal(**values)
    assert "nothing was changed" in text
    assert said in text


@pytest.mark.parametrize("typed", [1795655562, 2**70, "0001", True, False])
def test_what_looks_like_a_number_is_a_fine_text(typed: Any) -> None:
    given = settings(
        sync={"request": typed, "restorePrevious": typed},
        database={"restart": typed},
        gate={"smokeCommand": typed},
        kubernetes={"context": typed},
        moveTo=typed,
    )
    texts = {given.sync.request, given.sync.restore_previous, given.database.restart, given.move_to}
    assert {*texts, given.gate.smoke_command, given.kubernetes.context} == {str(typed).lower()}


def test_a_quantity_without_a_unit_may_come_as_a_number() -> None:
    assert settings(database={"cpuLimit": 2}).database.cpu_limit == "2"


def test_resources_are_those_of_the_live_cluster_but_for_what_is_set() -> None:
    resources = settings(resources={"backend": {"memoryLimit": "256Mi"}}).resources
    assert resources.of(FRONTEND.name) == Resources("25m", "64Mi", "100m", "128Mi")
    assert resources.of(BACKEND.name) == Resources("25m", "64Mi", "100m", "256Mi")


def test_everything_that_is_wrong_is_said_at_once() -> None:
    text = refusal(activeColor="red", replicas={"prod": -1, "stg": 0})
    assert all(key in text for key in ("activeColor", "replicas.prod", "replicas.stg"))


def test_the_value_of_an_unknown_key_stays_unsaid() -> None:
    assert "hunter2" not in refusal(databasePassword="hunter2")


def test_a_stack_that_is_not_production_may_run_latest() -> None:
    assert (
        settings(production="false", **with_image("shop/backend:latest"))
        .images.of(Color.GREEN)
        .by_workload()[BACKEND.name]
        .endswith(":latest")
    )


@pytest.mark.parametrize(
    "image",
    ["shop/backend@sha256:" + "0" * 64, "shop/backend:1@sha256:" + "a" * 64, "backend:RC_1", "r-1.eu:5000/a/b__c:1"],
)
def test_what_the_cluster_takes_for_an_image_is_one(image: str) -> None:
    assert green_backend(**with_image(image)) == image


def test_one_value_of_an_environment_leaves_the_other_as_it_was() -> None:
    assert settings(environments={"stg": {"logLevel": "info"}}).environments.stg.cors_origins.startswith("https://stg.")


def test_the_server_s_variables_are_read_as_a_file_has_them() -> None:
    given = {"max-connections": 200, "general_log": True, "innodb_buffer_pool_size": "256M"}
    variables = settings(database={"settings": given}).database.settings
    assert variables == {"max_connections": "200", "general_log": "ON", "innodb_buffer_pool_size": "256M"}


@pytest.mark.parametrize(
    ("database", "phrase"),
    [
        ({"settings": {"max connections": 1}}, "has max connections, which is no name of a server's variable"),
        ({"settings": {"wait-timeout": 60, "wait_timeout": 90}}, "has wait_timeout in two spellings"),
        ({"settings": {"datadir": "/tmp"}}, "has datadir, on which the shop's image, volume or Service rely"),
        ({"settings": {"sql_mode": "A'; DROP"}}, "has a value for sql_mode"),
        ({"settings": {"max_connections": 40}}, "stagingConnections (40) leaves production none of"),
        ({"settings": {"innodb_buffer_pool_size": "512M"}}, "more than three quarters of memoryLimit (512Mi)"),
        ({"settings": {"max_connections": -5}}, "stagingConnections (40) leaves production none of"),
        ({"settings": {"max_connections": "1e3"}}, "has 1e3 for max_connections, which no server reads"),
        ({"settings": {"tmp_table_size": "64Mi"}}, "has 64Mi for tmp_table_size, which no server reads"),
        ({"settings": {"max_connections": None}}, "has a value for max_connections that is empty"),
        ({"settings": {"offline-mode": "ON"}}, "with which the server lets applications do nothing"),
        ({"memoryLimit": "60Mi"}, "memoryLimit (60Mi) is less than the server's request"),
    ],
)
def test_what_would_keep_the_server_from_starting_is_refused(database: dict[str, Any], phrase: str) -> None:
    assert phrase in refusal(database=database)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"ingress": {"issuer": "Let's Encrypt"}}, 'ingress.issuer: "Let\'s Encrypt" is no name of an object'),
        ({"pull": {"secret": "My_Secret"}}, 'pull.secret: "My_Secret" is no name of an object'),
        ({"database": {"boost": {"memoryLimit": "2GB"}}}, 'database.boost.memoryLimit: "2GB" is not a quantity of'),
        (
            {"sync": {"masking": {"columns": {"client.vat": [1]}}}},
            "sync.masking.columns.client.vat: [1] is a list, where one text has to be",
        ),
        ({"database": {"stagingUser": "root"}}, "root and the server's own are taken"),
        ({"database": {"memoryLimit": "512m"}}, 'database.memoryLimit: "512m" is not a quantity of memory or storage'),
        ({"database": {"cpuLimit": "500Mi"}}, 'database.cpuLimit: "500Mi" is not a quantity of processor time'),
        ({"storage": {"database": "10"}}, 'storage.database: "10" is a number of bytes'),
        (
            {"resources": {"backend": {"cpuLimit": "10m", "cpuRequest": "1"}}},
            "(1) is more than cpuLimit (10m)",
        ),
        ({"resources": {"backend": {"memoryLimit": "8Mi"}}}, "is more than memoryLimit (8Mi)"),
        ({"ingress": {"productionHost": "10.0.0.1"}}, 'ingress.productionHost: "10.0.0.1" is not a host name'),
        ({"replicas": {"prod": 1_000_000}}, "replicas.prod: 1000000 does not fit"),
        ({"rollout": {"timeout": 10**12}}, "rollout.timeout: 1000000000000 does not fit"),
        ({"replicas": {"prod": True}}, "replicas.prod: true is no number"),
        ({"sync": {"processorShare": True}}, "sync.processorShare: true is no number"),
        ({"database": {"runAs": True}}, "database.runAs: true is no number"),
        ({"sync": {"address": "db:99999"}}, 'sync.address: "db:99999" is no host, or no port of one'),
        ({"sync": {"address": "a..b"}}, 'sync.address: "a..b" is no host'),
        ({"gate": {"smokeCommand": " "}}, 'gate.smokeCommand: " " is blank'),
        ({"migration": {"command": ["node", ""]}}, 'migration.command.1: "" is empty'),
        ({"migration": {"command": ["node", ""]}}, "pulumi config set --path 'migration.command[1]' VALUE"),
        ({"rollout": {"timeout": "5m"}}, 'rollout.timeout: "5m" is no whole number; write it in digits, a time in'),
        ({"promotion": {"hold": "2h"}}, "is no whole number; write it in digits, a time in seconds. Set it"),
        ({"replicas": {"prod": 1.5}}, "replicas.prod: 1.5 is no whole number; write it in digits. Set it"),
        ({"backup": {"beforeSwitch": "maybe"}}, 'backup.beforeSwitch: "maybe" is neither true nor false'),
        ({"storage": {"className": "fast..disk"}}, 'storage.className: "fast..disk" is no name of an object'),
        ({"database": {"clients": ["x" * 64]}}, "database.clients.0"),
        (
            {"environments": {"prod": {"corsOrigins": ["https://a.com"]}}},
            'corsOrigins: ["https://a.com"] is a list, where one text has to be',
        ),
        ({"replicas": 3}, "replicas: 3 stands where keys and their values have to be"),
        ({"migration": {"command": None}}, "Set it: pulumi config set --path 'migration.command[0]' VALUE"),
        (
            {"database": {"clients": "phpmyadmin"}},
            "Set it: pulumi config rm --path database.clients && pulumi config set --path 'database.clients[0]' VALUE",
        ),
        ({"replicas": [{"prod": 2}]}, "Set it: pulumi config rm replicas && pulumi config set --path replicas.prod"),
    ],
)
def test_a_value_that_the_cluster_or_the_server_would_refuse_later_is_refused_now(
    values: dict[str, Any], said: str
) -> None:
    text = refusal(**values)
    assert said in text
    assert text.count("\n") == 1


def test_a_version_alone_is_no_image() -> None:
    assert 'images.green.backend: "1.5" is a version alone. Write the image\'s name before it' in refusal(
        **with_image("1.5")
    )


def test_an_address_with_a_scheme_is_no_image() -> None:
    images = {color: {"frontend": "https://r/f:1", "backend": "r/b:1"} for color in ("blue", "green")}
    assert 'images.blue.frontend: "https://r/f:1" is not an image name' in refusal(images=images)


@pytest.mark.parametrize(
    "typed",
    ["https://a.com/", "a.com", "https://A.com", "https://a.com,", "https://a.com;https://b.com", "http//a.com"],
)
def test_an_origin_that_no_browser_sends_is_refused(typed: str) -> None:
    said = refusal(environments={"prod": {"corsOrigins": typed}})
    assert f'environments.prod.corsOrigins: "{typed}" is no list of origins' in said


@pytest.mark.parametrize("typed", ["*", "", "https://a.com, https://b.com", "http://localhost:4200", "app://shop"])
def test_every_origin_that_a_browser_sends_is_taken(typed: str) -> None:
    assert settings(environments={"prod": {"corsOrigins": typed}}).environments.prod.cors_origins == typed


@pytest.mark.parametrize("key", ["replicas", "cadrart-infra:replicas", "cadrart-infra:config:replicas"])
def test_a_key_is_read_as_pulumi_reads_it(key: str) -> None:
    assert own_values({key: 3, "pulumi:tags": {}, "aws:region": "eu", "other:hunter2": "x"}) == {"replicas": 3}


@pytest.mark.parametrize(
    ("key", "remedy"),
    [
        ("cadart-infra:replicas", "Set it: pulumi config set --path replicas.KEY VALUE. Remove it: pulumi config rm"),
        ("Cadrart-Infra:activeColor", "Set it: pulumi config set activeColor VALUE."),
        ("cadrart:replicsa", "Set it: pulumi config set --path replicas.KEY VALUE."),
        ("shop:activeColor", "Set it: pulumi config set activeColor VALUE."),
        ("kubernetes:context", "Set it: pulumi config set --path kubernetes.context VALUE."),
        ("kubernetes:namespace", "Set it: pulumi config set namespace VALUE."),
        ("kubernetes:kubeconfig", "begin with cadrart-infra:. Remove it: pulumi config rm kubernetes:kubeconfig"),
    ],
)
def test_a_setting_under_another_program_s_name_is_refused(key: str, remedy: str) -> None:
    with pytest.raises(SettingsError) as error:
        own_values({"cadrart-infra:activeColor": "blue", key: "hunter2"})
    said = str(error.value)
    assert f"{key} is read by nobody" in said
    assert remedy in said
    assert "hunter2" not in said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("config:\n  cadrart-infra:activeColor: blue\ncadrart-infra:replicas:\n  prod: 2\n", "Line 3 of Pulumi.x.yaml"),
        (
            "config:\n  cadrart-infra:activeColor: blue\nConfig:\n  cadrart-infra:standby: warm\n",
            "Line 4 of Pulumi.x.yaml stands under Config, where nobody reads it. Put it under config",
        ),
        ("\ufeffconfig: {}\r\n---\r\nconfig:\r\n", "Line 2 of Pulumi.x.yaml begins a second document"),
        ("# a comment\n---\nconfig:\n  cadrart-infra:moveTo: '---'\n", ""),
        ('{"config":\n{"cadrart-infra:activeColor": "blue"}}\n', ""),
        (
            "config:\n  cadrart-infra:activeColor: blue\n  activeColor: green\n",
            "Line 3 of Pulumi.x.yaml has activeColor, which is cadrart-infra:activeColor once more",
        ),
        (
            '{"config": {"cadrart-infra:config:drain": {}, "cadrart-infra:drain": {}}}',
            "Keep cadrart-infra:drain alone",
        ),
        ("config:\n  activeColor: blue\n  aws:region: x\n  region: y\n  other:region: z\n", ""),
    ],
)
def test_what_pulumi_would_leave_out_of_a_file_is_refused(text: str, said: str, tmp_path: Path) -> None:
    file = tmp_path / "Pulumi.x.yaml"
    refuse_lost_lines(file)
    file.write_text(text, encoding="utf-8")
    if said:
        with pytest.raises(SettingsError, match=said):
            refuse_lost_lines(file)
    else:
        refuse_lost_lines(file)


def test_another_programs_settings_in_the_environment_are_none_of_this_stacks(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Pulumi gives each program that it runs its settings in a variable, which a command that this one runs has too."""
    mine = {"cadrart-infra:activeColor": "blue", "cadrart-infra:images": json.dumps(images())}
    monkeypatch.setenv("PULUMI_CONFIG", json.dumps({"cadrart-infra:standby": "warm"}))
    monkeypatch.setattr("cadrart_infra.settings.stack.config.CONFIG", mock.Mock(get=lambda: mine))
    assert load(tmp_path / "none").standby == "cold"


_AUTHORITY = """
-----BEGIN CERTIFICATE-----
MIIBbzCCARWgAwIBAgIUWbXx2i8d64vnpkbWD4Ft4GK/ohAwCgYIKoZIzj0EAwIw
DDEKMAgGA1UEAwwBeDAgFw0yNjExMjkxNzMxNTRaGA8yMTI2MTEwNTE3MzE1NFow
DDEKMAgGA1UEAwwBeDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABIayS1XC11vW
CdJk2VkhMQ0kHC8D0GErN55itIIxeJxG/Ip/zTx6fI+TA+Q/uQ9STNPRmuWPbXWl
d0fjJpFlheijUzBRMB0GA1UdDgQWBBTl35cJ9/crq3ujTdaxqAAXXAnvnjAfBgNV
HSMEGDAWgBTl35cJ9/crq3ujTdaxqAAXXAnvnjAPBgNVHRMBAf8EBTADAQH/MAoG
CCqGSM49BAMCA0gAMEUCIQDkBciTeUmavh+rDAsjyptjOzW5i+7xwRCNW/j3stw2
fgIgQBvPMxHbbNyGtIh1jIbk4QPzuBst9HMUNdI2ng9iXk4=
-----END CERTIFICATE-----
"""


def test_an_authoritys_comments_may_have_any_letters() -> None:
    found = settings(sync={"ca": f"# Autorité de l'atelier{_AUTHORITY}"}).sync.ca
    ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=found)
