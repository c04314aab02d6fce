"""What a stack says of each workload: its image in each colour, and its resources.

The keys follow from `workloads.SHOP`, so the models are made from it.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any, Self

from pydantic import Field, create_model, model_validator

from cadrart_infra import workloads
from cadrart_infra.model import Color, Resources, Workload, WorkloadSpec
from cadrart_infra.settings.errors import refuse
from cadrart_infra.settings.values import HIGHEST_USER, Cpu, Image, Model, Size, bytes_of, thousandths_of


class ColorImages(Model):
    """The image of each workload in one colour."""

    def by_workload(self) -> dict[Workload, str]:
        """The image of each workload."""
        return {workload: getattr(self, workload) for workload in workloads.names()}


class Images(Model):
    """The images of each colour. A release to staging is a new image of the inactive colour."""

    blue: ColorImages
    green: ColorImages

    def of(self, color: Color) -> ColorImages:
        """The images of one colour."""
        return self.blue if color is Color.BLUE else self.green


class WorkloadResources(Model):
    """What a container of a workload asks for, and what it is limited to."""

    cpu_request: Cpu
    """Processor time that each container asks for, in both colours. A change restarts the pods of both."""
    memory_request: Size
    """Memory that each container asks for."""
    cpu_limit: Cpu
    """Limit of each container's processor time."""
    memory_limit: Size
    """Limit of each container's memory."""

    @model_validator(mode="after")
    def _asks_for_no_more_than_its_limit(self) -> Self:
        """The API server would refuse the pods, in the middle of an update."""
        for name, of in (("cpu", thousandths_of), ("memory", bytes_of)):
            request, limit = getattr(self, f"{name}_request"), getattr(self, f"{name}_limit")
            if of(request) > of(limit):
                raise refuse(
                    f"{name}Request ({request}) is more than {name}Limit ({limit})", "Lower the one or raise the other"
                )
        return self


class AllResources(Model):
    """The resources of each workload, the same in both colours."""

    def of(self, workload: Workload) -> Resources:
        """The resources of one workload's containers."""
        return Resources(**getattr(self, workload).model_dump())


Specs = Iterable[WorkloadSpec]


def images_model(specs: Specs) -> type[Images]:
    """The model of `images` for these workloads: every image has to be set."""
    fields: dict[str, Any] = {
        spec.name: (
            Image,
            Field(
                description=f"The {spec.name}'s image in this colour. There is no default.",
                examples=[f"ghcr.io/manuszep/cadrart2025-{spec.name}:1.4.2"],
            ),
        )
        for spec in specs
    }
    color = create_model("ColorImages", __base__=ColorImages, **fields)
    return create_model("Images", __base__=Images, __doc__=Images.__doc__, blue=(color, ...), green=(color, ...))


def resources_model(specs: Specs) -> type[AllResources]:
    """The model of `resources` for these workloads, with each one's own defaults."""
    return create_model(
        "AllResources", __base__=AllResources, __doc__=AllResources.__doc__, **dict(_resources_fields(specs))
    )


def _resources_fields(specs: Specs) -> Iterator[tuple[str, Any]]:
    for spec in specs:
        model = create_model("WorkloadResources", __base__=WorkloadResources, **_defaults(spec))
        yield spec.name, (model, Field(default_factory=model))


class RunAs(Model):
    """The user and group (numbers) that a workload's image runs as, without any privilege."""

    def of(self, workload: Workload) -> int:
        """Of one workload: its own where it has one, else what is set; 0 for the image's."""
        return workloads.spec_of(workload).run_as or int(getattr(self, workload, 0))


def run_as_model(specs: Specs) -> type[RunAs]:
    """The model of `runAs` for those of these workloads that have no user of their own."""
    meaning = (
        "0: the image's own, which a namespace that enforces `restricted` refuses. A change restarts the pods of both "
        "colours."
    )
    number = Annotated[int, Field(ge=0, le=HIGHEST_USER)]
    fields: dict[str, Any] = {
        spec.name: (number, Field(default=0, description=meaning)) for spec in specs if spec.run_as is None
    }
    return create_model("RunAs", __base__=RunAs, __doc__=RunAs.__doc__, **fields)


def _defaults(spec: WorkloadSpec) -> Mapping[str, Any]:
    return {
        name: (field.rebuild_annotation(), getattr(spec.resources, name))
        for name, field in WorkloadResources.model_fields.items()
    }
