"""What makes the engine write an object that it believes to be as declared."""

import asyncio
import json
from typing import Any
from unittest import mock

import pulumi
import pytest
from pulumi.runtime.rpc import UNKNOWN

from cadrart_infra.cluster.errors import ClusterError
from cadrart_infra.cluster.kinds import Kind
from cadrart_infra.drift.declared_objects import DeclaredObjects
from cadrart_infra.drift.field_managers import KEEPER
from cadrart_infra.drift.repair import Repair

Object = dict[str, Any]
MARK = "ateliercadrart.com/repaired"


def service(selected: str = "blue", name: str = "proxy", **metadata: Any) -> Object:
    """A Service as it is declared; what is declared twice is one object."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": "cadrart", **metadata},
        "spec": {"selector": {"color": selected}, "ports": [{"port": 80.0}]},
    }


def live(item: Object, *, edited: bool = False, annotations: Object | None = None) -> Object:
    """The same in the cluster, as the provider wrote it, or with a selector that somebody else wrote."""
    spec: Object = {"f:ports": {'k:{"port":80,"protocol":"TCP"}': {".": {}, "f:port": {}}}}
    owned = {"f:spec": spec if edited else {**spec, "f:selector": {}}}
    owned["f:metadata"] = {"f:annotations": {"f:ateliercadrart.com/turned-at": {}}}
    managed = [{"manager": "pulumi-kubernetes-1", "operation": "Apply", "fieldsV1": owned}]
    more = {"uid": "5f0c11aa-1", "resourceVersion": "77", "managedFields": managed, "annotations": annotations or {}}
    return {**item, "metadata": {**item["metadata"], **more}}


class Kubectl:
    """Takes note of what is written."""

    def __init__(self, error: str = "") -> None:
        self.created: list[Object] = []
        self.applied: list[Object] = []
        self.there: list[Object] = []
        self._error = error

    def find(self, kind: Kind, name: str) -> Object | None:
        return next((one for one in self.there if (one["kind"], one["metadata"]["name"]) == (kind.name, name)), None)

    def objects(self, kind: Kind) -> list[Object]:
        return [one for one in self.there if one["kind"] == kind.name]

    def create(self, manifest: Object) -> None:
        if self._error:
            raise ClusterError(self._error)
        self.created.append(manifest)

    def apply(self, manifest: Object, *, manager: str) -> None:
        assert manager == KEEPER
        self.applied.append(manifest)


def transformed(
    declared: Object,
    objects: list[Object],
    kubectl: Kubectl | None = None,
    *,
    preview: bool = False,
    recorded: Object | None = None,
    installed: bool = False,
) -> pulumi.ResourceTransformResult | None:
    args = pulumi.ResourceTransformArgs(True, "kubernetes:…", "name", declared, pulumi.ResourceOptions())
    state = {} if recorded is None else {(declared["kind"], declared["metadata"]["name"]): recorded}
    repair = Repair(objects, kubectl or Kubectl(), state, installed=installed)  # type: ignore[arg-type]
    with (
        mock.patch("pulumi.log.info") as info,
        mock.patch("pulumi.runtime.is_dry_run", return_value=preview),
        mock.patch("pulumi.ResourceHook", side_effect=lambda _name, callback, *_: callback),
    ):
        result = repair(args)
    transformed.reported = [call.args[0] for call in info.call_args_list]  # type: ignore[attr-defined]
    return result


def reported() -> list[str]:
    return transformed.reported  # type: ignore[attr-defined,no-any-return]


def run_hooks(result: pulumi.ResourceTransformResult) -> list[str]:
    """What runs before the engine updates the object; what it warns of."""
    with mock.patch("pulumi.log.warn") as warn:
        for hook in result.opts.hooks.before_update:  # type: ignore[union-attr]
            asyncio.run(hook(mock.Mock(new_inputs=result.props)))  # type: ignore[arg-type]
    return [call.args[0] for call in warn.call_args_list]


def mark(result: pulumi.ResourceTransformResult | None) -> str:
    assert result is not None
    props: Any = result.props
    return str(props["metadata"]["annotations"][MARK])


def is_left_alone(declared: Object, found: list[Object]) -> bool:
    """Whether nothing of the object is a reason to write it."""
    result = transformed(declared, found)
    return result is not None and result.props == declared


def test_an_object_that_is_as_declared_is_left_alone() -> None:
    assert is_left_alone(service(), [live(service())])
    assert reported() == []


@pytest.mark.parametrize("theirs", ["pulumi-kubernetes-1", "pulumi-kubernetes"])
def test_what_another_pulumi_program_changed_is_put_right(theirs: str) -> None:
    """Its provider's field manager differs from this stack's in the suffix alone, or has none."""
    found = live(service("green"))
    found["metadata"]["managedFields"][0]["manager"] = theirs
    found["metadata"]["managedFields"].append({"manager": "k3s", "subresource": "status", "fieldsV1": {}})
    transformed(service(), [found], recorded={"__fieldManager": "pulumi-kubernetes-2"})
    (line,) = reported()
    assert line.startswith("service/proxy was changed by another Pulumi program and will be put right:")
    transformed(service(), [found], recorded={"__fieldManager": theirs})
    assert reported() == []


def test_what_a_killed_update_left_is_written_where_the_state_has_it_as_declared() -> None:
    """The engine would find nothing to do; where the settings are others than recorded, it writes by itself."""
    found = live(service("green"))
    recorded = {**service("blue"), "__fieldManager": "pulumi-kubernetes-1"}
    result = transformed(service("blue"), [found], recorded=recorded)
    assert mark(result) == "5f0c11aa-77"
    assert reported() == [
        "service/proxy has what an unfinished update left; it will be written:\n"
        "  spec.selector.color is 'green' instead of 'blue'"
    ]
    transformed(service("blue"), [found], recorded={**recorded, **service("green")})
    assert reported() == []


def test_an_object_that_is_deleted_while_the_update_runs_is_made_again_before_it_is_written() -> None:
    kubectl = Kubectl()
    result = transformed(service("green"), [live(service())], kubectl)
    assert result is not None
    kubectl.there = [live(service())]
    assert run_hooks(result) == []
    assert kubectl.created == []
    kubectl.there = []
    assert run_hooks(result) == ["service/proxy was deleted while the update ran; it is made again"]
    (made,) = kubectl.created
    assert made["spec"]["selector"] == {"color": "green"}


def test_a_claim_that_is_deleted_while_the_update_runs_is_not_made_again() -> None:
    """It would begin with an empty volume."""
    claim = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "db-volume"}, "spec": {}}
    result = transformed(claim, [live(claim)])
    assert result is not None
    assert result.opts.hooks is None


def test_where_everything_is_gone_all_that_the_state_has_is_made_again() -> None:
    """A namespace was deleted: nothing in the cluster shows any more that there was a shop."""
    assert transformed(service(), []) is None  # a first install
    result = transformed(service(), [], installed=True)
    assert result is not None
    assert reported() == ["service/proxy is not in the cluster; it will be made"]


def test_the_end_of_an_update_says_what_is_gone_or_about_to_go() -> None:
    kubectl = Kubectl()
    repair = Repair([live(service())], kubectl)  # type: ignore[arg-type]
    with mock.patch("pulumi.ResourceHook"), mock.patch("pulumi.log.info"):
        for name in ("proxy", "other"):
            item = service(name=name)
            repair(pulumi.ResourceTransformArgs(True, "kubernetes:…", name, item, pulumi.ResourceOptions()))
    kubectl.there = [live(service()), live(service(name="other"))]
    assert repair.declared.problems() == []
    kubectl.there = [live(service(name="other", deletionTimestamp="2026-01-01T10:00:00Z"))]
    ending, gone = repair.declared.problems()
    assert ending.startswith("service/other is being deleted since 2026-01-01T10:00:00Z")
    assert gone.startswith("service/proxy is not there any more: somebody deleted it while the update ran.")


def test_the_end_of_an_update_says_what_somebody_changed_meanwhile() -> None:
    kubectl = Kubectl()
    repair = Repair([], kubectl)  # type: ignore[arg-type]
    repair(pulumi.ResourceTransformArgs(True, "kubernetes:…", "proxy", service(), pulumi.ResourceOptions()))
    kubectl.there = [live(service())]
    assert repair.declared.problems() == []
    kubectl.there = [live(service("green"), edited=True)]
    (said,) = repair.declared.problems()
    assert said.splitlines() == [
        "service/proxy was changed by somebody while the update ran:",
        "  spec.selector.color is 'green' instead of 'blue'",
        "  Everything was written. Run pulumi up again, which puts that right.",
    ]


def test_what_somebody_added_or_took_away_is_reported_with_who_it_was() -> None:
    """A container that is not declared serves production as much as those that are."""
    declared = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "proxy"},
        "spec": {"ports": [], "type": "A"},
    }
    tree: Object = {"f:spec": {"f:ports": {'k:{"port":99}': {".": {}, "f:port": {}}}}}
    found = live(declared, edited=True)
    found["spec"] = {"ports": [{"port": 99}]}
    found["metadata"]["managedFields"][0]["time"] = "2026-01-01T10:00:00Z"
    by_hand = {"manager": "kubectl-patch", "operation": "Update", "time": "2026-01-01T10:00:00Z", "fieldsV1": tree}
    found["metadata"]["managedFields"].append(by_hand)
    objects = DeclaredObjects(Kubectl())  # type: ignore[arg-type]
    assert objects.edits([found]) == []
    objects.add(declared)
    (said,) = objects.edits([found])
    assert said.splitlines() == [
        "service/proxy was changed by kubectl-patch while the update ran:",
        "  spec.type is not set instead of 'A'",
        "  spec.ports[99] is {'port': 99}, which is not declared",
    ]


def test_an_edited_object_is_marked_so_that_a_preview_says_the_mark_in_advance() -> None:
    found = [live(service("green"), edited=True)]
    assert mark(transformed(service(), found, preview=True)) == mark(transformed(service(), found)) == "5f0c11aa-77"
    assert reported() == [
        "service/proxy was changed by somebody and will be put right:\n"
        "  spec.selector.color is 'green' instead of 'blue'"
    ]


def test_a_preview_asks_nobody_about_what_is_declared_beside_what_somebody_added() -> None:
    """A port was given another number: the API server would be asked for both, which have one name."""
    found = live(service(), edited=True)
    found["spec"] = {"selector": {"color": "blue"}, "ports": [{"port": 81}]}
    tree: Object = {"f:spec": {"f:ports": {'k:{"port":81}': {".": {}, "f:port": {}}}}}
    by_hand = {"manager": "kubectl-edit", "operation": "Update", "time": "2026-01-01T10:00:00Z", "fieldsV1": tree}
    found["metadata"]["managedFields"][0]["time"] = "2026-01-01T09:00:00Z"
    found["metadata"]["managedFields"].append(by_hand)
    assert mark(transformed(service(), [found], preview=True)) == UNKNOWN
    assert "spec.ports[81] is {'port': 81} and is not declared; it will be taken away" in reported()[0]
    assert mark(transformed(service(), [found])) == "5f0c11aa-77"


def test_an_object_without_a_declared_field_is_marked_and_nobody_blamed() -> None:
    declared = service(labels={"new": "one"})
    assert mark(transformed(declared, [live(service())])) == "5f0c11aa-77"
    assert reported() == [
        "service/proxy lacks what is declared; it will be written:\n"
        "  metadata.labels is not set; it will be {'new': 'one'}"
    ]


def test_what_an_object_lacks_that_the_update_writes_anyway_is_no_news() -> None:
    """A colour that changes its environment gets what only the other one's pods have."""
    turned = "ateliercadrart.com/turned-at"
    found = [live(service(), annotations={turned: "first"})]
    assert is_left_alone(service(labels={"new": "one"}, annotations={turned: "after 5f0c11aa-7"}), found)
    assert reported() == []
    edited = [live(service("green"), edited=True, annotations={turned: "first"})]
    assert transformed(service(annotations={turned: "after 5f0c11aa-7"}), edited) is not None
    assert "spec.selector.color is 'green' instead of 'blue'" in reported()[0]


def test_a_mark_stays_with_an_object_that_is_as_declared_again() -> None:
    assert mark(transformed(service(), [live(service(), annotations={MARK: "before"})])) == "before"
    assert reported() == []


def test_a_missing_object_is_made_before_it_is_written_and_a_preview_asks_nobody_for_it() -> None:
    kubectl, others = Kubectl(), [live(service(name="other"))]
    assert mark(transformed(service(), others, preview=True)) == UNKNOWN
    result = transformed(service(), others, kubectl)
    assert result is not None
    assert reported() == ["service/proxy is not in the cluster; it will be made"]
    assert kubectl.created == []
    run_hooks(result)
    (made,) = kubectl.created
    assert made["metadata"]["annotations"] == {MARK: mark(result)}
    assert json.dumps(made["spec"]["ports"]) == '[{"port": 80}]'


def test_an_object_that_somebody_made_meanwhile_is_written_all_the_same() -> None:
    result = transformed(
        service(), [live(service(name="other"))], Kubectl('services "proxy" already exists (AlreadyExists)')
    )
    assert result is not None
    run_hooks(result)


def test_an_object_that_cannot_be_made_fails_the_update() -> None:
    result = transformed(service(), [live(service(name="other"))], Kubectl("forbidden"))
    assert result is not None
    with pytest.raises(ClusterError, match="forbidden"):
        run_hooks(result)


@pytest.mark.parametrize("found", [[], [{"kind": "PersistentVolumeClaim", "metadata": {"name": "db-volume"}}]])
def test_a_first_install_misses_nothing(found: list[Object]) -> None:
    assert transformed(service(), found) is None


def test_a_snapshot_that_no_pod_is_bound_to_is_new_and_not_missing() -> None:
    snapshot = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "config-1a2b"}, "immutable": True}
    pods = {"kind": "Deployment", "metadata": {"name": "backend"}, "spec": {"template": {"name": "config-1a2b"}}}
    assert transformed(snapshot, [live(service())]) is None
    assert mark(transformed(snapshot, [live(service()), pods], preview=True)) == UNKNOWN


def test_a_snapshot_that_an_update_has_made_is_missing_also_where_the_pods_are_gone_with_it() -> None:
    snapshot = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "config-1a2b"}, "immutable": True}
    missing = transformed(snapshot, [live(service())], preview=True, recorded=snapshot)
    assert mark(missing) == UNKNOWN
    assert reported() == ["configmap/config-1a2b is not in the cluster; it will be made"]


def test_what_people_put_on_an_object_is_kept_when_it_is_written() -> None:
    found = live(service(), annotations={"note": "mine"})
    by_hand: Object = {"f:metadata": {"f:annotations": {"f:note": {}}}}
    found["metadata"]["managedFields"].append(
        {"manager": "kubectl-annotate", "operation": "Update", "fieldsV1": by_hand}
    )
    kubectl = Kubectl()
    result = transformed(service(), [found], kubectl)
    assert result is not None
    assert result.props == service()  # nothing of it is a reason to write the object
    run_hooks(result)
    assert [item["metadata"]["annotations"] for item in kubectl.applied] == [{"note": "mine"}]


def test_a_count_of_pods_that_an_autoscaler_decides_is_left_to_it() -> None:
    found = live(service())
    scaled: Object = {"f:spec": {"f:replicas": {}}}
    found["metadata"]["managedFields"].append(
        {"manager": "kube-controller-manager", "operation": "Update", "subresource": "scale", "fieldsV1": scaled}
    )
    result = transformed(service(), [found])
    assert result is not None
    assert result.opts.ignore_changes == ["spec.replicas"]
    assert reported() == []


def test_a_count_of_pods_that_is_not_the_settings_is_reported_for_the_autoscaler_may_be_gone() -> None:
    declared: Object = {
        "kind": "Deployment",
        "metadata": {"name": "backend-blue", "namespace": "cadrart"},
        "spec": {"replicas": 1.0},
    }
    found = live(declared)
    found["spec"] = {"replicas": 2}
    scaled: Object = {"f:spec": {"f:replicas": {}}}
    found["metadata"]["managedFields"].append(
        {"manager": "kube-controller-manager", "operation": "Update", "subresource": "scale", "fieldsV1": scaled}
    )
    transformed(declared, [found])
    (line,) = reported()
    assert "has 2 pods, as kube-controller-manager decided, and the settings say 1; it is left so" in line
    assert line.endswith("kubectl -n cadrart scale deployment/backend-blue --replicas=1")
