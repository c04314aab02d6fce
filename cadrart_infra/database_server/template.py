"""Lists the differences between two pod templates of the server (pure functions)."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from cadrart_infra import naming
from cadrart_infra.cluster.kinds import annotations_of

Template = Mapping[str, Any]

HASH = "pod-template-hash"
"""The label that the cluster gives the template of a ReplicaSet."""
_HIDDEN = re.compile(r"(^|\.)(env\.[^.]+\.value|command|args|annotations(\..*)?)$")
"""Where a value may be anything that somebody wrote, a password included: only that it differs is said."""
_FILLED_IN: Mapping[str, Any] = {
    "protocol": "TCP",
    "failureThreshold": 3,
    "successThreshold": 1,
    "periodSeconds": 10,
    "timeoutSeconds": 1,
    "terminationMessagePath": "/dev/termination-log",
    "terminationMessagePolicy": "File",
    "dnsPolicy": "ClusterFirst",
    "restartPolicy": "Always",
    "schedulerName": "default-scheduler",
    "defaultMode": 0o644,
}
"""What the API server writes into a template that does not say it: a preview does not ask it about a Deployment that
somebody has edited with kubectl."""
_KEYS = ("name", "mountPath", "containerPort")
"""What identifies the entries of a list."""


def template_changes(running: Template, wanted: Template) -> list[str]:
    """The fields that differ, one line each, as `path: before → after`; nothing for a restart that was only asked for.

    What the API server fills in is no difference. The paths begin in the container where they are in it.
    """
    return list(_differences("", _plain(running), _plain(wanted)))


def requested_restart(template: Template) -> str:
    """The value of database.restart that these pods were started for; empty where there was none."""
    return str(annotations_of(template).get(naming.RESTART_REQUEST, ""))


def to_take_back(before: str) -> str:
    """The command that takes a request back; `before`: the one that the running pods were started for."""
    verb = "set" if before else "rm"
    return f"pulumi config {verb} --path database.restart {before}".rstrip()


def _plain(template: Template) -> Any:
    """A template without what the program and the cluster note on it."""
    plain = _cleaned(template)
    metadata = plain.get("metadata", {})
    metadata.get("labels", {}).pop(HASH, None)
    metadata.get("annotations", {}).pop(naming.RESTART_REQUEST, None)
    return _cleaned(plain)


def _cleaned(value: Any) -> Any:
    """Without empty values; lists by their keys."""
    if isinstance(value, Mapping):
        cleaned = {key: _cleaned(item) for key, item in value.items()}
        return {key: item for key, item in cleaned.items() if item not in (None, {}, [])}
    if isinstance(value, list) and value and all(isinstance(item, Mapping) for item in value):
        return {_key(_cleaned(item)): _cleaned(item) for item in value}
    return value


def _key(item: Mapping[str, Any]) -> str:
    return str(next((item[key] for key in _KEYS if key in item), item))


def _differences(path: str, before: Any, after: Any) -> Iterator[str]:
    if before == after:
        return
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in sorted({*before, *after}):
            yield from _differences(f"{path}.{key}" if path else key, before.get(key), after.get(key))
    elif not _is_filled_in(path, before, after):
        yield f"{_shown(path)}: {_change(path, before, after)}"


def _is_filled_in(path: str, before: Any, after: Any) -> bool:
    """Whether one side says what the API server takes the other one's silence for."""
    usual = _FILLED_IN.get(path.rpartition(".")[2])
    return usual is not None and (before, after) in ((None, usual), (usual, None))


def _shown(path: str) -> str:
    return path.removeprefix("spec.").removeprefix(f"containers.{naming.DATABASE}.")


def _change(path: str, before: Any, after: Any) -> str:
    if before is None or after is None:
        value = after if before is None else before
        what = "added" if before is None else "removed"
        plain = isinstance(value, str | int | float) and not _HIDDEN.search(path)
        return f"{what} ({value})" if plain else what
    if _HIDDEN.search(path) or not all(isinstance(value, str | int | float) for value in (before, after)):
        return "changed"
    return f"{before} → {after}"
