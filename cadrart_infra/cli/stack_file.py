"""A stack's settings file: read before Pulumi runs, and restored if the command's own change was not carried out."""

import os
import re
import shutil
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from cadrart_infra.model import NAMESPACE, PROGRAM
from cadrart_infra.settings import Settings, SettingsError, own_values, parse, refuse_lost_lines, refuse_secrets
from cadrart_infra.settings.values import is_namespace

_NAME = re.compile(r"(?!-)[\w.-]{1,100}", re.ASCII)
"""As Pulumi takes it; and what begins with a hyphen is an option to each command that gets it."""
_CONFLICT = b"<<<<<<< "
"""How Git marks the lines that two people have changed."""
_NO_VALUES = (ValueError, TypeError, KeyError, RecursionError)
"""How the reader ends on `!!int x`, on a list as a key, on `!!bool x`, and on lists in lists without an end."""
_PLAIN_VALUES = {
    "bool": "true|True|TRUE|false|False|FALSE",
    "int": r"[-+]?(0b[01_]+|0o?[0-7_]+|0x[0-9a-fA-F_]+|0|[1-9][0-9_]*)",
    "float": r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?",
    "null": "~|null|Null|NULL|",
    "merge": "<<",
}
"""What Pulumi's reader takes for more than text where it stands without quotes: `1e2` is a number there, and `yes` and
`1:30` are text. Of its own, dates are left out."""


class _Loader(yaml.SafeLoader):
    """A YAML loader that reads values as Pulumi does, but dates as text, and refuses duplicate keys as it does."""

    yaml_implicit_resolvers = {  # noqa: RUF012 (the base class's own attribute)
        None: [(f"tag:yaml.org,2002:{kind}", re.compile(rf"({it})\Z")) for kind, it in _PLAIN_VALUES.items()]
    }

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Refuses duplicate keys, which a Git merge may leave."""
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.constructor.ConstructorError(
                    problem=f"{key.value} is there twice", problem_mark=key.start_mark
                )
            seen.add(str(key.value))
        return super().construct_mapping(node, deep)


def _is_secret(value: Any) -> bool:
    """Whether a value, or one nested in it, is encrypted by Pulumi."""
    if not isinstance(value, dict):
        return False
    return set(value) == {"secure"} or any(map(_is_secret, value.values()))


def own_name(stack: str) -> str:
    """The stack's name without organization and project; raises SettingsError."""
    *place, name = stack.split("/")
    if len(place) == 2 and place[1] != PROGRAM:
        raise SettingsError(
            f"{stack} is a stack of the project {place[1]}, and this is {PROGRAM}; nothing was changed. See the stacks "
            "of this one: pulumi stack ls"
        )
    return name if len(place) <= 2 else stack


def file_of(folder: Path, name: str) -> Path:
    """The path of a stack's settings file, existing or not; raises SettingsError for an impossible name."""
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

    @cached_property
    def settings(self) -> Settings:
        """The settings as the file has them; raises SettingsError."""
        return self.with_changes({})

    def with_changes(self, changes: Mapping[str, str]) -> Settings:
        """The settings with these dotted keys set; raises SettingsError. Writes nothing."""
        values = self._values()
        refuse_secrets([key for key, value in values.items() if _is_secret(value)])
        for key, value in changes.items():
            *path, last = key.split(".")
            place = values
            for part in path:
                place = place.setdefault(part, {})
            place[last] = value
        return parse(values)

    def place(self) -> tuple[str, str]:
        """Namespace and kubeconfig context, whatever else is wrong in the file; raises SettingsError."""
        values = self._values()
        namespace, cluster = values.get("namespace") or NAMESPACE, values.get("kubernetes") or {}
        context = cluster.get("context") or "" if isinstance(cluster, dict) else None
        if not (values and isinstance(namespace, str) and is_namespace(namespace) and isinstance(context, str)):
            raise SettingsError(f"{self.path.name} does not say where the shop is; nothing was changed.")
        return namespace, context

    def require_writable(self) -> None:
        """Raises SettingsError where this user may not write the file: before anybody is asked."""
        if not os.access(self.path, os.W_OK):
            raise SettingsError(
                f"{self.path} cannot be written by this user; nothing was changed. See whose it is, and let this user "
                f"write it: ls -l {self.path}"
            )

    def note_own_change(self) -> None:
        """Remembers the file with the command's own change; any later change is somebody else's."""
        self._after = self.path.read_bytes()

    def is_unchanged(self) -> bool:
        """Whether the file is as it was when the command began; raises OSError."""
        return self.path.read_bytes() == self._before

    def restore(self) -> str:
        """Restores the file as it was when the command began; returns why not as part of a sentence, else empty."""
        try:
            now = self.path.read_bytes()
            if now == self._before:
                return ""
            if self._after is not None and now != self._after:
                return "somebody else has changed it meanwhile"
            self._write_whole()
        except OSError as error:
            return f"it cannot be written: {error.strerror}"
        return ""

    def _write_whole(self) -> None:
        """Writes the file atomically: a full disk must not leave it empty."""
        path = self.path.resolve()
        whole = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            whole.write_bytes(self._before)
            shutil.copymode(path, whole)
            whole.replace(path)
        finally:
            whole.unlink(missing_ok=True)

    def _values(self) -> dict[str, Any]:
        refuse_lost_lines(self.path)
        try:
            config = (yaml.load(self._before, _Loader) or {}).get("config") or {}
            return own_values(config)
        except (yaml.YAMLError, AttributeError, *_NO_VALUES) as error:
            raise SettingsError(
                f"{self.path} cannot be read as a stack's settings{self._where(error)}; nothing was changed. "
                f"Correct it, then look at it: pulumi config --stack {self._stack}"
            ) from None

    def _where(self, error: Exception) -> str:
        """What is wrong and, if known, in which line; names an unfinished merge as such."""
        for number, line in enumerate(self._before.splitlines(), 1):
            if line.startswith(_CONFLICT):
                return f", for a merge is not finished: line {number} has its mark"
        if isinstance(error, yaml.MarkedYAMLError) and error.problem and error.problem_mark:
            return f" (line {error.problem_mark.line + 1}: {error.problem})"
        return self._unreadable(error)

    def _unreadable(self, error: Exception) -> str:
        """The line with what is no text, where that is the error; else empty."""
        try:
            text = self._before.decode("utf-8-sig")
        except UnicodeDecodeError as wrong:
            line = self._before[: wrong.start].count(b"\n") + 1
            return f" (line {line} is not UTF-8: byte {self._before[wrong.start]:#04x})"
        if isinstance(error, yaml.reader.ReaderError):
            line = text[: error.position].count("\n") + 1
            return f" (line {line}: a character that YAML does not allow)"
        return ""
