"""What somebody added to an object is reported and taken away; what is theirs is not."""

import copy
from typing import Any

import pytest

from cadrart_infra.drift.field_handover import handed_over_fields
from cadrart_infra.drift.field_managers import other_clients_entries, provider_manager
from cadrart_infra.drift.undeclared_fields import undeclared_fields

Object = dict[str, Any]
OURS = "pulumi-kubernetes-1"
DECLARED: Object = {
    "kind": "Deployment",
    "metadata": {"name": "backend-blue"},
    "spec": {
        "replicas": 1,
        "template": {
            "metadata": {"labels": {"environment": "blue"}},
            "spec": {"containers": [{"name": "backend", "ports": [{"containerPort": 3000}], "env": [{"name": "A"}]}]},
        },
    },
}


def live(tree: Object, *, spec: Object, manager: str = "kubectl-edit", time: str = "2026-01-02T00:00:00Z") -> Object:
    """The object as the provider wrote it on the first of January, with what kubectl wrote since."""
    item = copy.deepcopy(DECLARED)
    for key, value in spec.items():
        place: Any = item["spec"]
        *above, last = key.split(".")
        for step in above:
            place = place[int(step) if step.isdigit() else step]
        place[last] = value
    item["metadata"]["managedFields"] = [
        {"manager": OURS, "time": "2026-01-01T00:00:00Z", "fieldsV1": {"f:spec": {"f:replicas": {}}}},
        {"manager": manager, "time": time, "fieldsV1": {"f:spec": tree}},
    ]
    return item


CONTAINER = 'k:{"name":"backend"}'
POD = "template.spec"


@pytest.mark.parametrize(
    ("tree", "spec", "said"),
    [
        ({"f:paused": {}}, {"paused": True}, "spec.paused is True and is not declared; it will be taken away"),
        (
            {"f:template": {"f:spec": {"f:nodeSelector": {"f:disk": {}}}}},
            {f"{POD}.nodeSelector": {"disk": "ssd"}},
            "spec.template.spec.nodeSelector is {'disk': 'ssd'} and is not declared",
        ),
        (
            {"f:template": {"f:spec": {"f:containers": {CONTAINER: {"f:env": {'k:{"name":"B"}': {"f:value": {}}}}}}}},
            {f"{POD}.containers.0.env": [{"name": "A"}, {"name": "B", "value": "1"}]},
            "spec.template.spec.containers[backend].env[B] is {'name': 'B', 'value': '1'} and is not declared",
        ),
    ],
)
def test_a_field_that_is_not_declared_is_reported(tree: Object, spec: Object, said: str) -> None:
    (found,) = undeclared_fields(DECLARED, live(tree, spec=spec))
    assert str(found).startswith(said)


@pytest.mark.parametrize(
    ("tree", "spec", "said"),
    [
        (
            {"f:selector": {}},
            {"selector": {"app": "db", "more": "x"}},
            "spec.selector.more is 'x' and is not declared; it will be taken away",
        ),
        (
            {"f:ingress": {}},
            {"ingress": [{"from": [{"podSelector": {}, "namespaceSelector": {}}]}]},
            "spec.ingress[0].from[0].namespaceSelector is {} and is not declared; it will be taken away",
        ),
    ],
)
def test_what_a_selector_or_a_rule_has_more_is_reported(tree: Object, spec: Object, said: str) -> None:
    """The API server has one owner for all of it, so that every declared key is as it is declared."""
    more = {"selector": {"app": "db"}, "ingress": [{"from": [{"podSelector": {}}]}]}
    declared = {**DECLARED, "spec": {**DECLARED["spec"], **more}}
    (found,) = undeclared_fields(declared, live(tree, spec=spec))
    assert str(found) == said


def test_what_is_declared_too_is_none_and_what_the_api_server_fills_in_is_none() -> None:
    ports: Object = {CONTAINER: {"f:ports": {'k:{"containerPort":3000,"protocol":"TCP"}': {"f:containerPort": {}}}}}
    tree: Object = {"f:replicas": {}, "f:template": {"f:spec": {"f:containers": ports}}}
    spec = {f"{POD}.containers.0.ports": [{"containerPort": 3000, "protocol": "TCP"}]}
    assert undeclared_fields(DECLARED, live(tree, spec=spec)) == []


def test_a_resumed_deployment_and_a_restarted_one_have_none() -> None:
    restarted: Object = {"f:template": {"f:metadata": {"f:annotations": {"f:kubectl.kubernetes.io/restartedAt": {}}}}}
    assert undeclared_fields(DECLARED, live({"f:paused": {}}, spec={"paused": False})) == []
    assert (
        undeclared_fields(DECLARED, live(restarted, spec={"template.metadata.annotations": {"restartedAt": "now"}}))
        == []
    )


VARIABLE: Object = {
    "f:template": {"f:spec": {"f:containers": {CONTAINER: {"f:env": {'k:{"name":"B"}': {"f:value": {}}}}}}}
}
RESTARTED: Object = {"f:template": {"f:metadata": {"f:annotations": {"f:restarted": {}}}}}


@pytest.mark.parametrize("time", ["2025-12-31T00:00:00Z", "2026-01-02T00:00:00Z"])
def test_what_another_client_than_kubectl_left_in_a_deployment_is_reported_whenever_it_did(time: str) -> None:
    (found,) = undeclared_fields(
        DECLARED, live({"f:paused": {}}, spec={"paused": True}, manager="node-fetch", time=time)
    )
    assert found.path == "spec.paused"


def test_a_client_that_gives_no_name_is_another_client() -> None:
    item = live({"f:paused": {}}, spec={"paused": True})
    del item["metadata"]["managedFields"][1]["manager"]
    assert [one.path for one in undeclared_fields(DECLARED, item)] == ["spec.paused"]
    assert [one["manager"] for one in other_clients_entries(item)] == ["a client without a name"]


def test_what_a_controller_wrote_or_kubectl_before_the_provider_did_is_left_alone() -> None:
    variable = {f"{POD}.containers.0.env": [{"name": "A"}, {"name": "B", "value": "1"}]}
    assert undeclared_fields(DECLARED, live(VARIABLE, spec=variable, manager="some-controller")) == []
    assert undeclared_fields(DECLARED, live({"f:replicas": {}}, spec={"replicas": 3}, manager="some-controller")) == []
    assert undeclared_fields(DECLARED, live({"f:paused": {}}, spec={"paused": True}, time="2025-12-31T23:59:59Z")) == []
    ingress = {**live({"f:rules": {}}, spec={"rules": [1]}, manager="cert-manager"), "kind": "Ingress"}
    assert undeclared_fields({**DECLARED, "kind": "Ingress"}, ingress) == []


def test_only_what_is_named_is_handed_over_and_the_rest_stays_the_client_s_own() -> None:
    template = {"f:metadata": RESTARTED["f:template"]["f:metadata"], "f:spec": {**VARIABLE["f:template"]["f:spec"]}}
    found = live({"f:paused": {}, "f:template": template}, spec={"paused": True}, manager="node-fetch")
    provider, theirs, ours = handed_over_fields(found, OURS)
    assert provider == found["metadata"]["managedFields"][0]
    assert (theirs["manager"], theirs["fieldsV1"]) == ("node-fetch", {"f:spec": {"f:template": template}})
    assert (ours["manager"], ours["fieldsV1"]) == ("kubectl-node-fetch", {"f:spec": {"f:paused": {}}})
    assert handed_over_fields(live({"f:paused": {}}, spec={"paused": True}), OURS) == []


PORT = 'k:{"port":80,"protocol":"TCP"}'
SERVICE: Object = {
    "kind": "Service",
    "metadata": {"name": "backend-prod-proxy"},
    "spec": {"type": "ClusterIP", "selector": {"environment": "blue"}, "ports": [{"port": 80, "targetPort": 80}]},
}


def live_service(tree: Object, **spec: Any) -> Object:
    """The Service as the provider wrote it, with what a client that is not kubectl wrote before or after."""
    port: Object = {"f:ports": {PORT: {".": {}, "f:port": {}, "f:targetPort": {}}}}
    written = [
        {"manager": OURS, "time": "2026-01-01T00:00:00Z", "fieldsV1": {"f:spec": {"f:type": {}, **port}}},
        {"manager": "terraform", "time": "2026-01-02T00:00:00Z", "fieldsV1": {"f:spec": tree}},
    ]
    ports = [{"port": 80, "protocol": "TCP", "targetPort": 80}]
    defaults = {"sessionAffinity": "None", "internalTrafficPolicy": "Cluster", "clusterIP": "10.43.0.7"}
    metadata = {**SERVICE["metadata"], "managedFields": written}
    return {**SERVICE, "metadata": metadata, "spec": {**SERVICE["spec"], "ports": ports, **defaults, **spec}}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("sessionAffinity", "ClientIP"),
        ("externalIPs", ["192.0.2.7"]),
        ("publishNotReadyAddresses", True),
        ("trafficDistribution", "PreferClose"),
        ("internalTrafficPolicy", "Local"),
        ("loadBalancerIP", "192.0.2.7"),
    ],
)
def test_what_another_client_added_to_a_service_is_taken_away(field: str, value: Any) -> None:
    found = live_service({f"f:{field}": {}}, **{field: value})
    assert [(one.path, one.live) for one in undeclared_fields(SERVICE, found)] == [(f"spec.{field}", value)]
    *_, handed_over = handed_over_fields(found, OURS)
    assert (handed_over["manager"], handed_over["fieldsV1"]) == ("kubectl-terraform", {"f:spec": {f"f:{field}": {}}})


def test_what_the_client_that_made_a_service_owns_beside_the_provider_or_by_default_is_none() -> None:
    port: Object = {".": {}, "f:port": {}, "f:protocol": {}, "f:targetPort": {}}
    defaults: Object = {"f:clusterIP": {}, "f:internalTrafficPolicy": {}, "f:sessionAffinity": {}}
    made = live_service({"f:ports": {".": {}, PORT: port}, "f:type": {}, **defaults})
    assert undeclared_fields(SERVICE, made) == []
    assert handed_over_fields(made, OURS) == []


@pytest.mark.parametrize("theirs", ["pulumi-kubernetes-2", "pulumi-kubernetes"])
def test_what_another_pulumi_program_added_is_handed_over_too(theirs: str) -> None:
    found = live({"f:paused": {}}, spec={"paused": True}, manager=theirs)
    provider, handed_over = handed_over_fields(found, OURS)
    assert provider["manager"] == OURS
    assert (handed_over["manager"], handed_over["fieldsV1"]) == (f"kubectl-{theirs}", {"f:spec": {"f:paused": {}}})
    assert handed_over_fields(found, "") == []  # no state says which of the two is ours


def test_two_other_programs_that_wrote_in_one_second_are_both_handed_over() -> None:
    found = live({"f:paused": {}}, spec={"paused": True}, manager="pulumi-kubernetes-2")
    another = {"manager": "pulumi-kubernetes-3", "fieldsV1": {"f:spec": {"f:minReadySeconds": {}}}}
    entries = found["metadata"]["managedFields"]
    entries.append({**entries[1], **another})
    _, *handed_over = handed_over_fields(found, OURS)
    assert [entry["manager"] for entry in handed_over] == ["kubectl-pulumi-kubernetes-2", "kubectl-pulumi-kubernetes-3"]
    assert [list(entry["fieldsV1"]["f:spec"]) for entry in handed_over] == [["f:paused"], ["f:minReadySeconds"]]


def test_what_is_written_as_the_provider_is_by_the_one_that_wrote_last() -> None:
    found = live({}, spec={}, manager="pulumi-kubernetes-2")
    assert provider_manager(found) == "pulumi-kubernetes-2"
    assert provider_manager(live({}, spec={}, manager="pulumi-kubernetes")) == OURS
    assert provider_manager(live({}, spec={}, manager="pulumi-kubernetes-0", time="2025-12-31T00:00:00Z")) == OURS


def test_what_was_written_in_the_second_of_the_provider_s_own_write_came_after_it() -> None:
    """The provider takes over what kubectl wrote before, so that nothing of that is left in kubectl's name."""
    (found,) = undeclared_fields(DECLARED, live({"f:paused": {}}, spec={"paused": True}, time="2026-01-01T00:00:00Z"))
    assert found.path == "spec.paused"


def test_a_value_that_a_preview_does_not_know_is_declared() -> None:
    declared = {**DECLARED, "spec": {**DECLARED["spec"], "strategy": object()}}
    tree: Object = {"f:strategy": {"f:type": {}}}
    spec = {"strategy": {"type": "Recreate"}}
    assert undeclared_fields(declared, live(tree, spec=spec)) == []


def test_a_selector_is_nobody_else_s() -> None:
    declared = {**DECLARED, "spec": {**DECLARED["spec"], "selector": {"app": "db"}}}
    selector = {"selector": {"app": "db", "more": "x"}}
    (found,) = undeclared_fields(declared, live({"f:selector": {}}, spec=selector, manager="node-fetch"))
    assert found.path == "spec.selector.more"
    written = live({"f:paused": {}}, spec=selector)
    written["metadata"]["managedFields"][0]["fieldsV1"]["f:spec"]["f:selector"] = {}
    assert undeclared_fields(declared, written) == []  # what an earlier release declared is the engine's business
