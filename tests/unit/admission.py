"""A cluster that may refuse what it is asked for, and a shop whose pods are all as its plan declares them."""

import copy
from typing import Any

from cadrart_infra import workloads
from cadrart_infra.cluster.errors import ApiError, ClusterError
from cadrart_infra.cluster.kinds import Kind
from cadrart_infra.color_pods import by_names
from cadrart_infra.model import Color, Environment
from cadrart_infra.plan import UpdatePlan
from tests.unit.cluster_objects import Object, deployments, routed
from tests.unit.plans import live, plan


class Cluster:
    """Refuses pods with this."""

    namespace = "cadrart"

    def __init__(self, error: ClusterError | None = None) -> None:
        self.error, self.asked = error, list[Object]()

    def refusal(self, _kind: Kind, pod: Object) -> ClusterError | None:
        self.asked.append(pod)
        if self.error and not isinstance(self.error, ApiError):
            raise self.error
        return self.error

    def review(self, *_: object) -> Object:
        rule = {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}
        return {"status": {"resourceRules": [rule], "allowed": True}}

    @property
    def names(self) -> list[str]:
        return [one["metadata"]["generateName"] for one in self.asked]


def installed(active: Color = Color.BLUE, **settings: Any) -> UpdatePlan:
    """A plan for a shop whose pods are all as a plan with blue in production declares them."""
    before = [
        *routed(Color.BLUE),
        *deployments(Color.BLUE, Environment.PROD),
        *deployments(Color.GREEN, Environment.STG),
    ]
    for _ in range(2):  # what pods have decides what they are declared with
        pods = by_names(plan(live(before), Color.BLUE))
        for color in Color:
            for workload in workloads.names():
                item = next(one for one in before if one["metadata"]["name"] == f"{workload}-{color}")
                item["spec"]["template"] = _as_stored(pods.template(workload, color))
    return plan(live(before), active, **settings)


def _as_stored(template: Object) -> Object:
    """With what the API server fills in."""
    stored = copy.deepcopy(template)
    stored["spec"] |= {"restartPolicy": "Always", "dnsPolicy": "ClusterFirst"}
    return stored
