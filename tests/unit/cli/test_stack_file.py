"""The stack's file: read as the settings model has it, and taken back to the letter."""

from pathlib import Path

import pytest

from cadrart_infra.cli.stack_file import StackFile
from cadrart_infra.settings import SettingsError

TEXT = """\
# a comment that has to stay
config:
  cadrart-infra:activeColor: blue
  cadrart-infra:images:
    blue: {frontend: "shop/frontend:1", backend: "shop/backend:1"}
    green: {frontend: "shop/frontend:1", backend: "shop/backend:1"}
  other:key: not ours
"""


@pytest.fixture
def file(tmp_path: Path) -> StackFile:
    (tmp_path / "Pulumi.prod.yaml").write_text(TEXT)
    return StackFile(tmp_path, "prod")


def test_changes_are_tried_without_writing(file: StackFile) -> None:
    changed = file.with_changes({"activeColor": "green", "images.green.backend": "shop/backend:2", "sync.request": "x"})
    assert (changed.active_color, changed.sync.request) == ("green", "x")
    assert "shop/backend:2" in changed.images.green.by_workload().values()
    assert file.with_changes({}).active_color == "blue"
    assert file.path.read_text() == TEXT


def test_a_change_that_cannot_be_is_refused(file: StackFile) -> None:
    with pytest.raises(SettingsError, match="is not an image name"):
        file.with_changes({"images.green.backend": "no image"})


def test_it_is_taken_back_to_the_letter(file: StackFile) -> None:
    file.path.write_text("config: {}\n")
    file.take_back()
    assert file.path.read_text() == TEXT


def test_a_file_that_is_missing_or_broken_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"There is no Pulumi\.prod\.yaml"):
        StackFile(tmp_path, "prod")
    (tmp_path / "Pulumi.prod.yaml").write_text("config: [")
    with pytest.raises(SettingsError, match="cannot be read"):
        StackFile(tmp_path, "prod").with_changes({})
