"""What the running workflow was begun by: the event that GitHub describes in a file."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def workflow_event(environment: Mapping[str, str]) -> dict[str, Any]:
    """The event; empty outside of a workflow."""
    file = environment.get("GITHUB_EVENT_PATH", "")
    found: dict[str, Any] = json.loads(Path(file).read_text("utf-8")) if file else {}
    return found


def default_branch(event: Mapping[str, Any]) -> str:
    """The main branch of the event's repository; empty where it names none."""
    return str((event.get("repository") or {}).get("default_branch") or "")
