"""The running database server as a Pulumi resource."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi.dynamic import Resource

from cadrart_infra.database_server.announcement import Asked, announcement
from cadrart_infra.database_server.provider import DatabaseServerProvider
from cadrart_infra.database_server.state import ServerState, due
from cadrart_infra.database_server.template import template_changes
from cadrart_infra.server_variables import Variables


@dataclass(frozen=True, kw_only=True)
class DatabaseServerArgs:
    """The server as it runs now, and when it is to restart.

    `context`: the kubeconfig's context, empty for its current one. `restart`: any new value asks for a restart;
    `before_restart` is what comes first then, for people.
    `timeout`: seconds until one that does not answer is taken back. `settings`: variables of the server. `spec`: the
    Deployment's, as the API server has it, or would have it.
    """

    namespace: pulumi.Input[str]
    context: str
    state: ServerState
    restart: str
    timeout: int
    settings: Variables
    before_restart: str
    spec: pulumi.Output[Any]


class DatabaseServer(Resource, module="cadrart", name="DatabaseServer"):
    """A server that answers queries. Its pod is exchanged only where there is none, or a restart was asked for."""

    def __init__(self, name: str, args: DatabaseServerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        inputs = {
            "namespace": args.namespace,
            "context": args.context,
            "restart": args.restart,
            "timeout": args.timeout,
            "settings": dict(args.settings),
            "due": due(args.state, args.restart, args.settings),
        }
        _announced: pulumi.Output[None] = args.spec.apply(lambda spec: _announce(args, spec))
        super().__init__(DatabaseServerProvider(), name, inputs, opts)


def _announce(args: DatabaseServerArgs, spec: Mapping[str, Any]) -> None:
    """In a preview, and again in the update: the API server has filled the template in either way."""
    running = args.state.template
    changes = template_changes(running, spec["template"]) if running else []
    if said := announcement(args.state, Asked(args.restart, args.timeout, args.settings, args.before_restart), changes):
        pulumi.log.info(said)
