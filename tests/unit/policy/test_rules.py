"""Each rule lets a good shop pass and refuses one that is spoiled, also where a preview does not know the value."""

from typing import Any

import pytest

from policy.resources import UNKNOWN, Resource
from tests.unit.policy.declared import (
    ENVIRONMENT,
    backend,
    config,
    dynamic,
    found,
    ingress,
    projected,
    proxy,
    resource,
    server,
    settings,
    shop,
    with_value,
)

POD = ("spec", "template", "spec")
CONTAINER = (*POD, "containers", 0)
DATABASE, ACCOUNT, TOKEN, CONFIG = ((*CONTAINER, "env", index) for index in range(4))
CLAIM = (*POD, "volumes", 0, "persistentVolumeClaim", "claimName")
PASSWORD = "correct-horse-battery"

Path = tuple[str | int, ...]


def _with_scratch(declared: Resource, path: str) -> Resource:
    """With a further volume, which ends with its pod."""
    pod = declared.props["spec"]["template"]["spec"]
    mounts = [*pod["containers"][0]["volumeMounts"], {"name": "scratch", "mountPath": path}]
    mounted = with_value(declared, (*CONTAINER, "volumeMounts"), mounts)
    return with_value(mounted, (*POD, "volumes"), [*pod["volumes"], {"name": "scratch", "emptyDir": {}}])


def test_a_good_shop_passes_every_rule() -> None:
    assert found() == {}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ((*ACCOUNT, "valueFrom", "secretKeyRef", "name"), "cadrart-secret"),
        ((*ACCOUNT, "valueFrom", "secretKeyRef", "name"), "cadrart-database-sync"),
        ((*ACCOUNT, "valueFrom", "secretKeyRef"), {"name": "cadrart-secret", "key": UNKNOWN}),
        ((*ACCOUNT, "valueFrom", "secretKeyRef"), {"name": "cadrart-secret", "key": "DATABASE_ROOT_PASSWORD"}),
        ((*ACCOUNT, "valueFrom", "secretKeyRef"), {"name": "cadrart-secret", "key": "DATABASE_USER"}),
        ((*ACCOUNT, "valueFrom", "secretKeyRef", "name"), UNKNOWN),
        ((*ACCOUNT, "valueFrom", "secretKeyRef", "name"), "cadrart-secrets-prod-9f8e"),
        ((*CONTAINER, "envFrom"), [{"secretRef": {"name": "cadrart-secret"}}]),
        ((*CONTAINER, "env"), UNKNOWN),
        ((*POD, "volumes", 0), {"name": "static", "secret": {"secretName": "cadrart-secret"}}),
        ((*POD, "volumes", 0), {"name": "static", "secret": UNKNOWN}),
        ((*POD, "volumes", 0), {"name": "static", "csi": {"nodePublishSecretRef": {"name": "cadrart-secret"}}}),
        ((*POD, "volumes", 0), {"name": "static", "cephfs": {"secretRef": {"name": "cadrart-secret"}}}),
        ((*POD, "volumes", 0), {"name": "static", "azureFile": {"secretName": "cadrart-secret"}}),
        ((*POD, "volumes", 0), projected(secret={"name": "cadrart-secret"})),
        ((*POD, "volumes", 0), projected(configMap={"name": "cadrart-config-prod"})),
        ((*POD, "volumes", 0), {"name": "static", "projected": UNKNOWN}),
        ((*POD, "volumes", 0), {"name": "static", "configMap": {"name": "cadrart-config-prod-9f8e"}}),
        ((*CONTAINER, "envFrom"), [{"configMapRef": {"name": "cadrart-config-prod"}}]),
        ((*POD, "initContainers"), [{"envFrom": [{"secretRef": {"name": "cadrart-secret"}}]}]),
        ((*CONFIG, "valueFrom", "configMapKeyRef", "name"), "cadrart-config-prod"),
        ((*CONFIG, "valueFrom", "configMapKeyRef", "name"), "cadrart-config-prod-9f8e"),
        ((*CONFIG, "valueFrom", "configMapKeyRef", "name"), UNKNOWN),
        (CLAIM, "static-volume"),
        (CLAIM, "db-volume"),
        (CLAIM, UNKNOWN),
        (("spec", "template", "metadata", "labels"), {"environment": "green"}),
        (("spec", "template", "metadata", "labels", ENVIRONMENT), UNKNOWN),
        (("spec", "template", "metadata", "labels", ENVIRONMENT), "production"),
        (("spec", "template", "metadata", "labels"), {ENVIRONMENT: "production"}),
    ],
)
def test_staging_s_pods_use_nothing_of_production(path: Path, value: Any) -> None:
    assert "own-environment" in found(with_value(backend("stg"), path, value))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ((*ACCOUNT, "valueFrom", "secretKeyRef", "name"), "cadrart-database-stg"),
        ((*ACCOUNT, "valueFrom", "secretKeyRef", "name"), "cadrart-secrets-stg-9f8e"),
        ((*TOKEN, "valueFrom", "secretKeyRef", "name"), "cadrart-tokens-stg"),
        ((*CONFIG, "valueFrom", "configMapKeyRef", "name"), "cadrart-config-stg-9f8e"),
        (CLAIM, "static-volume-stg"),
    ],
)
def test_production_s_pods_use_nothing_of_staging(path: Path, value: Any) -> None:
    assert "own-environment" in found(with_value(backend("prod"), path, value))


@pytest.mark.parametrize(
    ("whole", "reported"),
    [
        (False, "use key DATABASE_PASSWORD of Secret cadrart-secret, which is not staging's"),
        (True, "use all keys of Secret cadrart-secret, which is not staging's"),
    ],
)
def test_a_foreign_secret_is_reported_by_name_and_key(whole: bool, reported: str) -> None:
    by_key = with_value(backend("stg"), (*ACCOUNT, "valueFrom", "secretKeyRef", "name"), "cadrart-secret")
    by_name = with_value(backend("stg"), (*CONTAINER, "envFrom"), [{"secretRef": {"name": "cadrart-secret"}}])
    (message,) = found(by_name if whole else by_key)["own-environment"]
    assert message == f"Deployment backend-green: its pods are bound to staging and {reported}"


def test_a_foreign_secret_of_production_is_reported_as_well() -> None:
    spoiled = with_value(backend("prod"), (*ACCOUNT, "valueFrom", "secretKeyRef", "name"), "cadrart-database-stg")
    (message,) = found(spoiled)["own-environment"]
    assert message.endswith("of Secret cadrart-database-stg, which is not production's")


def test_a_patch_is_judged_as_what_it_patches() -> None:
    """Pulumi has a kind of its own for it, which no rule knew."""
    spoiled = with_value(backend("stg"), CLAIM, "static-volume")
    assert "own-environment" in found(resource("DeploymentPatch", "backend-green", **spoiled.props))
    assert "no-secret-values" in found(resource("SecretPatch", "made", stringData={"password": PASSWORD}))


@pytest.mark.parametrize(
    "kind", ["Pod", "CronJob", "Job", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController"]
)
def test_whatever_makes_pods_is_looked_at(kind: str) -> None:
    good, template = backend("stg"), backend("stg").props["spec"]["template"]
    declared = {
        "Pod": {"metadata": template["metadata"], "spec": template["spec"]},
        "CronJob": {"spec": {"jobTemplate": {"spec": {"template": template}}}},
    }.get(kind, {"spec": good.props["spec"]})
    claim = ("volumes", 0, "persistentVolumeClaim", "claimName")
    above = {"Pod": ("spec",), "CronJob": ("spec", "jobTemplate", *POD)}.get(kind, POD)
    other = resource(kind, "another", **declared)
    assert not found(other)
    assert "own-environment" in found(with_value(other, (*above, *claim), "static-volume"))


def test_a_token_that_staging_shares_has_to_be_on_the_list() -> None:
    reference = (*TOKEN, "valueFrom", "secretKeyRef")
    shares = with_value(backend("stg"), reference, {"name": "cadrart-secret", "key": "TEST_ENDPOINT_SECRET"})
    assert "own-environment" in found(shares)
    older = with_value(shares, ("metadata", "annotations"), {"ateliercadrart.com/reads-secrets": "as they were made"})
    assert found(older) == {}
    assert found(with_value(older, (*reference, "key"), "JWT_SECRET")) == {}
    assert "own-environment" in found(with_value(older, (*reference, "key"), "DATABASE_PASSWORD"))


@pytest.mark.parametrize(
    "spoiled",
    [
        with_value(backend("stg"), (*DATABASE, "value"), "shop"),
        with_value(backend("stg"), (*DATABASE, "value"), "SHOP"),
        with_value(backend("stg"), (*DATABASE, "value"), UNKNOWN),
        with_value(backend("stg"), DATABASE, {"name": "CADRART_DB_DATABASE", "valueFrom": {}}),
        with_value(backend("stg"), DATABASE, {"name": UNKNOWN, "value": "shop"}),
        with_value(backend("stg"), (*CONTAINER, "env"), UNKNOWN),
        with_value(backend("prod"), (*DATABASE, "value"), "SHOP-STG"),
        config("stg-1a2b", "shop"),
        config("stg", "shop"),
        dynamic("StagingSync", databases={"production": "shop", "staging": "shop"}),
        dynamic("StagingSync", databases={"production": "shop-stg-2", "staging": "shop-stg"}),
        dynamic("StagingSync", databases={"production": "Shop", "staging": "sHop"}),
        dynamic("StagingSync", databases={"production": "shop", "staging": UNKNOWN}),
        dynamic("StagingSync", databases={"production": UNKNOWN, "staging": "shop-stg"}),
        dynamic("StagingSync", databases=UNKNOWN),
    ],
)
def test_staging_never_has_production_s_database(spoiled: Resource) -> None:
    assert "own-database" in found(spoiled)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("access", "staging_user"), "shop"),
        (("access", "staging_user"), UNKNOWN),
        (("access", "sync_user"), "shop-stg"),
        (("access", "sync_user"), "shop"),
        (("grants",), UNKNOWN),
        (("grants", 1), UNKNOWN),
        (("grants", 1), "GRANT SELECT ON `shop`.* TO `shop-stg`@`%`"),
        (("grants", 1), "GRANT SELECT ON `shop%`.* TO `shop-stg`@`%`"),
        (("grants", 1), "GRANT SELECT ON `sho_`.`client` TO 'shop-stg'@'%'"),
        (("grants", 1), "GRANT SELECT ON *.* TO `shop-stg`@`%`"),
        (("grants", 0), "GRANT SELECT ON `shop-stg`.* TO `shop`@`%`"),
    ],
)
def test_staging_s_account_has_no_rights_on_production(path: Path, value: Any) -> None:
    (accounts,) = (one for one in shop() if one.type.endswith("DatabaseAccounts"))
    assert "own-database" in found(with_value(accounts, path, value))


def test_a_grant_on_a_name_with_an_escaped_character_is_of_that_name_alone() -> None:
    (accounts,) = (one for one in shop() if one.type.endswith("DatabaseAccounts"))
    assert found(with_value(accounts, ("grants", 1), r"GRANT SELECT ON `sho\_`.* TO `shop-stg`@`%`")) == {}
    assert found(with_value(accounts, ("grants", 1), "GRANT staff TO `shop-stg`@`%`")) == {}


@pytest.mark.parametrize(
    ("database", "on"), [("my_shop", r"my\_shop"), ("my`shop", "my``shop"), ("my.shop", "my.shop"), ("Shop", "shop")]
)
def test_a_grant_reaches_a_database_by_its_quoted_name(database: str, on: str) -> None:
    (accounts,) = (one for one in shop() if one.type.endswith("DatabaseAccounts"))
    named = with_value(accounts, ("access", "production"), database)
    assert not found(named)
    assert "own-database" in found(with_value(named, ("grants", 1), f"GRANT SELECT ON `{on}`.* TO `shop-stg`@`%`"))


def test_what_is_no_sync_may_name_one_database() -> None:
    assert not found(
        dynamic("Backup", databases={"production": "shop"}),
        dynamic("Look", databases={"staging": "shop"}),
    )


@pytest.mark.parametrize("environment", ["stg", UNKNOWN, ""])
def test_a_production_proxy_selects_production_s_pods(environment: Any) -> None:
    assert "proxy-environment" in found(proxy("backend-prod-proxy", environment))


@pytest.mark.parametrize("selector", [{"io.kompose.service": "backend-blue"}, UNKNOWN])
def test_a_proxy_that_selects_by_colour_alone_is_refused(selector: Any) -> None:
    assert "proxy-environment" in found(resource("Service", "backend-prod-proxy", spec={"selector": selector}))


@pytest.mark.parametrize(
    "spoiled",
    [
        with_value(proxy("backend-prod-proxy", "prod"), ("spec", "type"), "ExternalName"),
        with_value(proxy("backend-prod-proxy", "prod"), ("spec", "type"), UNKNOWN),
        resource("Endpoints", "backend-prod-proxy", subsets=[]),
        resource("EndpointSlice", "x", metadata={"labels": {"kubernetes.io/service-name": "backend-prod-proxy"}}),
        resource("EndpointSlice", "x", metadata={"labels": UNKNOWN}),
    ],
)
def test_a_proxy_has_no_address_that_its_selector_did_not_find(spoiled: Resource) -> None:
    assert "proxy-environment" in found(spoiled)


def test_a_proxy_of_another_type_and_other_addresses_pass() -> None:
    assert not found(with_value(proxy("backend-prod-proxy", "prod"), ("spec", "type"), "ClusterIP"))
    assert not found(resource("Endpoints", "another", subsets=[]))
    assert not found(resource("EndpointSlice", "x", metadata={"labels": {"kubernetes.io/service-name": "another"}}))


@pytest.mark.parametrize(
    "spoiled",
    [
        resource("IngressRoute", "beside", spec={"routes": [{"match": "Host(`shop.example.com`)"}]}),
        resource("HTTPRoute", "beside", spec={"hostnames": ["shop.example.com"]}),
        ingress(production="backend-prod-proxy", staging="backend-prod-proxy"),
        ingress(production="backend-test-proxy", staging="backend-test-proxy"),
        ingress(production="backend-prod-proxy", staging="backend-blue"),
        resource("Ingress", "cadrart-ingress", spec={"rules": UNKNOWN}),
        resource("Ingress", "cadrart-ingress", spec={"rules": [{"host": "another.example.com"}]}),
        resource("Ingress", "cadrart-ingress", spec={"defaultBackend": {"service": {"name": "backend-prod-proxy"}}}),
    ],
)
def test_a_host_leads_to_its_own_environment(spoiled: Resource) -> None:
    assert "host-environment" in found(spoiled)


@pytest.mark.parametrize(
    "spoiled",
    [
        resource("PersistentVolumeClaim", "db-volume", retained=False),
        resource("PersistentVolume", "disk", spec={"persistentVolumeReclaimPolicy": "Delete"}),
        resource("PersistentVolume", "disk", spec={"persistentVolumeReclaimPolicy": UNKNOWN}),
        resource("StorageClass", "fast", provisioner="any"),
        resource("StatefulSet", "db-2", spec={"persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Delete"}}),
        with_value(server(), (*POD, "volumes", 0), {"name": "data", "emptyDir": {}}),
        with_value(server(), (*POD, "volumes"), UNKNOWN),
        with_value(backend("prod"), (*POD, "volumes", 0), {"name": "static", "emptyDir": {}}),
        with_value(server(), (*CONTAINER, "volumeMounts", 0), {"name": "another", "mountPath": UNKNOWN}),
        with_value(server(), (*POD, "volumes", 0), {"name": "data", "hostPath": {"path": "/srv"}}),
        with_value(server(), (*POD, "volumes", 0), {"name": "data", "ephemeral": {"volumeClaimTemplate": {}}}),
        with_value(server(), (*CONTAINER, "volumeMounts"), []),
        with_value(server(), (*CONTAINER, "volumeMounts", 0, "mountPath"), "/srv"),
        _with_scratch(server(), "/var/lib/mysql/"),
        _with_scratch(server(), "/var/lib/mysql/shop"),
        _with_scratch(backend("prod"), "/var/www/static/../static/uploads"),
    ],
)
def test_a_volume_that_would_go_is_refused(spoiled: Resource) -> None:
    assert "volumes-retained" in found(spoiled)


def test_a_folder_of_data_on_a_claim_of_each_pod_and_what_is_only_read_below_one_pass() -> None:
    """A StatefulSet's own claims were taken for volumes that end with their pod."""
    spec = dict(with_value(server(), (*POD, "volumes"), []).props["spec"])
    assert not found(
        resource("StatefulSet", "db", spec={**spec, "volumeClaimTemplates": [{"metadata": {"name": "data"}}]})
    )
    beside = {"name": "settings", "mountPath": "/var/www/static/settings.json"}
    mounted = with_value(
        backend("prod"), (*CONTAINER, "volumeMounts"), [{"name": "static", "mountPath": "/var/www/static"}, beside]
    )
    volumes = [*mounted.props["spec"]["template"]["spec"]["volumes"], {"name": "settings", "configMap": {"name": "x"}}]
    assert not found(with_value(mounted, (*POD, "volumes"), volumes))


def test_volumes_that_stay_pass() -> None:
    assert not found(
        resource("PersistentVolume", "disk", spec={"persistentVolumeReclaimPolicy": "Retain"}),
        resource("StorageClass", "slow", reclaimPolicy="Retain"),
        resource("StatefulSet", "db-2", spec={"persistentVolumeClaimRetentionPolicy": {"whenScaled": "Retain"}}),
    )


@pytest.mark.parametrize(
    "image",
    [
        "shop/backend",
        "shop/backend:latest",
        "registry:5000/backend",
        "shop/backend:1.0.0@sha256:abc",
        "shop/backend:latest@",
        "shop/backend:-1",
        UNKNOWN,
    ],
)
def test_an_image_without_a_version_is_refused_in_production(image: Any) -> None:
    spoiled = with_value(backend("stg"), (*CONTAINER, "image"), image)
    assert "image-version" in found(spoiled)
    hosts = '{"productionHost": "shop.example.com", "stagingHost": "stg.example.com"}'
    assert not found(spoiled, settings(production="false", ingress=hosts))


@pytest.mark.parametrize("image", ["shop/backend", "shop/backend:latest", "registry:5000/backend:1.0.0"])
def test_a_digest_is_a_version(image: str) -> None:
    assert not found(with_value(backend("stg"), (*CONTAINER, "image"), f"{image}@sha256:{'0' * 64}"))


def test_a_volume_s_image_has_a_version_as_well() -> None:
    volumes = [*backend("stg").props["spec"]["template"]["spec"]["volumes"], {"name": "files"}]
    for reference, said in (("shop/files", ["image-version"]), ("shop/files:1.0.0", [])):
        volumes[-1] = {"name": "files", "image": {"reference": reference}}
        assert list(found(with_value(backend("stg"), (*POD, "volumes"), volumes))) == said


def test_an_image_of_the_server_that_is_always_pulled_by_itself_is_refused() -> None:
    """The cluster pulls one without a version each time, where no policy is said."""
    unsaid = with_value(server(), (*CONTAINER, "imagePullPolicy"), None)
    assert not found(unsaid)
    assert "server-pull-policy" in found(with_value(unsaid, (*CONTAINER, "image"), "mysql"))


@pytest.mark.parametrize("policy", ["Always", UNKNOWN])
def test_the_server_is_not_pulled_again(policy: Any) -> None:
    always = with_value(server(), (*CONTAINER, "imagePullPolicy"), policy)
    assert "server-pull-policy" in found(always)
    kept = with_value(always, ("metadata", "annotations"), {"ateliercadrart.com/pull-policy": "Always, as before"})
    assert not found(kept)
    assert not found(with_value(backend("stg"), (*CONTAINER, "imagePullPolicy"), policy))


@pytest.mark.parametrize(
    "context",
    [
        {},
        {"runAsUser": 0},
        {"runAsNonRoot": False},
        {"runAsNonRoot": UNKNOWN},
        {"runAsUser": UNKNOWN},
        {"runAsNonRoot": True, "privileged": True},
        {"runAsNonRoot": True, "privileged": UNKNOWN},
    ],
)
def test_root_needs_a_reason_on_the_list(context: dict[str, Any]) -> None:
    assert "no-root" in found(with_value(backend("prod"), (*CONTAINER, "securityContext"), context))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ((*POD, "hostNetwork"), True),
        ((*POD, "hostPID"), True),
        ((*POD, "hostIPC"), UNKNOWN),
        ((*POD, "volumes", 1), {"name": "logs", "hostPath": {"path": "/var/log"}}),
        ((*POD, "volumes", 1), UNKNOWN),
        ((*POD, "securityContext", "windowsOptions"), {"hostProcess": True}),
        (
            (*POD, "initContainers"),
            [{"image": "a:1", "securityContext": {"capabilities": {"add": ["SYS_ADMIN"]}, "runAsUser": 1}}],
        ),
        ((*CONTAINER, "securityContext", "capabilities"), {"add": ["NET_BIND_SERVICE", "CAP_SYS_PTRACE"]}),
        ((*CONTAINER, "securityContext", "capabilities"), {"add": UNKNOWN}),
        ((*CONTAINER, "securityContext", "procMount"), "Unmasked"),
    ],
)
def test_no_pod_gets_at_the_machine(path: Path, value: Any) -> None:
    volumes = [*backend("stg").props["spec"]["template"]["spec"]["volumes"], {"name": "logs", "emptyDir": {}}]
    more = with_value(backend("stg"), (*POD, "volumes"), volumes)
    assert not found(more)
    assert "own-machine" in found(with_value(more, path, value))


def test_what_gives_nothing_of_the_machine_passes() -> None:
    context = {
        "runAsNonRoot": True,
        "capabilities": {"add": ["NET_BIND_SERVICE"], "drop": ["ALL"]},
        "procMount": "Default",
    }
    assert not found(with_value(backend("stg"), (*CONTAINER, "securityContext"), context))
    assert not found(with_value(backend("stg"), (*POD, "hostNetwork"), False))


def test_a_container_s_name_alone_is_no_reason() -> None:
    spoiled = with_value(backend("prod"), (*CONTAINER, "securityContext"), {})
    assert "no-root" in found(with_value(spoiled, (*CONTAINER, "name"), "db"))


@pytest.mark.parametrize("context", [{"runAsUser": 1000.0}, {"runAsNonRoot": True}])
def test_an_account_of_the_pod_counts(context: dict[str, Any]) -> None:
    spoiled = with_value(backend("prod"), (*CONTAINER, "securityContext"), {})
    assert not found(with_value(spoiled, (*POD, "securityContext"), context))
    assert not found(with_value(backend("prod"), (*CONTAINER, "securityContext"), {**context, "privileged": False}))
    own = with_value(backend("prod"), (*CONTAINER, "securityContext"), {"runAsUser": 0, "runAsNonRoot": False})
    assert "no-root" in found(with_value(own, (*POD, "securityContext"), context))


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
