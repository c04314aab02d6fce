"""Objects that people edited or deleted: a preview reports them, an update repairs them; what is theirs stays."""

import json
import shlex
import subprocess
from typing import Any

import pytest

from cadrart_infra import naming
from sandbox.shop.handle import Shop
from tests.cluster.assertions import assert_converged, assert_shown, colors, production_unharmed
from tests.cluster.database_server import most_memory
from tests.cluster.shop import changed


def test_what_was_deleted_is_made_again_while_production_goes_on(shop: Shop) -> None:
    active, inactive = colors(shop)
    snapshot = next(key for key in shop.get("configmaps") if key.startswith("configmap/cadrart-config-prod-"))
    gone = [
        *("ingress/cadrart-ingress", "networkpolicy/db-clients", "configmap/environment-config", snapshot),
        *("configmap/cadrart-config-prod", "configmap/db-init-scripts"),
        *(f"deployment/backend-{inactive}", f"service/backend-{inactive}", f"service/backend-{active}"),
        "service/frontend-test-proxy",
    ]
    with production_unharmed(shop):
        shop.kubectl("delete", "--wait=true", *gone)
        preview = assert_repaired(shop, *(f"{key} is not in the cluster; it will be made" for key in gone))
    assert f"made again, for somebody deleted it: backend-{inactive} (" in preview
    assert "release to" not in preview
    assert_converged(shop, active)


@pytest.mark.parametrize("name", ["backend-prod-proxy", "db"])
def test_a_deleted_service_of_production_is_made_again(shop: Shop, name: str) -> None:
    """Requests fail from the deletion on, whatever the program does: there is no load here."""
    active, _ = colors(shop)
    shop.kubectl("delete", "--wait=true", f"service/{name}")
    assert_repaired(shop, f"service/{name} is not in the cluster; it will be made")
    assert_converged(shop, active)


def test_all_that_was_deleted_at_once_is_made_again(shop: Shop) -> None:
    """More than the engine writes at a time; the data is on the claims, and the passwords are in the Secrets."""
    active, _ = colors(shop)
    shop.post("backend-prod-proxy", "/api/clients", {"reference": "before-all-was-deleted"})
    shop.kubectl("delete", "--wait=true", "--all", "deployments,services,configmaps,ingresses,networkpolicies")
    shop.up()
    assert shop.rows_with("atelier-cadrart", "before-all-was-deleted") == 1
    assert_converged(shop, active)


def test_production_s_deployment_that_was_deleted_is_made_again(shop: Shop) -> None:
    active, _ = colors(shop)
    shop.kubectl("delete", "--wait=true", f"deployment/frontend-{active}")
    preview = assert_repaired(shop, f"deployment/frontend-{active} is not in the cluster; it will be made")
    assert f"made again, for somebody deleted it: frontend-{active} (" in preview
    assert "release to" not in preview
    assert_converged(shop, active)


def test_what_the_ingress_lost_is_reported_without_pulumi(shop: Shop) -> None:
    active, _ = colors(shop)
    lost = [{"op": "remove", "path": f"/spec/{field}"} for field in ("ingressClassName", "rules/0")]
    shop.kubectl("patch", "ingress/cadrart-ingress", "--type=json", "--patch", json.dumps(lost))
    status = shop.program("status", "--json", check=False)
    unreached = ["leads no host to production", "was changed, and has no class instead of 'nginx'"]
    assert (status.returncode, json.loads(status.stdout)["unreached"]) == (1, unreached)
    drift = json.loads(status.stdout)["drift"]
    problems = [one["problem"] for one in drift if one["object"] == "ingress/cadrart-ingress"]
    assert "leads no host to production" in problems
    assert "names no ingress class, so that its controller may lead nobody in" in problems
    assert_repaired(shop, "ingress/cadrart-ingress was changed by kubectl-patch and will be put right")
    assert drift_of(shop) == []
    assert_converged(shop, active)


def drift_of(shop: Shop) -> list[dict[str, str]]:
    return list(json.loads(shop.program("status", "--json").stdout)["drift"])


def test_production_s_backend_that_was_given_staging_s_database_goes_on(shop: Shop) -> None:
    """Its new pod cannot start with production's account, so that the old one serves until the variable is back."""
    active, _ = colors(shop)
    with production_unharmed(shop):
        shop.kubectl("set", "env", f"deployment/backend-{active}", "CADRART_DB_DATABASE=atelier-cadrart-stg")
        assert_repaired(
            shop,
            f"deployment/backend-{active} was changed by kubectl-set and will be put right",
            "CADRART_DB_DATABASE].value is 'atelier-cadrart-stg' instead of 'atelier-cadrart'",
        )
    assert_converged(shop, active)


def test_production_that_was_scaled_to_nothing_serves_again(shop: Shop) -> None:
    active, _ = colors(shop)
    shop.kubectl("scale", f"deployment/backend-{active}", "--replicas=0")
    selector = f"--selector={naming.SERVICE_LABEL}=backend-{active}"
    shop.kubectl("wait", "--for=delete", "pod", selector, "--timeout=120s")
    status = shop.program("status", check=False)
    assert status.returncode == 1
    assert_shown(status.stdout, "PRODUCTION DOES NOT ANSWER: backend-prod-proxy leads to no ready pod")
    assert_repaired(shop, f"deployment/backend-{active} was changed by", "spec.replicas is 0 instead of 1")
    assert_converged(shop, active)


def test_edited_limits_mounts_and_policies_are_put_right(shop: Shop) -> None:
    active, inactive = colors(shop)
    edits: dict[str, list[dict[str, Any]]] = {
        f"deployment/backend-{inactive}": [
            {"op": "replace", "path": "/spec/template/spec/containers/0/resources/limits/memory", "value": "96Mi"},
            {"op": "remove", "path": "/spec/template/spec/containers/0/volumeMounts/1"},
        ],
        "networkpolicy/db-clients": [{"op": "replace", "path": "/spec/policyTypes", "value": ["Ingress", "Egress"]}],
        "configmap/cadrart-config-stg": [{"op": "replace", "path": "/data/LOG_LEVEL", "value": "silly"}],
        "configmap/cadrart-config-prod": [{"op": "replace", "path": "/data/LOG_LEVEL", "value": "silly"}],
        "ingress/cadrart-ingress": [{"op": "replace", "path": "/spec/rules/0/host", "value": "elsewhere.example.com"}],
    }
    with production_unharmed(shop):
        for key, patch in edits.items():
            shop.kubectl("patch", key, "--type=json", "--patch", json.dumps(patch))
        preview = assert_repaired(
            shop,
            *(f"{key} was changed by kubectl-patch and will be put right" for key in edits),
            "resources.limits.memory is '96Mi'",
            "data.LOG_LEVEL is 'silly'",
        )
    assert "Deployment backend" in preview
    assert "Deployment db" not in preview, "it only names the ConfigMap, and stays as it is"
    assert_converged(shop, active)


def test_what_does_not_go_together_with_what_is_declared_is_put_right(shop: Shop) -> None:
    """The API server refuses each beside what is declared, which the provider asks it for in a preview."""
    active, inactive = colors(shop)
    mine = {"name": "static-volume", "emptyDir": {}}
    empty = json.dumps([{"op": "replace", "path": "/spec/template/spec/volumes/0", "value": mine}])
    port = '[{"op": "replace", "path": "/spec/ports/0/port", "value": 3999}]'
    shop.kubectl("patch", "service/backend-test-proxy", "--type=json", "--patch", port)
    shop.kubectl("set", "env", f"deployment/backend-{inactive}", "CADRART_DB_PASSWORD=mine")
    shop.kubectl("patch", f"deployment/backend-{inactive}", "--type=json", "--patch", empty)
    with production_unharmed(shop):
        assert_repaired(
            shop,
            "service/backend-test-proxy was changed by kubectl-patch and will be put right",
            f"deployment/backend-{inactive} was changed by kubectl-patch, kubectl-set and will be put right",
        )
    assert_converged(shop, active)


def test_what_was_added_is_taken_away_and_a_claim_and_an_account_are_made_again(shop: Shop) -> None:
    active, inactive = colors(shop)
    more = json.dumps({"spec": {"podSelector": {"matchLabels": {"more": "x"}}}})
    with production_unharmed(shop):
        shop.kubectl("rollout", "pause", f"deployment/frontend-{inactive}")
        shop.kubectl("set", "env", f"deployment/backend-{active}", "ADDED=x")
        shop.kubectl("patch", "networkpolicy/db-clients", "--type=merge", "--patch", more)
        shop.kubectl("patch", "configmap/cadrart-identity", "--patch", json.dumps({"data": {"stack": "some/other"}}))
        shop.kubectl("scale", f"deployment/backend-{inactive}", "--replicas=0")
        shop.kubectl("delete", "--wait=true", "persistentvolumeclaim/cadrart-logs-stg-pvc")
        shop.as_root("DROP USER `atelier-cadrart-sync`@`%`")
        shop.as_root("REVOKE TRIGGER ON `atelier-cadrart`.* FROM `atelier-cadrart`@`%`")
        dropped = "dropped on the database server, and made again: account atelier-cadrart-sync"
        revoked = "put right on the database server: account atelier-cadrart lacks TRIGGER on atelier-cadrart"
        preview = assert_repaired(
            shop,
            f"deployment/frontend-{inactive} was changed by kubectl-rollout and will be put right: spec.paused is True",
            f"containers[backend-{active}].env[ADDED] is",
            "spec.podSelector.matchLabels.more is 'x' and is not declared; it will be taken away",
            "data.stack is 'some/other' instead of",
            "persistentvolumeclaim/cadrart-logs-stg-pvc is not in the cluster; it will be made, with an empty volume",
        )
        assert_shown(preview, dropped, revoked)
    assert_converged(shop, active)


def test_what_another_client_than_kubectl_added_to_a_service_is_taken_away(shop: Shop) -> None:
    active, _ = colors(shop)
    added: dict[str, dict[str, Any]] = {
        "backend-prod-proxy": {"externalIPs": ["192.0.2.7"], "publishNotReadyAddresses": True},
        "frontend-prod-proxy": {"sessionAffinity": "ClientIP", "trafficDistribution": "PreferClose"},
        "backend-test-proxy": {"type": "LoadBalancer", "loadBalancerIP": "192.0.2.7"},
        "frontend-test-proxy": {"type": "NodePort", "internalTrafficPolicy": "Local"},
    }
    with production_unharmed(shop):
        for name, spec in added.items():
            patch = json.dumps({"spec": spec})
            shop.kubectl("patch", f"service/{name}", "--type=merge", "--field-manager=terraform", "--patch", patch)
        drift = drift_of(shop)
        for name in added:
            changed = {"object": f"service/{name}", "problem": "was changed by terraform since the program wrote it"}
            assert changed in drift
        assert_repaired(shop, *(f"service/{name} was changed by terraform and will be put right" for name in added))
    assert drift_of(shop) == []
    services = shop.get("services")
    for name, spec in added.items():
        left = services[f"service/{name}"]["spec"]
        assert not [field for field, value in spec.items() if left.get(field) == value], left
    assert_converged(shop, active)


def test_what_another_pulumi_program_added_is_taken_away(shop: Shop) -> None:
    """Its provider's field manager has another suffix, and applies on the server's side as this stack's does."""
    active, inactive = colors(shop)
    name = f"backend-{inactive}"
    theirs = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name}, "spec": {"paused": True}}
    applied = ("apply", "--server-side", "--field-manager=pulumi-kubernetes-0", "-f", "-")
    shop.kubectl(*applied, stdin=json.dumps(theirs))
    assert_repaired(shop, f"deployment/{name} was changed by another Pulumi program and will be put right")
    assert "paused" not in shop.get("deployments")[f"deployment/{name}"]["spec"]
    assert_converged(shop, active)


def test_objects_that_would_be_deleted_with_another_are_named_with_what_sets_them_free(shop: Shop) -> None:
    """The command is taken from what was printed; then the other one goes, and production with its data stays."""
    shop.kubectl("create", "configmap", "other")
    other = {"apiVersion": "v1", "kind": "ConfigMap", "name": "other"}
    owner = [{**other, "uid": shop.get("configmaps")["configmap/other"]["metadata"]["uid"]}]
    owned = ["service/db", "deployment/db", "persistentvolumeclaim/db-volume", "secret/cadrart-secret"]
    with production_unharmed(shop):
        try:
            for key in owned:
                patch = json.dumps({"metadata": {"ownerReferences": owner}})
                shop.kubectl("patch", key, "--type=merge", "--patch", patch)
            reported = [f"{key} was given the owner configmap/other (its ownerReferences)" for key in owned]
            assert_shown(shop.program("status").stdout, *reported[:3])
            preview = shop.pulumi("preview", "--expect-no-changes").stdout
            assert_shown(preview, *reported)
            assert_shown(shop.up().stdout, *reported)
        finally:
            for key in owned:
                kind, _, name = key.partition("/")
                free = f"""patch {kind} {name} --type=merge --patch '{{"metadata": {{"ownerReferences": null}}}}'"""
                shop.kubectl(*shlex.split(free))
        assert f"kubectl -n {shop.namespace} {free}" in preview
        shop.kubectl("delete", "configmap", "other")
        assert "was given the owner" not in assert_converged(shop, colors(shop)[0])


def test_a_pod_that_would_not_be_made_again_is_reported_while_it_runs(shop: Shop) -> None:
    with most_memory(shop, "300Mi"):
        preview = shop.pulumi("preview", "--expect-no-changes").stdout
    assert_shown(preview, "The cluster would refuse new pods of db: those that run go on, and do not come back")
    assert_shown(preview, "It says: maximum memory usage per Container is 300Mi, but limit is ")
    assert "would refuse" not in shop.pulumi("preview").stdout


def test_a_certificate_that_was_deleted_is_named(shop: Shop) -> None:
    kept = shop.kubectl("get", "secret", "example-tls", "-o", "json")
    shop.kubectl("delete", "secret", "example-tls")
    try:
        status = shop.program("status").stdout
        assert_shown(status, "secret/example-tls is not in the cluster, and the hosts have no certificate")
        assert_shown(shop.pulumi("preview").stdout, "Secret example-tls (ingress.tlsSecret) does not exist")
    finally:
        shop.kubectl("create", "-f", "-", stdin=_new(kept))
    assert "example-tls" not in shop.pulumi("preview").stdout


def _new(kept: str) -> str:
    """An object as it is made, from how it was."""
    found = json.loads(kept)
    return json.dumps({**found, "metadata": {key: found["metadata"][key] for key in ("name", "namespace")}})


def test_a_selector_of_the_database_s_service_that_has_a_key_more_leads_to_it_again(shop: Shop) -> None:
    """New connections fail meanwhile, whatever the program does: there is no load here."""
    active, _ = colors(shop)
    shop.kubectl("patch", "service/db", "--patch", json.dumps({"spec": {"selector": {"more": "x"}}}))
    assert_repaired(shop, "spec.selector.more is 'x' and is not declared; it will be taken away")
    assert_converged(shop, active)


def test_a_database_server_that_a_controller_scaled_up_has_one_pod_again(shop: Shop) -> None:
    """Its second pod could not have the first one's files; the preview names no field that nobody changed."""
    active, _ = colors(shop)
    with production_unharmed(shop):
        scaled_by_an_autoscaler(shop, "db", 2)
        preview = assert_repaired(shop, "deployment/db was changed by", "spec.replicas is 2 instead of 1")
        assert "these wait until one is asked for" not in preview
    assert_converged(shop, active)


def test_pods_that_an_autoscaler_left_behind_are_reported_with_the_way_back(shop: Shop) -> None:
    active, inactive = colors(shop)
    name = f"deployment/frontend-{inactive}"
    scaled_by_an_autoscaler(shop, f"frontend-{inactive}", 2)
    said = f"{name} has 2 pods, as kube-controller-manager decided, and the settings say 1; it is left so"
    way_back = ("scale", name, "--replicas=1")
    for reported in (shop.pulumi("preview").stdout, shop.up().stdout):
        assert_shown(reported, said, f"kubectl -n {shop.namespace} {' '.join(way_back)}")
    shop.kubectl(*way_back)
    assert said not in assert_converged(shop, active)


def test_fields_of_others_are_no_drift_and_stay_through_a_switch(shop: Shop) -> None:
    active, inactive = colors(shop)
    mine = {
        "ingress/cadrart-ingress": "nginx.ingress.kubernetes.io/proxy-body-size",
        "service/backend-prod-proxy": "note",
    }
    for key, annotation in mine.items():
        shop.kubectl("annotate", key, f"{annotation}=20m")
    shop.kubectl("label", f"deployment/backend-{inactive}", "team=web")
    shop.kubectl("rollout", "restart", f"deployment/frontend-{inactive}")
    shop.kubectl("rollout", "status", f"deployment/frontend-{inactive}", "--timeout=120s")
    a_pod_without_labels(shop)
    scaled_by_an_autoscaler(shop, f"frontend-{active}", 2)
    shop.pulumi("preview", "--expect-no-changes")

    restarted = restarted_at(shop, f"frontend-{inactive}")
    with production_unharmed(shop):
        shop.stack.config_set("ingress.productionHost", "shop.example.com")  # so that the Ingress is written too
        shop.switch(inactive)

    objects = shop.get("ingresses,services,deployments")
    for key, annotation in mine.items():
        assert objects[key]["metadata"]["annotations"][annotation] == "20m"
    assert objects[f"deployment/backend-{inactive}"]["metadata"]["labels"]["team"] == "web"
    assert restarted_at(shop, f"frontend-{inactive}") == restarted
    assert objects[f"deployment/frontend-{active}"]["spec"]["replicas"] == 2
    assert_converged(shop, inactive)
    assert shop.program("status").returncode == 0
    shop.kubectl("delete", "pod", "debug", "--now")
    shop.kubectl("scale", f"deployment/frontend-{active}", "--replicas=1")  # a person's, from here on
    shop.pulumi("config", "rm", "--path", "ingress.productionHost")  # other modules ask for the shop's own
    shop.up()


def test_a_saved_plan_holds_for_a_switch_and_for_a_repair(shop: Shop, tmp_path: Any) -> None:
    active, inactive = colors(shop)
    shop.kubectl("delete", "--wait=true", "networkpolicy/db-clients")
    shop.kubectl("set", "env", f"deployment/backend-{inactive}", "LOG_DIRECTORY=/tmp")
    shop.kubectl("rollout", "status", f"deployment/backend-{inactive}", "--timeout=120s")
    for color in (active, inactive):
        shop.stack.config_set("activeColor", color)
        plan = str(tmp_path / f"{color}.json")
        shop.pulumi("preview", "--save-plan", plan)
        shop.up("--plan", plan)
        assert_converged(shop, color)


def test_what_an_update_wrote_that_the_state_does_not_know_is_written_as_the_settings_say(shop: Shop) -> None:
    """So an update that is ended while it waits for pods leaves it; then its settings are taken back.

    The engine finds no difference to what it has recorded, and the provider owns every field.
    """
    state = shop.stack.pulumi("stack", "export", stdout=subprocess.PIPE).stdout
    before = backends(shop)
    with production_unharmed(shop):
        with changed(shop, resources__backend__memoryLimit="131Mi", environments__stg__logLevel="warn"):
            shop.up()
            shop.stack.pulumi("stack", "import", input=state, stdout=subprocess.DEVNULL)
        left = backends(shop)
        reported = [f"deployment/{name} has what an unfinished update left" for name in before]
        assert all(left[name] != before[name] for name in before)
        assert_shown(shop.pulumi("preview").stdout, *reported)
        assert_shown(shop.up().stdout, *reported)
    assert backends(shop) == before
    assert_converged(shop, colors(shop)[0])


def backends(shop: Shop) -> dict[str, Any]:
    """The pod templates of both colours' backends."""
    return {
        name: shop.get("deployments")[f"deployment/{name}"]["spec"]["template"]
        for name in ("backend-blue", "backend-green")
    }


def assert_repaired(shop: Shop, *reported: str) -> str:
    """A preview reports it, writes nothing and proposes no replacement; an update reports it as well, and repairs it.

    Returns what the preview printed.
    """
    preview = shop.pulumi("preview").stdout
    assert_shown(preview, *reported)
    assert "replace" not in preview
    assert_shown(shop.up().stdout, *reported)
    return preview


def scaled_by_an_autoscaler(shop: Shop, deployment: str, replicas: int) -> None:
    """As a HorizontalPodAutoscaler's controller writes it."""
    patch = json.dumps({"spec": {"replicas": replicas}})
    writer = ("--subresource=scale", "--field-manager=kube-controller-manager")
    shop.kubectl("patch", f"deployment/{deployment}", *writer, "--type=merge", "--patch", patch)
    if deployment != naming.DATABASE:  # whose second pod never gets ready
        shop.kubectl("rollout", "status", f"deployment/{deployment}", "--timeout=120s")


def a_pod_without_labels(shop: Shop) -> None:
    """As `kubectl debug --copy-to` makes one: ready, of the shop's image, and nobody's."""
    deployment = shop.get("deployments")[f"deployment/backend-{colors(shop)[0]}"]
    image = deployment["spec"]["template"]["spec"]["containers"][0]["image"]
    container = {"name": "debug", "image": image, "command": ["sleep", "600"]}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "debug"}, "spec": {"containers": [container]}}
    shop.kubectl("create", "-f", "-", stdin=json.dumps(pod))
    shop.kubectl("wait", "--for=condition=ready", "pod/debug", "--timeout=60s")


def restarted_at(shop: Shop, deployment: str) -> str:
    """What `kubectl rollout restart` has set on the pods."""
    template = shop.get("deployments")[f"deployment/{deployment}"]["spec"]["template"]
    return str(template["metadata"]["annotations"]["kubectl.kubernetes.io/restartedAt"])
