"""`python -m tests.github.extract FILE`: writes data/api.json, what the tests need of GitHub's description of its API.

FILE is generated/api.github.com.json of the npm package @octokit/openapi. Descriptions are left out, and what OpenAPI
3.0 says in its own way becomes plain JSON Schema.
"""

import json
import sys
from pathlib import Path
from typing import Any

DATA = Path(__file__).resolve().parent / "data" / "api.json"
_REPOSITORY = "/repos/{owner}/{repo}"
OPERATIONS = (
    ("get", f"{_REPOSITORY}/issues/{{issue_number}}/comments"),
    ("post", f"{_REPOSITORY}/issues/{{issue_number}}/comments"),
    ("patch", f"{_REPOSITORY}/issues/comments/{{comment_id}}"),
    ("get", f"{_REPOSITORY}/commits/{{commit_sha}}/pulls"),
    ("get", f"{_REPOSITORY}/issues"),
    ("post", f"{_REPOSITORY}/issues"),
    ("patch", f"{_REPOSITORY}/issues/{{issue_number}}"),
    ("post", f"{_REPOSITORY}/actions/workflows/{{workflow_id}}/dispatches"),
    ("get", f"{_REPOSITORY}/actions/runs/{{run_id}}"),
)
_NOT_NEEDED = {"description", "example", "examples", "externalDocs", "x-github", "x-multi-segment", "xml"}
_DEFINITIONS = "#/components/schemas/"


def main() -> None:
    """Reads the description and writes what is needed of it."""
    whole = json.loads(Path(sys.argv[1]).read_text())
    needed: dict[str, Any] = {}
    operations = [_operation(whole, method, path, needed) for method, path in OPERATIONS]
    written = {
        "source": f"@octokit/openapi {whole['info']['version']} of npm",
        "license": "MIT License, Copyright (c) 2020 Octokit contributors",
        "operations": operations,
        "components": {"schemas": needed},
    }
    DATA.write_text(json.dumps(written, separators=(",", ":"), sort_keys=True) + "\n")


def _operation(whole: Any, method: str, path: str, needed: dict[str, Any]) -> dict[str, Any]:
    found = whole["paths"][path][method]
    parameters = [_resolved(whole, one) for one in found["parameters"]]
    body = found.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    return {
        "method": method.upper(),
        "path": path,
        "query": {one["name"]: _schema(whole, one["schema"], needed) for one in parameters if one["in"] == "query"},
        "request": _schema(whole, body, needed) if body else None,
        "responses": {
            status: _response(whole, _resolved(whole, answer), needed)
            for status, answer in found["responses"].items()
            if status.startswith("2")
        },
    }


def _response(whole: Any, answer: Any, needed: dict[str, Any]) -> Any:
    content = answer.get("content", {}).get("application/json")
    if content is None:
        return None
    example: Any = next(iter(content.get("examples", {}).values()), {})
    return {"schema": _schema(whole, content["schema"], needed), "example": _resolved(whole, example).get("value")}


def _resolved(whole: Any, part: Any) -> Any:
    while "$ref" in part:
        found = whole
        for key in part["$ref"].removeprefix("#/").split("/"):
            found = found[key]
        part = found
    return part


def _schema(whole: Any, part: Any, needed: dict[str, Any]) -> Any:
    """The part as JSON Schema; what it refers to gets into `needed`."""
    if isinstance(part, list):
        return [_schema(whole, one, needed) for one in part]
    if not isinstance(part, dict):
        return part
    name = str(part.get("$ref", "")).removeprefix(_DEFINITIONS)
    if name and name not in needed:
        needed[name] = None  # it may refer to itself
        needed[name] = _schema(whole, whole["components"]["schemas"][name], needed)
    kept = {
        key: {name: _schema(whole, one, needed) for name, one in value.items()}
        if key == "properties"
        else _schema(whole, value, needed)
        for key, value in part.items()
        if key not in _NOT_NEEDED and key != "nullable"
    }
    return {"anyOf": [kept, {"type": "null"}]} if part.get("nullable") else kept


if __name__ == "__main__":
    main()
