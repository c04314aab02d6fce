"""The new pods of the colours that an update makes, known before anything is changed."""

from collections.abc import Iterator, Mapping

from cadrart_infra import naming, workloads
from cadrart_infra.cluster.kinds import DEPLOYMENT, annotations_of, name_of, of_kind
from cadrart_infra.color_pods import by_names
from cadrart_infra.components.kubernetes_object import Manifest
from cadrart_infra.drift.comparison import is_different
from cadrart_infra.drift.field_managers import scaled_by_controller
from cadrart_infra.model import Color, Environment
from cadrart_infra.plan import UpdatePlan


def new_pods(plan: UpdatePlan, copy: str | None) -> Mapping[str, Manifest]:
    """The templates of the pods that are made, by their Deployment's name.

    More than those of `plan.pods.rolls`, which get another binding or release: any other setting of pods replaces them,
    an edited template is put right, and staging's are replaced with the copy in its database. `copy`: the copy after
    the update, None for one that the update makes, empty where it is not known.
    """
    return dict(_new_pods(plan, copy))


def _new_pods(plan: UpdatePlan, copy: str | None) -> Iterator[tuple[str, Manifest]]:
    pods = by_names(plan)
    for color in Color:
        for workload in workloads.names():
            name = naming.workload_name(workload, color)
            template, running = pods.template(workload, color), plan.live.templates.get(name)
            if (
                running is None
                or is_different(template, running)
                or _has_another_copy(plan, name, copy)
                or _has_too_few(plan, name)
            ):
                yield name, template


def _has_another_copy(plan: UpdatePlan, deployment: str, copy: str | None) -> bool:
    """Whether its pods use staging's database, and were not started for the copy that will be in it."""
    staging = [color for color, environment in plan.roles.bindings.items() if environment is Environment.STG]
    uses = [naming.workload_name(one.name, color) for one in workloads.SHOP if one.uses_database for color in staging]
    noted = annotations_of(plan.live.templates[deployment]).get(naming.COPY, "")
    return deployment in uses and (copy is None or (bool(copy) and noted != copy))


def _has_too_few(plan: UpdatePlan, deployment: str) -> bool:
    """Whether it asks for fewer pods than it will: the settings have another number, or somebody scaled it down."""
    color = next(color for color in Color if deployment in workloads.deployments(color))
    live = next(one for one in of_kind(DEPLOYMENT, plan.live.serving) if name_of(one) == deployment)
    wanted = plan.settings.replicas.of(plan.roles.bindings[color])
    return int(live["spec"].get("replicas", 1)) < wanted and not scaled_by_controller(live)
