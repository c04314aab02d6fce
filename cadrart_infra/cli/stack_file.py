"""A stack's settings file, as a command reads it before Pulumi runs, and as it takes its own change back."""

import copy
import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from cadrart_infra.model import PROGRAM
from cadrart_infra.settings import Settings, SettingsError, own_values, parse, refuse_lost_lines, refuse_secrets

_NAME = re.compile(r"(?!-)[\w.-]{1,100}", re.ASCII)
"""As Pulumi takes it; and what begins with a hyphen is an option to each command that is told it."""
_CONFLICT = b"<<<<<<< "
"""How Git marks the lines that two people have changed."""
_NO_VALUES = (ValueError, TypeError, KeyError, RecursionError)
"""How the reader ends on `!!int x`, on a list as a key, on `!!bool x`, and on lists in lists without an end."""
_TIMESTAMP = "tag:yaml.org,2002:timestamp"


class _Loader(yaml.SafeLoader):
    """Takes a date for the text that it is, as a setting means it, and no key twice, as Pulumi."""

    yaml_implicit_resolvers = {  # noqa: RUF012 (the base class's own attribute)
        first: [(tag, pattern) for tag, pattern in resolvers if tag != _TIMESTAMP]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """A merge leaves a key twice at times, and neither of its values is what everybody meant."""
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.constructor.ConstructorError(
                    problem=f"{key.value} is there twice", problem_mark=key.start_mark
                )
            seen.add(str(key.value))
        return super().construct_mapping(node, deep)


def _is_secret(value: Any) -> bool:
    """Whether Pulumi has encrypted a value, or one below it."""
    if not isinstance(value, dict):
        return False
    return set(value) == {"secure"} or any(map(_is_secret, value.values()))


def own_name(stack: str) -> str:
    """A stack's name alone, of how Pulumi may be told it: `organization/project/name`; raises SettingsError."""
    *place, name = stack.split("/")
    if len(place) == 2 and place[1] != PROGRAM:
        raise SettingsError(
            f"{stack} is a stack of the project {place[1]}, and this is {PROGRAM}; nothing was changed. See the stacks "
            "of this one: pulumi stack ls"
        )
    return name if len(place) <= 2 else stack


def file_of(folder: Path, name: str) -> Path:
    """Where a stack's settings are, or would be; raises SettingsError for a name that no stack can have."""
    if not _NAME.fullmatch(name):
        raise SettingsError(
            f"{name!r} is no name of a stack; nothing was changed. One has up to 100 letters (a to z, A to "
            "Z), digits and ._- alone, and does not begin with -. "
            "See those that there are: pulumi stack ls"
        )
    return folder / f"Pulumi.{name}.yaml"


class StackFile:
    """`Pulumi.<stack>.yaml` in the program's folder."""

    def __init__(self, folder: Path, stack: str) -> None:
        self._stack = own_name(stack)
        self.path = file_of(folder, self._stack)
        self._after: bytes | None = None
        try:
            self._before = self.path.read_bytes()
        except FileNotFoundError:
            raise SettingsError(
                f"There is no {self.path.name} in {folder}; nothing was changed. Use --stack, or make one: "
                f"cadrart new-stack {stack}"
            ) from None
        except OSError as error:
            raise SettingsError(
                f"{self.path} cannot be read ({error.strerror}); nothing was changed. Correct that, or use --stack."
            ) from None

    def with_changes(self, changes: Mapping[str, str]) -> Settings:
        """The settings as they would be with these keys (dotted) set; raises SettingsError. Writes nothing."""
        refuse_lost_lines(self.path)
        values = copy.deepcopy(self._values())
        refuse_secrets([key for key, value in values.items() if _is_secret(value)])
        for key, value in changes.items():
            *path, last = key.split(".")
            place = values
            for part in path:
                place = place.setdefault(part, {})
            place[last] = value
        return parse(values)

    def was_set(self) -> None:
        """What the command sets stands in the file now; whatever is changed after this is somebody else's."""
        self._after = self.path.read_bytes()

    def is_as_before(self) -> bool:
        """Whether the file is as it was when the command began; raises OSError where it cannot be read."""
        return self.path.read_bytes() == self._before

    def take_back(self) -> str:
        """Leaves the file as it was when the command began; where it cannot, why, as part of a sentence."""
        try:
            now = self.path.read_bytes()
            if now == self._before:
                return ""
            if self._after is not None and now != self._after:
                return "somebody else has changed it meanwhile"
            self._put_back()
        except OSError as error:
            return f"it cannot be written: {error.strerror}"
        return ""

    def _put_back(self) -> None:
        """All of it or nothing: on a full disk the file would be empty otherwise."""
        path = self.path.resolve()
        whole = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            whole.write_bytes(self._before)
            shutil.copymode(path, whole)
            whole.replace(path)
        finally:
            whole.unlink(missing_ok=True)

    def _values(self) -> dict[str, Any]:
        try:
            config = (yaml.load(self._before, _Loader) or {}).get("config") or {}
            return own_values(config)
        except (yaml.YAMLError, AttributeError, *_NO_VALUES) as error:
            raise SettingsError(
                f"{self.path} cannot be read as a stack's settings{self._where(error)}; nothing was changed. "
                f"Correct it, then look at it: pulumi config --stack {self._stack}"
            ) from None

    def _where(self, error: Exception) -> str:
        """What is wrong and in which line, where that is known; an unfinished merge is named as such."""
        for number, line in enumerate(self._before.splitlines(), 1):
            if line.startswith(_CONFLICT):
                return f", for a merge is not finished: line {number} has its mark"
        if isinstance(error, yaml.MarkedYAMLError) and error.problem and error.problem_mark:
            return f" (line {error.problem_mark.line + 1}: {error.problem})"
        return ""
