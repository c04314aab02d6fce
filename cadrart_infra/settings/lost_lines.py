"""Settings that stand in a stack's file and that Pulumi leaves out without a word."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import yaml

from cadrart_infra.model import PROGRAM
from cadrart_infra.settings.errors import SettingsError


def refuse_lost_lines(file: Path) -> None:
    """Raises SettingsError where a stack's file has settings that Pulumi leaves out without a word.

    It reads only what stands under `config:` of the first document, and of a key in two spellings only one, now this
    one and now that one. Pulumi reports what else is wrong with the file.
    """
    try:
        content = file.read_bytes()
    except OSError:
        return
    parts = _parts(content)
    problems = (*_outside_of_config(content), *_under_another_key(parts), *_in_another_spelling(parts.get("config")))
    for line, problem in problems:
        raise SettingsError(
            f"The stack's settings cannot be used; nothing was changed.\n  Line {line} of {file.name} {problem}."
        )


def program_and_name(key: str) -> tuple[str, str]:
    """Whose setting a key is and what it is called, in whichever of Pulumi's spellings: with its program or without."""
    program, _, name = key.rpartition(":")
    return program.removesuffix(":config") or PROGRAM, name


def _outside_of_config(content: bytes) -> Iterator[tuple[int, str]]:
    try:
        lines = content.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        return
    begun = False
    for number, line in enumerate(lines, 1):
        if line.startswith(f"{PROGRAM}:"):
            yield number, "begins at the left edge, so that it is no part of config. Indent it as the others are"
        elif begun and re.match(r"---(\s|$)", line):
            yield number, "begins a second document, which nobody reads. Put its settings under the config above"
        else:
            begun = begun or bool(line.strip() and not line.lstrip().startswith(("#", "---", "%")))


def _under_another_key(parts: Mapping[str, yaml.Node]) -> Iterator[tuple[int, str]]:
    for name, part in parts.items():
        for key, line in _keys(part):
            if name != "config" and key.startswith(f"{PROGRAM}:"):
                yield line, f"stands under {name}, where nobody reads it. Put it under config"


def _in_another_spelling(config: yaml.Node | None) -> Iterator[tuple[int, str]]:
    seen: dict[tuple[str, str], str] = {}
    for key, line in _keys(config):
        program, name = program_and_name(key)
        before = seen.setdefault((program, name), key)
        if before != key:
            yield line, f"has {key}, which is {before} once more, and Pulumi takes either. Keep {program}:{name} alone"


def _parts(content: bytes) -> dict[str, yaml.Node]:
    """What stands under each key at the left edge; nothing of a file that cannot be read."""
    try:
        document = yaml.compose(content, yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError):
        return {}
    return {str(key.value): part for key, part in document.value} if isinstance(document, yaml.MappingNode) else {}


def _keys(part: yaml.Node | None) -> Iterator[tuple[str, int]]:
    """Its keys with their lines."""
    if isinstance(part, yaml.MappingNode):
        yield from ((str(name.value), name.start_mark.line + 1) for name, _ in part.value)
