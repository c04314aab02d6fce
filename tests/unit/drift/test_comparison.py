"""What counts as drift: fields that somebody else changed, and only those."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from cadrart_infra.drift.comparison import MISSING, Difference, differences, unrecorded_writes
from cadrart_infra.drift.field_managers import other_managers, scaled_by_controller
from cadrart_infra.drift.manual_fields import manual_fields

Object = dict[str, Any]

DECLARED: Object = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "backend-blue", "namespace": "cadrart", "labels": {"environment": "blue"}},
    "spec": {
        "replicas": 1,
        "selector": {"matchLabels": {"environment": "blue"}},
        "template": {
            "spec": {
                "containers": [
                    {
                        "name": "backend-blue",
                        "env": [{"name": "DATABASE", "value": "shop"}, {"name": "COLOR", "value": "blue"}],
                        "ports": [{"name": "http", "containerPort": 3000}],
                        "resources": {"limits": {"cpu": "0.5", "memory": "1024Mi"}},
                        "volumeMounts": [{"name": "logs", "mountPath": "/logs", "readOnly": False}],
                    }
                ]
            }
        },
    },
}
_ENV: Object = {"f:name": {}, "f:value": {}, ".": {}}
OWNED: Object = {
    "f:metadata": {"f:labels": {"f:environment": {}}},
    "f:spec": {
        "f:replicas": {},
        "f:selector": {},
        "f:template": {
            "f:spec": {
                "f:containers": {
                    'k:{"name":"backend-blue"}': {
                        ".": {},
                        "f:name": {},
                        "f:env": {'k:{"name":"DATABASE"}': _ENV, 'k:{"name":"COLOR"}': _ENV},
                        "f:ports": {
                            'k:{"containerPort":3000,"protocol":"TCP"}': {
                                **{".": {}, "f:name": {}, "f:containerPort": {}}
                            }
                        },
                        "f:resources": {"f:limits": {"f:cpu": {}, "f:memory": {}}},
                        "f:volumeMounts": {
                            'k:{"mountPath":"/logs"}': {".": {}, "f:name": {}, "f:mountPath": {}, "f:readOnly": {}}
                        },
                    }
                }
            }
        },
    },
}


def entry(manager: str, fields: Object, operation: str = "Update", subresource: str = "") -> Object:
    return {
        **{"manager": manager, "operation": operation, "fieldsType": "FieldsV1", "fieldsV1": fields},
        **({"subresource": subresource} if subresource else {}),
    }


@pytest.fixture
def live() -> Object:
    """As the API server gives it after the provider wrote it: with defaults, and quantities its own way."""
    found = copy.deepcopy(DECLARED)
    found["metadata"] |= {"generation": 3, "uid": "5f0c", "annotations": {"deployment.kubernetes.io/revision": "1"}}
    (container,) = found["spec"]["template"]["spec"]["containers"]
    container["ports"][0]["protocol"] = "TCP"
    container["resources"]["limits"] = {"cpu": "500m", "memory": "1Gi"}
    del container["volumeMounts"][0]["readOnly"]
    del found["apiVersion"], found["kind"]
    found["metadata"]["managedFields"] = [entry("pulumi-kubernetes-1a2b3c4d", copy.deepcopy(OWNED), "Apply")]
    return found


def container(item: Object) -> Object:
    (found,) = item["spec"]["template"]["spec"]["containers"]
    return found  # type: ignore[no-any-return]


def fields(item: Object) -> Object:
    return item["metadata"]["managedFields"][0]["fieldsV1"]["f:spec"]  # type: ignore[no-any-return]


def container_fields(item: Object) -> Object:
    (found,) = fields(item)["f:template"]["f:spec"]["f:containers"].values()
    return found  # type: ignore[no-any-return]


def paths(live: Object) -> list[str]:
    return [one.path for one in differences(DECLARED, live)]


def test_what_the_server_adds_and_writes_its_own_way_is_no_drift(live: Object) -> None:
    assert paths(live) == []


def test_an_object_that_the_provider_never_wrote_is_not_compared(live: Object) -> None:
    live["metadata"]["managedFields"] = [entry("kubectl-client-side-apply", OWNED)]
    live["spec"]["replicas"] = 7
    assert paths(live) == []


def test_what_the_settings_changed_is_the_engine_s_business(live: Object) -> None:
    """A release: the provider wrote the old image last, so that nobody else did."""
    container(live)["env"][0]["value"] = "the name before"
    assert paths(live) == []


def test_what_a_killed_update_wrote_is_found_where_the_state_says_otherwise(live: Object) -> None:
    recorded = copy.deepcopy(live)
    assert unrecorded_writes(DECLARED, live, recorded) == []
    container(live)["env"][0]["value"] = "the name after"
    live["spec"]["template"]["spec"]["imagePullSecrets"] = [{"name": "mistyped"}]
    fields(live)["f:template"]["f:spec"]["f:imagePullSecrets"] = {".": {}, 'k:{"name":"mistyped"}': {}}
    container(live)["env"].append({"name": "NEW", "value": "1"})
    container_fields(live)["f:env"]['k:{"name":"NEW"}'] = _ENV
    container(live)["tty"] = True  # by the server, or by somebody else
    template = "spec.template.spec"
    assert unrecorded_writes(DECLARED, live, recorded) == [
        Difference(f"{template}.containers[backend-blue].env[DATABASE].value", "shop", "the name after"),
        Difference(f"{template}.containers[backend-blue].env[NEW]", MISSING, {"name": "NEW", "value": "1"}),
        Difference(f"{template}.imagePullSecrets", MISSING, [{"name": "mistyped"}]),
    ]
    assert unrecorded_writes(DECLARED, live, live) == []  # other settings than the state's: the engine writes it
    assert unrecorded_writes(DECLARED, live, {}) == []


def test_a_variable_with_another_value(live: Object) -> None:
    container(live)["env"][0]["value"] = "shop-stg"
    del container_fields(live)["f:env"]['k:{"name":"DATABASE"}']["f:value"]
    (found,) = differences(DECLARED, live)
    assert (
        str(found) == "spec.template.spec.containers[backend-blue].env[DATABASE].value is 'shop-stg' instead of 'shop'"
    )


@pytest.mark.parametrize(
    ("edit", "path"),
    [
        (
            lambda item: (container(item)["env"].pop(1), container_fields(item)["f:env"].pop('k:{"name":"COLOR"}')),
            "spec.template.spec.containers[backend-blue].env[COLOR]",
        ),
        (
            lambda item: (
                container(item)["resources"]["limits"].update(memory="64Mi"),
                container_fields(item)["f:resources"]["f:limits"].pop("f:memory"),
            ),
            "spec.template.spec.containers[backend-blue].resources.limits.memory",
        ),
        (
            lambda item: (container(item).pop("volumeMounts"), container_fields(item).pop("f:volumeMounts")),
            "spec.template.spec.containers[backend-blue].volumeMounts",
        ),
        (lambda item: (item["spec"].update(replicas=0), fields(item).pop("f:replicas")), "spec.replicas"),
        (
            lambda item: (item["spec"]["selector"].update(matchLabels={}), fields(item).pop("f:selector")),
            "spec.selector.matchLabels.environment",
        ),
    ],
    ids=["variable removed", "limit edited", "mounts removed", "scaled to nothing", "selector emptied"],
)
def test_what_somebody_edited(live: Object, edit: Callable[[Object], Any], path: str) -> None:
    edit(live)
    assert paths(live) == [path]


def test_what_an_autoscaler_decides_is_no_drift_and_what_a_person_scales_is(live: Object) -> None:
    live["spec"]["replicas"] = 3
    del fields(live)["f:replicas"]
    scaled: Object = {"f:spec": {"f:replicas": {}}}
    live["metadata"]["managedFields"].append(entry("kube-controller-manager", scaled, subresource="scale"))
    assert paths(live) == []
    assert not scaled_by_controller({"kind": "ConfigMap", "metadata": {}})
    alone: Object = {**live, "spec": {**live["spec"], "strategy": {"type": "Recreate"}}}
    assert paths(alone) == ["spec.replicas"]  # a second server would want the first one's volume
    live["metadata"]["managedFields"][-1]["manager"] = "kubectl"
    assert paths(live) == ["spec.replicas"]


def test_a_field_that_is_not_there_blames_nobody_for_it_may_be_new(live: Object) -> None:
    del live["metadata"]["labels"], live["metadata"]["managedFields"][0]["fieldsV1"]["f:metadata"]
    (found,) = differences(DECLARED, live)
    assert found.is_missing
    assert str(found) == "metadata.labels is not set; it will be {'environment': 'blue'}"


def test_fields_of_others_are_no_drift_and_their_writers_are_named(live: Object) -> None:
    container(live)["env"].append({"name": "INJECTED", "value": "by a sidecar's webhook"})
    live["metadata"]["annotations"]["note"] = "mine"
    live["metadata"]["managedFields"] += [
        entry("kubectl-annotate", {"f:metadata": {"f:annotations": {"f:note": {}}}}),
        entry("kube-controller-manager", {"f:status": {}}, subresource="status"),
    ]
    assert paths(live) == []
    assert other_managers(live) == ["kubectl-annotate"]


def test_what_people_put_on_an_object_with_kubectl_is_kept(live: Object) -> None:
    live["metadata"]["annotations"] |= {"note": "mine", "kubectl.kubernetes.io/last-applied-configuration": "{}"}
    live["metadata"]["labels"] |= {"team": "web"}
    live["spec"]["template"]["metadata"] = {"annotations": {"kubectl.kubernetes.io/restartedAt": "now"}}
    annotations: Object = {"f:note": {}, "f:kubectl.kubernetes.io/last-applied-configuration": {}, "f:gone": {}}
    by_hand = {"f:metadata": {"f:annotations": annotations, "f:labels": {"f:team": {}, "f:environment": {}}}}
    restarted: Object = {"f:metadata": {"f:annotations": {"f:kubectl.kubernetes.io/restartedAt": {}}}}
    live["metadata"]["managedFields"] += [
        entry("kubectl-edit", by_hand),
        entry("kubectl-rollout", {"f:spec": {"f:template": restarted}}),
        entry("cert-manager", {"f:metadata": {"f:annotations": {"f:deployment.kubernetes.io/revision": {}}}}),
    ]
    assert manual_fields(DECLARED, live) == {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {
            **{"name": "backend-blue", "namespace": "cadrart"},
            **{"annotations": {"note": "mine"}, "labels": {"team": "web"}},
        },
        "spec": {"template": {"metadata": {"annotations": {"kubectl.kubernetes.io/restartedAt": "now"}}}},
    }


def test_what_a_claim_was_bound_with_is_kept_whoever_counts_as_its_writer() -> None:
    metadata = {"name": "db-volume", "namespace": "cadrart"}
    declared = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": metadata}
    spec = {"accessModes": ["ReadWriteOnce"], "storageClassName": "local-path"}
    bound: Object = {**declared, "spec": {**spec, "volumeName": "pv-7"}}
    assert manual_fields({**declared, "spec": spec}, bound) == {**declared, "spec": {"volumeName": "pv-7"}}
    assert manual_fields({**declared, "spec": spec}, {**declared, "spec": spec}) == {}


def test_where_nobody_put_anything_there_is_nothing_to_keep(live: Object) -> None:
    assert manual_fields(DECLARED, live) == {}
