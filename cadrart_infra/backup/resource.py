"""The backup before a switch as a Pulumi resource."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi.dynamic import Resource

from cadrart_infra.backup.due import announcement
from cadrart_infra.backup.inputs import BackupInputs
from cadrart_infra.backup.provider import BackupProvider
from cadrart_infra.dynamic import announced


@dataclass(frozen=True, kw_only=True)
class BackupArgs:
    """What is backed up, and when; what is not said here is in `BackupInputs`."""

    namespace: pulumi.Input[str]
    context: str
    """The kubeconfig's context, empty for its current one."""
    database: str
    active_color: str
    switch_from: str
    release: bool
    goes_back: bool
    takes_back: bool
    keep: int
    time_limit: int
    verify: str = "load"


class BackupBeforeSwitch(Resource, module="cadrart", name="BackupBeforeSwitch"):
    """A backup of production's database, made before the colour that takes over can migrate it.

    Where an older release comes back, it is declared to come after what is switched.
    """

    last: pulumi.Output[Mapping[str, Any] | None]
    """The newest backup's name, time, colour and size; None before the first."""

    def __init__(self, name: str, args: BackupArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        inputs = {
            "namespace": args.namespace,
            "context": args.context,
            "database": args.database,
            "activeColor": args.active_color,
            "switchFrom": args.switch_from,
            **({"release": True} if args.release else {}),
            **({"goesBack": True} if args.goes_back else {}),
            **({"takesBack": True} if args.takes_back else {}),
            "keep": args.keep,
            "timeLimit": args.time_limit,
            **({"verify": args.verify} if args.verify != "load" else {}),
            "last": None,
        }
        options = announced("backup", lambda _, new: announcement(BackupInputs.read(new)), opts)
        super().__init__(BackupProvider(), name, inputs, options)
