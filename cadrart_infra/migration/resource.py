"""The migration of one environment's database as a Pulumi resource."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi.dynamic import Resource

from cadrart_infra.dynamic import Recorded, announced
from cadrart_infra.migration.due import announcement
from cadrart_infra.migration.inputs import MigrationInputs
from cadrart_infra.migration.provider import MigrationProvider
from cadrart_infra.model import Color, Environment


@dataclass(frozen=True, kw_only=True)
class MigrationArgs:
    """What is run, for whom and when."""

    namespace: pulumi.Input[str]
    context: str
    """The kubeconfig's context, empty for its current one."""
    environment: Environment
    color: Color
    database: str
    image: str
    command: Sequence[str]
    """A command of the `image`."""
    time_limit: int
    """Seconds."""
    pod: Mapping[str, Any]
    """What it runs in, bound to the environment as the release's own pods are."""
    takes_over: str = ""
    """Why this update has to migrate production's database; empty where it has not."""
    restored: str = ""
    """When production's database was restored last; empty where it never was."""
    copy: pulumi.Input[str] = ""
    """The identifier of the copy that staging's database is."""


class Migration(Resource, module="cadrart", name="Migration"):
    """An environment's database at the level of the release that its pods are about to run."""

    def __init__(self, name: str, args: MigrationArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        inputs = {
            "namespace": args.namespace,
            "context": args.context,
            "environment": args.environment.value,
            "color": args.color.value,
            "database": args.database,
            "image": args.image,
            "command": list(args.command),
            "timeLimit": args.time_limit,
            "takesOver": args.takes_over,
            "restored": args.restored,
            "copyId": args.copy,
            "pod": args.pod,
        }
        super().__init__(MigrationProvider(), name, inputs, announced(name, _announcement, opts))


def _announcement(old: Recorded | None, new: Recorded) -> str:
    return announcement(MigrationInputs.read(old) if old else None, MigrationInputs.read(new))
