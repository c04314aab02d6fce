"""A cluster that runs a brief Job: one state of its pod after the other."""

from typing import Any


class BriefJobCluster:
    """Shows one pod after the other, the last one for good."""

    def __init__(self, *pods: dict[str, Any] | None) -> None:
        self.pods, self.created, self.deleted = list(pods), list[dict[str, Any]](), list[str]()

    def create(self, manifest: dict[str, Any]) -> None:
        """Takes note of the Job."""
        self.created.append(manifest)

    def objects(self, *_: object, **__: object) -> list[dict[str, Any]]:
        """Its pod, if there is one by now."""
        found = self.pods.pop(0) if len(self.pods) > 1 else self.pods[0]
        return [found] if found else []

    def run(self, *arguments: str) -> str:
        """Takes note of the name of a Job that is deleted."""
        self.deleted.append(arguments[2])
        return ""
