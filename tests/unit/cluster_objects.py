"""Objects as the API server would give them, for tests of what reads the cluster."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from cadrart_infra import naming, traffic, workloads
from cadrart_infra.cluster.kinds import Kind
from cadrart_infra.model import Color, Environment

Object = dict[str, Any]


def routed(
    active: Color, turned_at: str = "2026-01-01T10:00:00.000+00:00", **selectors: Mapping[str, str]
) -> list[Object]:
    """Proxies and record that say `active`; `selectors` (with `_` for `-`) are what somebody changed."""
    content = traffic.routing(active) | {name.replace("_", "-"): changed for name, changed in selectors.items()}
    return [_routed(name, data, turned_at) for name, data in content.items()]


def _routed(name: str, content: Mapping[str, str], turned_at: str) -> Object:
    metadata = {"name": name, "annotations": {naming.TURNED_AT: turned_at} if turned_at else {}}
    if name == naming.ENVIRONMENT_CONFIG:
        return {"kind": "ConfigMap", "metadata": metadata, "data": dict(content)}
    return {"kind": "Service", "metadata": metadata, "spec": {"selector": dict(content)}}


def deployments(color: Color, environment: Environment, release: str = "1", *, ready: int = 1) -> list[Object]:
    """Both Deployments of a colour, with one wanted pod each and `ready` that are."""
    return [
        {
            "kind": "Deployment",
            "metadata": {"name": naming.workload_name(workload, color), "generation": 2},
            "spec": {
                "replicas": 1,
                "template": {
                    "metadata": {"labels": naming.pod_labels(workload, color, environment)},
                    "spec": {"containers": [{"image": f"shop/{workload}:{release}"}]},
                },
            },
            "status": {"observedGeneration": 2, "replicas": 1, "updatedReplicas": ready, "readyReplicas": ready},
        }
        for workload in workloads.names()
    ]


class FixedKubectl:
    """Gives the same objects whatever is asked for, and takes note of every command."""

    namespace = "cadrart"

    def __init__(
        self, objects: Sequence[Object], answers: Mapping[str, Sequence[str | Exception]] | None = None
    ) -> None:
        self._objects, self.commands, self.posted = objects, list[tuple[str, ...]](), list[Object]()
        self._answers = {url: list(given) for url, given in (answers or {}).items()}

    def objects(self, *_kinds: Kind, selector: str = "", fields: str = "", timeout: float = 30) -> list[Object]:
        """The objects."""
        return list(self._objects)

    def now(self, _timeout: float = 5) -> datetime:
        """A time."""
        return datetime(2026, 1, 1, 10, tzinfo=UTC)

    def find(self, _kind: Kind, _name: str, _timeout: float = 30) -> Object | None:
        """Nothing is there."""
        return None

    def post(self, _kind: Kind, manifest: Object) -> None:
        """Keeps it in `posted`."""
        self.posted.append(manifest)

    def ask(self, path: str, timeout: float = 5) -> str:
        """The next answer for what `path` ends with, the last one again and again."""
        return self.run(path)

    def run(self, *arguments: str, stdin: str = "", timeout: float = 30) -> str:
        """The next answer for what the last argument ends with, the last one again and again."""
        self.commands.append(arguments)
        given = next((given for end, given in self._answers.items() if arguments[-1].endswith(end)), ["{}"])
        answer = given.pop(0) if len(given) > 1 else given[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


class KubectlThatFinds(FixedKubectl):
    """A cluster in which there is this object, whatever is asked for."""

    def __init__(self, item: Object) -> None:
        super().__init__([], {"": [""]})
        self.item = item

    def find(self, *_: Any, **__: Any) -> Object:
        """The object."""
        return self.item
