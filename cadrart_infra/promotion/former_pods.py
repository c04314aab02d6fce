"""A colour's Deployments as they were before an update: what they go back to where its pods do not get ready.

New pods that fail would go on trying, and with them whatever they do to production's database when they start.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from cadrart_infra.cluster.kinds import DEPLOYMENT
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.drift.ownership import PROVIDER, provider_name, scaled_by_controller
from cadrart_infra.live import binding_of

Template = Mapping[str, Any]
_OURS = ("pulumi.com/", "ateliercadrart.com/")
"""How the annotations begin that the provider writes."""


@dataclass(frozen=True)
class FormerPods:
    """The pod templates of Deployments before the update, by name; none where there is nothing to go back to."""

    kubectl: Kubectl
    templates: Mapping[str, Template] = field(default_factory=dict)

    def bring_back(self) -> list[str]:
        """Gives the Deployments that this update made other pods for their former ones; raises ClusterError."""
        return list(self._bring_back())

    def _bring_back(self) -> Iterator[str]:
        live = {item["metadata"]["name"]: item for item in self.kubectl.objects(DEPLOYMENT)} if self.templates else {}
        for name, template in self.templates.items():
            now = live.get(name)
            if now is not None and binding_of(now["spec"]["template"]) != binding_of(template):
                self._apply(now, template)
                yield name

    def _apply(self, now: Mapping[str, Any], template: Template) -> None:
        """Under the provider's own name: its next write then differs from nobody else's, and leaves nothing over."""
        metadata, spec = now["metadata"], {**now["spec"], "template": template}
        if scaled_by_controller(now):
            del spec["replicas"]
        annotations = {key: value for key, value in metadata.get("annotations", {}).items() if key.startswith(_OURS)}
        kept = {"name": metadata["name"], "labels": metadata.get("labels", {}), "annotations": annotations}
        manifest = {"apiVersion": "apps/v1", "kind": DEPLOYMENT.name, "metadata": kept, "spec": spec}
        self.kubectl.apply(manifest, manager=provider_name(now) or PROVIDER)
