"""The base of the dynamic resources: reads inputs, finds changes, announces and records runs.

A provider's class is referred to by the state of live stacks: docs/adr/0008 says how one moves.
"""

from __future__ import annotations

import functools
from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar, Generic, Self, TypeVar

import pulumi
from pulumi.dynamic import CreateResult, DiffResult, ResourceProvider, UpdateResult
from pulumi.output import Unknown
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel

from cadrart_infra.hooks import before_writes
from cadrart_infra.user_errors import UserError, without_traceback

_PROVIDER = "__provider"
"""Pulumi's own entry among the inputs: how the code is referred to. It is never compared, and never recorded by us."""

Recorded = Mapping[str, Any]
"""What an operation left in the state: the inputs that it was given, and its results beside them."""


class Inputs(BaseModel):
    """What a dynamic resource is given, of the types that it works with: over the wire every number is a float.

    A field that was not there in every release has a default, which older states count as having. What a release does
    not know is passed over.
    """

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="ignore", frozen=True)

    COUNTS: ClassVar[frozenset[str]] = frozenset()
    """The fields of which a change is an update. How the cluster is reached from here is never among them."""

    namespace: str
    context: str
    """The kubeconfig's context, empty for its current one."""

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> Self:
        """The inputs from what Pulumi hands over or what it recorded; raises UserError with the key that is wrong.

        A value that a preview cannot know yet is read as an empty text.
        """
        known = {key: "" if isinstance(value, Unknown) else value for key, value in given.items()}
        try:
            return cls.model_validate(known)
        except ValidationError as error:
            wrong = "; ".join(
                f"{'.'.join(map(str, one['loc']))}: {one['msg'].lower()}" for one in error.errors(include_url=False)
            )
            raise UserError(
                f"What is recorded for {cls.__name__} is not what this release works with ({wrong}). Nothing was done. "
                "Run the release of the program that the stack was updated with last, or a newer one."
            ) from None

    def counted(self) -> dict[str, Any]:
        """The values of which a change is an update."""
        return self.model_dump(include=set(self.COUNTS))


GivenT = TypeVar("GivenT", bound=Inputs)


class Provider(ResourceProvider, Generic[GivenT]):
    """Create and update of a dynamic resource; deleting it leaves everything that it made.

    Passwords are read from Kubernetes Secrets while an operation runs, and are neither inputs nor outputs.
    """

    serialize_as_secret_always = False

    INPUTS: ClassVar[type[Inputs]]
    ID: ClassVar[str]
    """The resource's id in the state; there is one of each in a stack."""

    @abstractmethod
    def perform(self, old: Recorded | None, new: GivenT) -> dict[str, Any]:
        """Does what is due and returns results to record; `old` is None at creation. Safe to repeat after a failure."""

    def is_change(self, old: GivenT, new: GivenT) -> bool:
        """Whether there is an update: a counted input is another than the recorded one."""
        return old.counted() != new.counted()

    @without_traceback
    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        """The one rule of what a difference is; edited code and a moved kubeconfig are none."""
        return DiffResult(changes=self.is_change(self._read(_olds), self._read(_news)))

    @without_traceback
    def create(self, props: dict[str, Any]) -> CreateResult:
        """The first run."""
        return CreateResult(self.ID, _recorded(props, self.perform(None, self._read(props))))

    @without_traceback
    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        """A further run."""
        return UpdateResult(_recorded(_news, self.perform(_olds, self._read(_news))))

    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        """Nothing: what the resource made stays with the volumes, which outlive the stack."""

    def _read(self, given: Mapping[str, Any]) -> GivenT:
        inputs: Any = self.INPUTS.read(given)
        return inputs  # type: ignore[no-any-return]


def _recorded(props: Mapping[str, Any], results: Mapping[str, Any]) -> dict[str, Any]:
    """The outputs: Pulumi keeps exactly what an operation returns."""
    return {**{key: value for key, value in props.items() if key != _PROVIDER}, **results}


def outputs_of(resources: Iterable[Mapping[str, Any]], kind: str) -> Recorded | None:
    """What Pulumi's state has of our one resource of a type; None before its first run."""
    return next((one["outputs"] for one in resources if one["type"] == kind), None)


def announced(
    name: str, announcement: Callable[[Recorded | None, Recorded], str], opts: pulumi.ResourceOptions | None
) -> pulumi.ResourceOptions:
    """Options of a resource that says what an update of it does: in a preview, and again when it is about to happen.

    `announcement` is given what is recorded (None before the first run) and the new inputs.
    """

    def say_it(args: pulumi.ResourceHookArgs) -> None:
        if args.new_inputs is not None:
            pulumi.log.info(announcement(args.old_outputs, args.new_inputs))

    hooks = before_writes(f"announce-{name}", say_it, in_previews=True)
    return pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(hooks=hooks))


say = functools.partial(print, flush=True)
"""Prints a line of a running operation: the engine shows what a provider prints under the stack, line by line."""
