"""The user's own check of a colour's new pods, as a step of the update."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi_command import local

from cadrart_infra.model import Color, Environment, Workload

_RUNNER = [".venv/bin/python", "-m", "cadrart_infra.promotion.smoke"]
"""The plugin runs in the project's folder, where `Pulumi.yaml` has the virtualenv: no checkout's path in the state."""


@dataclass(frozen=True, kw_only=True)
class SmokeArgs:
    """The command, and the pods that it is to look at.

    It runs again with other `images`, another `config` or another `turned_at`.
    """

    command: str
    timeout: int
    """Seconds."""
    namespace: pulumi.Input[str]
    context: str
    color: Color
    environment: Environment
    images: Mapping[Workload, str]
    """What the pods run."""
    config: pulumi.Input[str]
    """Name of the environment's immutable ConfigMap."""
    turned_at: str
    """When the proxies were switched to the pods."""


def smoke_test(name: str, args: SmokeArgs, opts: pulumi.ResourceOptions) -> local.Command:
    """Runs the command when it is new or when anything in `args` has changed, and again as long as it fails.

    Its variables are all that decides this. They are updated in place: triggers would replace the resource.
    """
    variables = {
        "COLOR": args.color.value,
        "ENVIRONMENT": args.environment.value,
        "NAMESPACE": args.namespace,
        "KUBERNETES_CONTEXT": args.context,
        "CONFIG": args.config,
        "TURNED_AT": args.turned_at,
        "SMOKE_TIMEOUT": str(args.timeout),
        **{f"{workload.upper()}_IMAGE": image for workload, image in args.images.items()},
    }
    # What the command prints is recorded in the state: encrypted, in case it is more than it should be.
    private = pulumi.ResourceOptions(additional_secret_outputs=["stdout", "stderr"])
    return local.Command(
        name,
        create=args.command,
        interpreter=_RUNNER,
        environment=variables,
        add_previous_output_in_env=False,
        opts=pulumi.ResourceOptions.merge(opts, private),
    )
