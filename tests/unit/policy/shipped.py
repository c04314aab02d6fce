"""The stacks that are shipped with the program, and what it declares, as plain data."""

from pathlib import Path
from typing import Any

import yaml
from google.protobuf import json_format

from policy.stack import PROJECT

REPOSITORY = Path(__file__).parents[3]
STACKS = sorted(REPOSITORY.glob("Pulumi.*.yaml"))


def config(stack: Path) -> dict[str, Any]:
    values = yaml.safe_load(stack.read_text())["config"]
    return {key.removeprefix(PROJECT): value for key, value in values.items()}


def as_data(properties: Any) -> dict[str, Any]:
    data: dict[str, Any] = json_format.MessageToDict(properties)
    return data
