"""The stack's file: read as the settings model has it, and taken back to the letter."""

import os
from pathlib import Path

import pytest

from cadrart_infra.cli.stack_file import StackFile, file_of
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


@pytest.mark.parametrize(
    ("lines", "reported"),
    [
        (
            "<<<<<<< HEAD\n  a: 1\n=======\n  a: 2\n>>>>>>> other\n",
            ", for a merge is not finished: line 2 has its mark; n",
        ),
        ("  a: 1\n  b: 2\n  a: 3\n", " (line 4: a is there twice); nothing was changed"),
        ("  images:\n    blue: {backend: x, backend: y}\n", " (line 3: backend is there twice); nothing"),
        ("\ta: 1\n", " (line 2: found character '\\t' that cannot start any token); nothing"),
        (
            "",
            "The stack has no settings; nothing was changed. Its file, Pulumi.STACK.yaml, is not in this folder, o",
        ),
    ],
    ids=["an unfinished merge", "a key twice", "a key twice inside", "a tab", "empty"],
)
def test_what_is_wrong_in_a_file_is_reported_with_its_line(tmp_path: Path, lines: str, reported: str) -> None:
    (tmp_path / "Pulumi.prod.yaml").write_text("config:\n" + lines)
    with pytest.raises(SettingsError) as refused:
        StackFile(tmp_path, "prod").with_changes({})
    assert reported in str(refused.value)


def test_a_file_that_is_none_of_settings_is_reported_with_the_whole_name_of_its_stack(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.shop.two.yaml").write_text("config: [1]\n")
    with pytest.raises(SettingsError, match=r"pulumi config --stack shop\.two$"):
        StackFile(tmp_path, "cadrart/cadrart-infra/shop.two").with_changes({})


def test_a_change_that_cannot_be_is_refused(file: StackFile) -> None:
    with pytest.raises(SettingsError, match="is not an image name"):
        file.with_changes({"images.green.backend": "no image"})


def test_it_is_taken_back_to_the_letter(file: StackFile) -> None:
    file.path.chmod(0o640)
    file.path.write_text("config: {}\n")
    file.note_own_change()
    assert file.restore() == ""
    assert file.path.read_text() == TEXT
    assert file.path.stat().st_mode & 0o777 == 0o640
    assert [one.name for one in file.path.parent.iterdir()] == [file.path.name]


def test_what_somebody_else_has_written_meanwhile_stays(file: StackFile) -> None:
    file.path.write_text("config: {}\n")
    file.note_own_change()
    file.path.write_text("config: {}  # and an edit\n")
    assert file.restore() == "somebody else has changed it meanwhile"
    assert file.path.read_text() == "config: {}  # and an edit\n"


def test_where_it_cannot_be_written_whole_it_stays_as_it_is(file: StackFile, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, _content: bytes) -> None:
        path.touch()
        raise OSError(28, "No space left on device")

    file.path.write_text("config: {}\n")
    monkeypatch.setattr(Path, "write_bytes", full)
    assert file.restore() == "it cannot be written: No space left on device"
    assert file.path.read_text() == "config: {}\n"
    assert [one.name for one in file.path.parent.iterdir()] == [file.path.name]


def test_a_file_of_somebody_else_is_named_before_anybody_is_asked(
    file: StackFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.require_writable()
    monkeypatch.setattr("os.access", lambda path, mode: not (path == file.path and mode == os.W_OK))  # root may all
    with pytest.raises(SettingsError, match=r"Pulumi\.prod\.yaml cannot be written by this user; nothing was changed"):
        file.require_writable()


def test_a_file_that_is_missing_or_broken_is_reported(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"There is no Pulumi\.prod\.yaml"):
        StackFile(tmp_path, "prod")
    (tmp_path / "Pulumi.prod.yaml").write_text("config: [")
    with pytest.raises(SettingsError, match="cannot be read"):
        StackFile(tmp_path, "prod").with_changes({})


@pytest.mark.parametrize(
    "line", ["? [a, b]\n  : c", "x: !!int abc", "x: 0x_", "x: !!bool maybe", f"x: {'[' * 600}{']' * 600}", "x: \0"]
)
def test_what_the_reader_of_yaml_cannot_take_is_reported_in_a_sentence(tmp_path: Path, line: str) -> None:
    """It ended in a traceback, which no comment of a pull request has."""
    (tmp_path / "Pulumi.prod.yaml").write_text(f"config:\n  {line}\n")
    with pytest.raises(SettingsError, match="cannot be read as a stack's settings"):
        StackFile(tmp_path, "prod").with_changes({})


@pytest.mark.parametrize("name", ["Ünï", "-x", "--help", "a" * 101, "../prod", "a b", "prod\n"])
def test_a_name_that_no_stack_can_have_is_refused(tmp_path: Path, name: str) -> None:
    """Pulumi takes no other letters, and nothing longer; a file was written that no command could name."""
    with pytest.raises(SettingsError, match="is no name of a stack; nothing was changed"):
        file_of(tmp_path, name)
    assert file_of(tmp_path, "shop.eu_2-B").name == "Pulumi.shop.eu_2-B.yaml"


@pytest.mark.parametrize("value", ["2026-11-26", "2026-11-26T08:00:00Z", "20261126", "true"])
def test_what_the_file_has_without_quotes_is_the_text_that_was_typed(tmp_path: Path, value: str) -> None:
    (tmp_path / "Pulumi.prod.yaml").write_text(f"{TEXT}  cadrart-infra:sync:\n    request: {value}\n")
    assert StackFile(tmp_path, "prod").with_changes({}).sync.request == value


@pytest.mark.parametrize(("value", "is_taken_for"), [("1e2", 100), ("010", 8), ("0o10", 8), ("1_000", 1000), ("9.", 9)])
def test_a_number_without_quotes_is_what_pulumi_takes_it_for(tmp_path: Path, value: str, is_taken_for: int) -> None:
    (tmp_path / "Pulumi.prod.yaml").write_text(f"{TEXT}  cadrart-infra:promotion:\n    watch: {value}\n")
    assert StackFile(tmp_path, "prod").with_changes({}).promotion.watch == is_taken_for


@pytest.mark.parametrize("value", ["yes", "on", "1:30"])
def test_what_is_text_to_pulumi_is_text(tmp_path: Path, value: str) -> None:
    (tmp_path / "Pulumi.prod.yaml").write_text(f"{TEXT}  cadrart-infra:sync:\n    request: {value}\n")
    assert StackFile(tmp_path, "prod").with_changes({}).sync.request == value


@pytest.mark.parametrize("secret", ["activeColor: {secure: v1:abc}", "gate: {smokeCommand: {secure: v1:abc}}"])
def test_a_setting_that_was_set_as_a_secret_is_reported_without_its_value(tmp_path: Path, secret: str) -> None:
    (tmp_path / "Pulumi.prod.yaml").write_text(f"config:\n  cadrart-infra:{secret}\n")
    with pytest.raises(SettingsError, match="was set with --secret") as reported:
        StackFile(tmp_path, "prod").with_changes({})
    assert "v1:abc" not in str(reported.value)


@pytest.mark.parametrize(
    ("content", "where"),
    [
        (b"config:\n  cadrart-infra:namespace: caf\xe9\n", "line 2 is not UTF-8: byte 0xe9"),
        (b"config:\n\n  cadrart-infra:namespace: a\x00b\n", "line 3: a character that YAML does not allow"),
    ],
)
def test_what_is_no_text_is_named_with_its_line(content: bytes, where: str, tmp_path: Path) -> None:
    (tmp_path / "Pulumi.prod.yaml").write_bytes(content)
    with pytest.raises(SettingsError, match=where):
        StackFile(tmp_path, "prod").with_changes({})
