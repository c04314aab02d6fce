"""The pods that the gate expects of a colour, compared with those that there are (pure functions)."""

from collections.abc import Sequence
from dataclasses import dataclass

from cadrart_infra import naming
from cadrart_infra.cluster.kinds import Objects
from cadrart_infra.cluster.pods import Pod, image_asked_for, in_deployment, is_ready
from cadrart_infra.model import Color, WorkloadSpec


@dataclass(frozen=True)
class ExpectedWorkload:
    """What a Deployment's pods have to look like."""

    image: str
    replicas: int
    tested_as: frozenset[str] = frozenset()
    """Digests of the image that staging has run; empty where any will do."""


def pods_of(pods: Sequence[Pod], workload: WorkloadSpec, color: Color) -> list[Pod]:
    """Those of a workload in this colour."""
    return in_deployment(naming.workload_name(workload.name, color), pods)


def pod_problems(name: str, pods: Sequence[Pod], expected: ExpectedWorkload, replica_sets: Objects) -> list[str]:
    """The problems of a Deployment's pods: too few are ready, or one runs another image."""
    images = [image_asked_for(pod, replica_sets) for pod in pods if is_ready(pod)]
    others = sorted({image for image in images if image != expected.image})
    problems = [f"{name}: a pod that serves production runs {image}, not {expected.image}" for image in others]
    if images.count(expected.image) < expected.replicas:
        problems.append(
            f"{name}: {images.count(expected.image)} of {expected.replicas} pods with image {expected.image} are ready"
        )
    return problems
