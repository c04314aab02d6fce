"""What people and editors read of the settings is what the program checks them with."""

import json
from pathlib import Path

import pytest
import yaml

from cadrart_infra.settings.reference import PAGE, PROJECT, SCHEMA, page, project, settings, stack_schema

REPOSITORY = Path(__file__).parents[3]
EVERYTHING = [one for _, group in settings() for one in group]


def test_the_page_is_current() -> None:
    assert PAGE.read_text() == page(PAGE.read_text()), "write it again: make docs"


def test_the_schema_is_current() -> None:
    assert json.loads(SCHEMA.read_text()) == stack_schema(), "write it again: make docs"


def test_the_project_s_file_is_current() -> None:
    assert PROJECT.read_text() == project(PROJECT.read_text()), "write it again: make docs"


@pytest.mark.parametrize("setting", EVERYTHING, ids=lambda one: str(one.key))
def test_every_key_says_what_it_means(setting: object) -> None:
    assert getattr(setting, "meaning").endswith((".", ")")), setting  # noqa: B009


def test_bounds_defaults_and_choices_are_the_model_s() -> None:
    by_key = {one.key: one for one in EVERYTHING}
    assert (by_key["drain.timeout"].kind, by_key["drain.timeout"].default) == ("whole number, 5 to 3600", "`60`")
    assert by_key["standby"].kind == "`cold` or `warm`"
    assert by_key["activeColor"].default == "none"
    assert by_key["images.green.backend"].kind == "image"


def test_the_shipped_stack_has_only_keys_of_the_schema() -> None:
    declared = yaml.safe_load((REPOSITORY / "Pulumi.prod.yaml").read_text())["config"]
    known = stack_schema()["properties"]["config"]
    assert declared.keys() <= known["properties"].keys()
    assert set(known["required"]) <= declared.keys()
