"""The settings as people, editors and Pulumi read them, made from the model: a page, a JSON schema, `Pulumi.yaml`.

`python -m cadrart_infra.settings.reference` writes all three, and unit tests hold them to be current.
"""

import ast
import contextlib
import inspect
import itertools
import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic.alias_generators import to_camel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from cadrart_infra.model import PROGRAM
from cadrart_infra.settings.stack import stack_model
from cadrart_infra.settings.values import Model

REPOSITORY = Path(__file__).resolve().parents[2]
DOCS = REPOSITORY / "docs"
PAGE, SCHEMA, PROJECT = DOCS / "configuration.md", DOCS / "stack.schema.json", REPOSITORY / "Pulumi.yaml"
_TABLES = re.compile(r"(?<=<!-- settings -->\n).*(?=<!-- end of settings -->)", re.S)
_DECLARED = re.compile(r"^config:\n.*", re.S | re.M)
_KINDS: Mapping[str, str] = {
    "boolean": "`true` or `false`",
    "array": "list",
    "object": "mapping",
    "integer": "whole number",
    "number": "number",
}
"""JSON schema's types in plain words."""

Schema = Mapping[str, Any]


@dataclass(frozen=True)
class Setting:
    """One key, as the table has it."""

    key: str
    kind: str
    default: str
    meaning: str


def stack_schema() -> dict[str, Any]:
    """The JSON schema of a stack's file, for editors; the same keys and bounds as the program's."""
    settings = _schema()
    properties = {f"{PROGRAM}:{key}": value for key, value in settings["properties"].items()}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Settings of a stack of cadrart-infra",
        "type": "object",
        "properties": {
            "config": {
                "type": "object",
                "properties": properties,
                "required": [f"{PROGRAM}:{key}" for key in settings["required"]],
            }
        },
        "$defs": settings["$defs"],
    }


def page(text: str) -> str:
    """The page with its tables made again; everything around them stays as it is."""
    return _TABLES.sub(lambda _: "\n" + "\n".join(_tables()) + "\n", text)


def project(text: str) -> str:
    """The project's file with the settings that it declares made again; what stands before them stays as it is.

    Pulumi shows their defaults in `pulumi config`. A mapping's lie below its keys, and a setting without a default has
    an empty one: for one that has none at all, Pulumi's own error would come before the program's.
    """
    schema = _schema()
    declared = {key: _declared(_resolved(schema, value)) for key, value in schema["properties"].items()}
    written = yaml.safe_dump({"config": declared}, sort_keys=False, allow_unicode=True, width=math.inf)
    return _DECLARED.sub(lambda _: written, text)


def _declared(value: Schema) -> Schema:
    default = {} if value["type"] == "object" else value.get("default", "")
    return {"type": value["type"], "default": default, "description": _sentence(value["description"])}


def settings() -> Iterator[tuple[str, list[Setting]]]:
    """The settings by their groups, each with what it is about; plain keys first."""
    schema = _schema()
    everything = schema["properties"].items()
    plain = {key: value for key, value in everything if "properties" not in _resolved(schema, value)}
    yield "", [_setting(schema, key, value) for key, value in plain.items()]
    for key, value in everything:
        if key not in plain:
            group = _resolved(schema, value)
            yield f"`{key}`: {_sentence(group['description'])}", list(_below(schema, key, group))


def _tables() -> Iterator[str]:
    for about, group in settings():
        if about:
            yield f"{about}\n"
        yield "| key | type | default | meaning |\n|---|---|---|---|"
        yield from (f"| `{one.key}` | {one.kind} | {one.default} | {one.meaning} |" for one in group)
        yield ""


def _schema() -> Schema:
    return stack_model().model_json_schema(by_alias=True, schema_generator=_WithMeanings)


class _WithMeanings(GenerateJsonSchema):
    """A key's description is the text that stands below it in the code.

    pydantic can read these texts itself, but does so wherever a model is made, which took a tenth of the time in which
    an update begins.
    """

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        """As the base class, but for the descriptions."""
        made = super().model_schema(schema)
        for name, meaning in _meanings(schema["cls"]).items():
            made["properties"][to_camel(name)].setdefault("description", meaning)
        return made


def _meanings(model: type) -> dict[str, str]:
    """What stands below each field, in the model and in those that it is made from."""
    found: dict[str, str] = {}
    for base in reversed(model.__mro__):
        if issubclass(base, Model):
            with contextlib.suppress(OSError):  # one that was put together for the shop's workloads stands nowhere
                (written,) = ast.parse(inspect.getsource(base)).body
                found |= dict(_texts_below(written))
    return found


def _texts_below(written: ast.stmt) -> Iterator[tuple[str, str]]:
    for field, below in itertools.pairwise(getattr(written, "body", [])):
        match field, below:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                yield name, inspect.cleandoc(text)


def _resolved(schema: Schema, value: Schema) -> Schema:
    reference = value.get("$ref")
    return {**schema["$defs"][reference.rpartition("/")[2]], **value} if reference else value


def _below(schema: Schema, path: str, group: Schema) -> Iterator[Setting]:
    for key, value in group["properties"].items():
        found = _resolved(schema, value)
        if "properties" in found:
            yield from _below(schema, f"{path}.{key}", found)
        else:
            yield _setting(schema, f"{path}.{key}", value)


def _setting(schema: Schema, key: str, value: Schema) -> Setting:
    meaning = _sentence(value.get("description", "")).replace("|", "\\|")
    example = f" E.g. `{value['examples'][0]}`." if value.get("examples") and "default" not in value else ""
    return Setting(key, _kind(_resolved(schema, value)), _default(value), meaning + example)


def _kind(value: Schema) -> str:
    if "enum" in value:
        return " or ".join(f"`{one}`" if one else "empty" for one in value["enum"])
    if "anyOf" in value:
        return next((_kind(one) for one in value["anyOf"] if one["type"] == "integer"), "text")
    low, high = value.get("minimum"), value.get("maximum")
    bounds = f", {low} to {high}" if high is not None else f", at least {low}" if low is not None else ""
    return _KINDS.get(value["type"], str(value.get("format", "text"))) + bounds


def _default(value: Schema) -> str:
    default = value.get("default")
    if default is None:
        return "none"
    if default == "":
        return "empty"
    return f"`{default if isinstance(default, str) else json.dumps(default)}`"


def _sentence(text: str) -> str:
    return " ".join(text.split())


def main() -> None:
    """Writes the page, the schema and the project's file."""
    PAGE.write_text(page(PAGE.read_text("utf-8")))
    PROJECT.write_text(project(PROJECT.read_text("utf-8")))
    SCHEMA.write_text(json.dumps(stack_schema(), indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
