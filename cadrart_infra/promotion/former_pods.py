"""Puts a colour's Deployments back to their former pod templates if the new pods do not get ready.

New pods that fail would go on trying, and with them whatever they do to production's database when they start.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from cadrart_infra.cluster.kinds import DEPLOYMENT
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.drift.field_managers import scaled_by_controller
from cadrart_infra.drift.provider_write import as_provider_writes
from cadrart_infra.live import binding_of

Template = Mapping[str, Any]


@dataclass(frozen=True)
class FormerPods:
    """The pod templates of Deployments before the update, by name; empty if there is nothing to go back to."""

    kubectl: Kubectl
    templates: Mapping[str, Template] = field(default_factory=dict)

    def bring_back(self) -> list[str]:
        """Gives the Deployments that this update changed their former templates; raises ClusterError."""
        return list(self._bring_back())

    def _bring_back(self) -> Iterator[str]:
        live = {item["metadata"]["name"]: item for item in self.kubectl.objects(DEPLOYMENT)} if self.templates else {}
        for name, template in self.templates.items():
            now = live.get(name)
            if now is not None and binding_of(now["spec"]["template"]) != binding_of(template):
                spec = {**now["spec"], "template": template}
                if scaled_by_controller(now):
                    del spec["replicas"]
                manifest, writer = as_provider_writes(now, spec)
                self.kubectl.apply(manifest, manager=writer)
                yield name
