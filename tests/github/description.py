"""GitHub's own description of its API: whether a request and an answer are what it says."""

import copy
import json
import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from tests.github.extract import DATA

_ADDRESS = "urn:github"
"""What the parts of the description refer to each other by."""


@dataclass(frozen=True)
class Operation:
    """One operation; `values`: what the path has in the places of its names."""

    described: dict[str, Any]
    values: dict[str, str]

    @property
    def name(self) -> str:
        """The method and the path, with names in braces."""
        return f"{self.described['method']} {self.described['path'].removeprefix('/repos/{owner}/{repo}')}"

    def example(self, status: int) -> Any:
        """GitHub's own example of an answer."""
        return copy.deepcopy(self.described["responses"][str(status)]["example"])


class Description:
    """The operations that the tests need."""

    @cached_property
    def _whole(self) -> dict[str, Any]:
        text = DATA.read_text().replace('"#/components/', f'"{_ADDRESS}#/components/')
        whole: dict[str, Any] = json.loads(text)
        return whole

    @cached_property
    def _registry(self) -> Any:
        return Registry().with_resource(
            _ADDRESS, Resource.from_contents(self._whole, default_specification=DRAFT202012)
        )

    def operation(self, method: str, path: str) -> Operation | None:
        """The operation that a request is for; None where there is none."""
        for described in self._whole["operations"]:
            pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(described["path"]))
            found = re.fullmatch(pattern, path)
            if found and described["method"] == method:
                return Operation(described, found.groupdict())
        return None

    def wrong_in_request(self, operation: Operation, query: dict[str, str], body: Any) -> list[str]:
        """What GitHub's description says against a request."""
        unknown = [f"no such parameter: {name}" for name in query if name not in operation.described["query"]]
        values = [
            wrong
            for name, value in query.items()
            if name not in unknown and (schema := operation.described["query"].get(name))
            for wrong in self._errors(schema, int(value) if schema.get("type") == "integer" else value)
        ]
        schema = operation.described["request"]
        return [*unknown, *values, *(self._errors(schema, body) if schema else [])]

    def wrong_in_answer(self, operation: Operation, status: int, body: Any) -> list[str]:
        """What GitHub's description says against an answer."""
        if str(status) not in operation.described["responses"]:
            return [f"no such status: {status}"]
        answer = operation.described["responses"][str(status)]
        return self._errors(answer["schema"], body) if answer else []

    def _errors(self, schema: Any, value: Any) -> list[str]:
        validator = Draft202012Validator(schema, registry=self._registry)
        return [f"{error.json_path}: {error.message[:200]}" for error in validator.iter_errors(value)]
