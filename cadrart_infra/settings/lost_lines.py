"""Settings that stand in a stack's file and that Pulumi leaves out without a word."""

import re
from collections.abc import Iterator
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
    for line, problem in (*_outside_of_config(content), *_in_another_spelling(content)):
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


def _in_another_spelling(content: bytes) -> Iterator[tuple[int, str]]:
    seen: dict[tuple[str, str], str] = {}
    for key, line in _keys(content):
        program, name = program_and_name(key)
        before = seen.setdefault((program, name), key)
        if before != key:
            yield line, f"has {key}, which is {before} once more, and Pulumi takes either. Keep {program}:{name} alone"


def _keys(content: bytes) -> Iterator[tuple[str, int]]:
    """The keys under `config:` with their lines; none of a file that cannot be read."""
    try:
        document = yaml.compose(content, yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError):
        return
    for key, config in document.value if isinstance(document, yaml.MappingNode) else ():
        if key.value == "config" and isinstance(config, yaml.MappingNode):
            yield from ((str(name.value), name.start_mark.line + 1) for name, _ in config.value)
