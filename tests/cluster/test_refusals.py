"""Bad input ends a preview with one clear error, and nothing is changed."""

import contextlib
import json
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from cadrart_infra.cluster.waiting import look_until
from sandbox.shop.handle import Shop
from tests.cluster.assertions import assert_converged, assert_shown, colors, production_unharmed
from tests.cluster.database_server import most_memory
from tests.cluster.shop import changed

IMAGE = "docker.io/cadrart-sandbox/backend"


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("activeColor", "purple", "activeColor: \"purple\" is none of 'blue' or 'green'"),
        ("images.green.backend", IMAGE, f'images.green.backend: "{IMAGE}" has no version'),
        ("images.green.backend", f"{IMAGE}:latest", "Name the release"),
        ("database.staging", "atelier-cadrart", "are the same database"),
        ("database.staging", "two words", 'database.staging: "two words" is not a valid database name'),
        ("replicas.prod", "0", "replicas.prod: 0 does not fit"),
        ("activColor", "green", "activColor is not a known key. Did you mean activeColor?"),
        ("ingress.productionHost", "https://shop/", 'ingress.productionHost: "https://shop/" is not a host name'),
        ("storage.className", "another", 'storage.className is "another", but the claim'),
        ("storage.logs", "90Gi", "lets no volume grow"),
        ("namespace", "default", "and production there would be deleted. Set it back: pulumi config set namespace"),
        ("database.image", "docker.io/cadrart-sandbox/mysql:8.4", ": a downgrade from MySQL 9.7"),
        ("database.image", "docker.io/cadrart-sandbox/mariadb:10.11", ": MariaDB cannot read the data files of MySQL"),
        ("database.production", "atelier-cadrat", "but production's database is atelier-cadrart"),
        ("pull.secret", "no-such-secret", "Secret no-such-secret does not exist in namespace {namespace}"),
        ("kubernetes.context", "no-such-context", "The cluster does not answer; nothing was changed"),
    ],
)
def test_a_wrong_setting_is_refused(shop: Shop, key: str, value: str, said: str) -> None:
    said = said.replace("{namespace}", shop.namespace)
    refused(shop, said, lambda: shop.stack.config_set(key, value))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("  cadart-infra:replicas: {prod: 2}", "cadart-infra:replicas is read by nobody"),
        ("  kubernetes:context: elsewhere", "Set it: pulumi config set --path kubernetes.context VALUE"),
        ("cadrart-infra:replicas: {prod: 2}", "begins at the left edge, so that it is no part of config"),
        ("---\nconfig: {}", "begins a second document, which nobody reads"),
    ],
)
def test_a_setting_that_pulumi_leaves_out_is_refused_also_by_a_command(shop: Shop, line: str, said: str) -> None:
    settings = yaml.safe_load(shop.stack.settings_file.read_text())

    def write() -> None:
        shop.stack.settings_file.write_text(f"{yaml.safe_dump(settings, sort_keys=False)}{line}\n")

    settings["config"] = settings.pop("config")  # the last part of the file
    refused(shop, said, write)
    with shop.stack.settings_kept():
        write()
        by_command = shop.program("preview", check=False)
    assert by_command.returncode == 1
    assert said in by_command.stdout


def test_a_missing_image_is_refused(shop: Shop) -> None:
    refused(
        shop,
        "images.green.backend is missing. Set it: pulumi config set --path images.green.backend",
        lambda: shop.stack.pulumi("config", "rm", "--path", "images.green.backend"),
    )


def test_a_setting_that_was_set_as_a_secret_is_refused(shop: Shop) -> None:
    refused(
        shop,
        "images was set with --secret, but settings are shown in labels, tables and messages",
        lambda: shop.stack.pulumi("config", "set", "--secret", "--path", "images.green.backend", f"{IMAGE}:9.9.9"),
        unsaid="9.9.9",
    )


def test_what_looks_like_a_number_or_a_truth_value_is_a_fine_text(shop: Shop) -> None:
    with changed(shop, sync__request="1795655562", gate__smokeCommand="true"):
        assert "sync.request is 1795655562" in shop.pulumi("preview").stdout


def test_a_secret_that_lacks_a_key_is_refused(shop: Shop) -> None:
    value = shop.get("secrets")["secret/cadrart-secret"]["data"]["JWT_SECRET"]
    patch = ("patch", "secret", "cadrart-secret", "--type=json", "--patch")
    shop.kubectl(*patch, '[{"op": "remove", "path": "/data/JWT_SECRET"}]')
    try:
        refused(shop, f"Secret cadrart-secret in namespace {shop.namespace} lacks JWT_SECRET", lambda: None)
    finally:
        # Through standard input: the value must not stand in an argument list.
        shop.kubectl(
            *("patch", "secret", "cadrart-secret", "--type=merge", "--patch-file=/dev/stdin"),
            stdin=f'{{"data": {{"JWT_SECRET": "{value}"}}}}',
        )


def test_a_certificate_is_not_left_for_one_that_does_not_exist(shop: Shop) -> None:
    refused(
        shop,
        f"ingress.tlsSecret is exampel-tls, but namespace {shop.namespace} has no such Secret",
        lambda: shop.stack.pulumi("config", "set", "--plaintext", "--path", "ingress.tlsSecret", "exampel-tls"),
    )


def test_a_settings_file_of_another_name_is_looked_at_too(shop: Shop, tmp_path: Path) -> None:
    other = tmp_path / "other.yaml"
    settings = yaml.safe_dump(yaml.safe_load(shop.stack.settings_file.read_text()))
    other.write_text(f"{settings}cadrart-infra:replicas:\n  prod: 2\n")
    refused = shop.pulumi("preview", "--config-file", str(other), check=False)
    assert refused.returncode
    assert_shown(refused.stdout, "of other.yaml begins at the left edge, so that it is no part of config")


def test_a_switch_is_refused_before_it_begins_where_no_proxy_may_be_written(shop: Shop) -> None:
    with frozen_services(shop):
        refused(
            shop,
            "The cluster would refuse what this update switches; nothing was changed.",
            lambda: shop.stack.config_set("activeColor", colors(shop)[1]),
        )


@contextlib.contextmanager
def frozen_services(shop: Shop) -> Iterator[None]:
    """While the block runs, a policy of the cluster refuses changes of the namespace's Services."""
    name, services = f"frozen-{shop.namespace}", {"apiGroups": [""], "apiVersions": ["v1"], "resources": ["services"]}
    matched = {
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": shop.namespace}},
        "resourceRules": [{**services, "operations": ["UPDATE"]}],
    }
    policy = {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingAdmissionPolicy",
        "metadata": {"name": name},
        "spec": {"matchConstraints": matched, "validations": [{"expression": "false", "message": "frozen"}]},
    }
    binding = {
        "apiVersion": policy["apiVersion"],
        "kind": "ValidatingAdmissionPolicyBinding",
        "metadata": {"name": name},
        "spec": {"policyName": name, "validationActions": ["Deny"]},
    }
    try:
        for manifest in (policy, binding):
            shop.kubectl("create", "-f", "-", stdin=json.dumps(manifest))
        look_until(lambda refused: refused, lambda: _are_frozen(shop), 30, 0.2)
        yield
    finally:
        for kind in ("validatingadmissionpolicybinding", "validatingadmissionpolicy"):
            shop.kubectl("delete", kind, name, "--ignore-not-found")


def _are_frozen(shop: Shop) -> bool:
    command = ["kubectl", "--namespace", shop.namespace, "label", "service", "db", "a=b", "--dry-run=server"]
    done = shop.cluster.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return "frozen" in done.stdout


def test_pods_that_the_cluster_would_not_make_are_refused(shop: Shop) -> None:
    with most_memory(shop, "1Gi"):
        refused(
            shop,
            "maximum memory usage per Container is 1Gi, but limit is 2Gi",
            lambda: shop.stack.config_set("resources.backend.memoryLimit", "2Gi"),
        )


def test_a_sync_whose_new_pods_could_not_start_is_refused_before_it_copies(shop: Shop) -> None:
    """A claim that is being deleted lets no new pod start; nothing but the copy would have pods made here."""
    active, inactive = colors(shop)
    said = "The claim cadrart-logs-stg-pvc is being deleted since"
    with production_unharmed(shop):
        shop.kubectl("delete", "--wait=false", "persistentvolumeclaim/cadrart-logs-stg-pvc")
        try:
            for key, value in (("sync.request", "with-the-claim"), ("environments.stg.logLevel", "error")):
                with changed(shop, **{key.replace(".", "__"): value}):
                    refused(shop, f"Pods of this update could not start; nothing was changed. {said}", lambda: None)
        finally:
            shop.kubectl("scale", f"deployment/backend-{inactive}", "--replicas=0")
            shop.kubectl("wait", "--for=delete", "persistentvolumeclaim/cadrart-logs-stg-pvc", "--timeout=120s")
            shop.up()
    assert_converged(shop, active)


def test_an_update_of_a_part_of_the_stack_is_refused(shop: Shop) -> None:
    inactive = colors(shop)[1]
    with changed(shop, activeColor=inactive):
        said = "This run of pulumi is of a part of the stack (--target); nothing was changed."
        refused(shop, said, lambda: None, options=("--target", f"**backend-{inactive}"))


def test_a_state_that_would_have_production_s_proxy_deleted_is_refused(shop: Shop) -> None:
    resources = json.loads(shop.pulumi("stack", "export").stdout)["deployment"]["resources"]
    (urn,) = [one["urn"] for one in resources if one["urn"].endswith(":Service::backend-prod-proxy")]
    shop.pulumi("state", "taint", "--yes", urn)
    try:
        refused(
            shop,
            f"backend-prod-proxy is marked to be replaced. Take the mark away: pulumi state untaint '{urn}'",
            lambda: None,
        )
    finally:
        shop.pulumi("state", "untaint", "--yes", urn)


def test_a_database_of_others_for_staging_is_refused_by_the_preview(shop: Shop) -> None:
    shop.as_root("CREATE DATABASE `elsewhere`", "CREATE TABLE `elsewhere`.wares (id int)")
    try:
        with changed(shop, database__staging="elsewhere"):
            done = shop.pulumi("preview", check=False)
    finally:
        shop.as_root("DROP DATABASE `elsewhere`")
    assert done.returncode != 0, done.stdout
    assert "'elsewhere', which database.staging names, holds tables" in " ".join(done.stdout.split()), done.stdout
    assert "Traceback" not in done.stdout


def refused(shop: Shop, said: str, spoil: Any, unsaid: str = "Traceback", options: Sequence[str] = ()) -> None:
    """After `spoil`, a preview and an update both fail with these words, without a traceback, and change nothing."""
    before = shop.identities()
    with shop.stack.settings_kept():
        spoil()
        for command in (("preview",), ("up", "--yes", "--skip-preview")):
            done = shop.pulumi(*command, *options, check=False)
            assert done.returncode != 0, done.stdout
            assert said in " ".join(done.stdout.split()), done.stdout
            assert "Traceback" not in done.stdout
            assert unsaid not in done.stdout
    assert shop.identities() == before
