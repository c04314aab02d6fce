"""The running database server as a Pulumi resource."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi.dynamic import Resource

from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.cluster.manifests import plain
from cadrart_infra.database_server.announcement import announcement
from cadrart_infra.database_server.pod_admission import admission_warning
from cadrart_infra.database_server.provider import DatabaseServerProvider
from cadrart_infra.database_server.state import ServerState, WantedServer, due, is_asked_for
from cadrart_infra.database_server.template import template_changes
from cadrart_infra.hooks import in_thread


@dataclass(frozen=True, kw_only=True)
class DatabaseServerArgs:
    """The server as it runs now, and when it is to restart.

    `context`: the kubeconfig's context, empty for its current one. `before_restart`: what comes first where it
    restarts, for people. `spec`: the Deployment's, as the API server has it, or would have it.
    """

    namespace: pulumi.Input[str]
    context: str
    state: ServerState
    wanted: WantedServer
    before_restart: str
    spec: pulumi.Output[Any]


class DatabaseServer(Resource, module="cadrart", name="DatabaseServer"):
    """A server that answers queries; its pod is replaced only on request."""

    def __init__(self, name: str, args: DatabaseServerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        inputs = {
            "namespace": args.namespace,
            "context": args.context,
            "restart": args.wanted.restart,
            "timeout": args.wanted.timeout,
            "settings": dict(args.wanted.settings),
            "due": due(args.state, args.wanted),
        }
        known = pulumi.Output.all(namespace=args.namespace, spec=args.spec)
        _announced: pulumi.Output[None] = known.apply(lambda of: _announce(args, of["namespace"], of["spec"]))
        super().__init__(DatabaseServerProvider(), name, inputs, opts)


async def _announce(args: DatabaseServerArgs, namespace: str, spec: Mapping[str, Any]) -> None:
    """In a preview, and again in the update."""
    running, template = args.state.template, plain(spec["template"])
    changes = template_changes(running, template) if running else []
    if said := announcement(args.state, args.wanted, changes, args.before_restart):
        pulumi.log.info(said)
    if not pulumi.runtime.is_dry_run() or not is_asked_for(args.state, args.wanted.restart):
        return  # an update asks as it restarts
    if said := await in_thread(admission_warning, Kubectl(namespace, args.context), args.state, template):
        pulumi.log.warn(said)
