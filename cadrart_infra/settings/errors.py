"""What a user reads of settings that are wrong: the key, the value, the remedy."""

import difflib
import json
from collections.abc import Collection, Sequence
from typing import Any, TypeGuard, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails, PydanticCustomError

from cadrart_infra.user_errors import UserError

_NO_KEYS = ("model_type", "model_attributes_type", "dict_type")
_NO_LIST = ("tuple_type", "list_type")
"""Of pydantic's errors, those about a value that is not made of keys and values, or of several values."""


class SettingsError(UserError):
    """The stack's settings cannot be used; the text says what to change."""


def refuse(problem: str, remedy: str, *, key: str = "", value: Any = None) -> PydanticCustomError:
    """An error for a validator to raise: what is wrong with the value and what to do instead.

    `key` and `value` are given where the validator looks at more than one key; otherwise they are known already.
    """
    context = {"problem": problem, "remedy": remedy, "key": key, "value": value}
    return PydanticCustomError("refused", "{problem}. {remedy}.", context)


def explain(error: ValidationError, model: type[BaseModel]) -> str:
    """One text with every wrong key of `model`, its value and the remedy."""
    details: dict[tuple[str, ...], ErrorDetails] = {}
    for detail in error.errors(include_url=False):
        path = _path(detail, model)
        if path not in details or detail["type"] == "refused":  # a key with a choice of types has one error for each
            details[path] = detail
    lines = [_line(list(path), detail, model) for path, detail in details.items()]
    return "\n".join(["The stack's settings cannot be used; nothing was changed.", *(f"  {line}" for line in lines)])


def _path(detail: ErrorDetails, model: type[BaseModel]) -> tuple[str, ...]:
    """The keys that lead to a value, without what pydantic adds of its type."""
    path = tuple(str(part) for part in detail["loc"])
    for length, key in enumerate(path, 1):
        field = _field(model, key)
        if field is None:
            return path
        if not _is_model(field.annotation):
            inside = 1 if get_origin(field.annotation) in (dict, list, tuple) else 0
            return path[: length + inside]
        model = field.annotation
    return path


def secret_keys(keys: Collection[str], model: type[BaseModel]) -> str:
    """One text for settings that were set with `--secret`; their values stay unsaid."""
    lines = []
    for key in sorted(keys):
        plain = f"pulumi config set --plaintext {key} VALUE"
        if key in _keys(model) and _model_at([key], model) is not model:
            plain = f"pulumi config set --plaintext --path {key}.KEY VALUE"
        lines.append(
            f"  {key} was set with --secret, but settings are shown in labels, tables and messages. "
            f"Set it again without: {plain}"
        )
    return "\n".join(["The stack's settings cannot be used; nothing was changed.", *lines])


def misplaced_keys(keys: Collection[str], program: str, model: type[BaseModel]) -> str:
    """One text for keys that Pulumi takes for another program's; their values stay unsaid."""
    lines = [
        f"  {key} is read by nobody, because the settings of this program begin with {program}:. "
        f"{_own_command(key.rpartition(':')[2], key, model)}Remove it: pulumi config rm {key}"
        for key in sorted(keys)
    ]
    return "\n".join(["The stack's settings cannot be used; nothing was changed.", *lines])


def _own_command(name: str, key: str, model: type[BaseModel]) -> str:
    """How a setting is typed that stands under another program's name; empty where there is none like it."""
    path = [key.partition(":")[0], name]  # as of kubernetes:context
    if path[0] not in _keys(model) or name not in _keys(_model_at(path[:1], model)):
        path = difflib.get_close_matches(name, _keys(model), n=1)
    if not path:
        return ""
    inner = ".KEY" if _model_at(path, model) is not _model_at(path[:-1], model) else ""
    return f"Set it: pulumi config set {'--path ' if len(path) > 1 or inner else ''}{_typed(path)}{inner} VALUE. "


def is_setting(name: str, model: type[BaseModel]) -> bool:
    """Whether a key, without a program's name before it, is one of the settings'."""
    return name.split(".", maxsplit=1)[0] in _keys(model)


def _line(path: Sequence[str], detail: ErrorDetails, model: type[BaseModel]) -> str:
    key, context = ".".join(path), detail.get("ctx", {})
    match detail["type"]:
        case "extra_forbidden":
            return _unknown_key(path, model)
        case "missing":
            return f"{key} is missing. Set it: {_commands(path, model)}"
        case "refused":
            return _refused(key, detail)
        case "enum" | "literal_error":
            problem = f"is none of {context['expected']}"
        case kind if kind in _NO_KEYS:
            problem = "stands where keys and their values have to be"
        case "int_parsing" | "int_type" | "int_from_float":
            unit = ", a time in seconds" if _is_time(path, model) else ""
            problem = f"is no whole number; write it in digits{unit}"
        case "bool_parsing" | "bool_type":
            problem = "is neither true nor false"
        case "string_too_short" | "too_short":
            problem = "is empty"
        case "string_type" if isinstance(detail["input"], list):
            problem = "is a list, where one text has to be"
        case kind if kind in _NO_LIST:
            problem, path = "is no list", [*path, "0"]
        case _:
            problem = "does not fit: " + detail["msg"][:1].lower() + detail["msg"][1:]
    return f"{key}: {_shown(detail['input'])} {problem}. Set it: {_removal(key, detail)}{_commands(path, model)}"


def _removal(key: str, detail: ErrorDetails) -> str:
    """What has to go before Pulumi sets anything below the key: a list, or a text where a list has to be."""
    in_the_way = str if detail["type"] in _NO_LIST else list
    if detail["type"] not in (*_NO_LIST, *_NO_KEYS) or not isinstance(detail["input"], in_the_way):
        return ""
    return f"pulumi config rm {'--path ' if '.' in key else ''}{key} && "


def _shown(value: Any) -> str:
    """As the file of settings has it; what nobody would see on a screen as JSON's escape, e.g. a no-break space."""
    text = json.dumps(value, default=str, ensure_ascii=False)
    return "".join(sign if sign.isprintable() else json.dumps(sign)[1:-1] for sign in text)


def _refused(key: str, detail: ErrorDetails) -> str:
    """A validator's own text, with the key and the value unless it speaks of several keys."""
    context = detail["ctx"]
    if context["key"]:
        key, value = context["key"], context["value"]
    else:
        value = detail["input"]
    shown = "" if isinstance(value, dict | BaseModel) else f"{_shown(value)} "
    return f"{key}: {shown}{detail['msg']}"


def _commands(path: Sequence[str], model: type[BaseModel]) -> str:
    """What to type for a key; for a structured key, for each key below it."""
    below = _model_at(path, model)
    if below is not _model_at(path[:-1], model):
        return " && ".join(_commands([*path, key], model) for key in _keys(below))
    return f"pulumi config set {'--path ' if len(path) > 1 else ''}{_typed(path)} VALUE"


def _typed(path: Sequence[str]) -> str:
    """Keys as the shell and Pulumi take them; a place in a list stands in brackets."""
    text = "".join(f"[{key}]" if key.isdigit() else f".{key}" for key in path).removeprefix(".")
    return f"'{text}'" if "[" in text else text


def _unknown_key(path: Sequence[str], model: type[BaseModel]) -> str:
    """A key that nobody knows; its value stays unsaid, because it may be a password in the wrong place."""
    key = ".".join(path)
    remove = f"pulumi config rm {'--path ' if len(path) > 1 else ''}{key}"
    if len(path) == 1 and path[0].split(".")[0] in _keys(model):
        return f"{key} was set as one flat key. Set it with --path: {remove}; pulumi config set --path {key} VALUE"
    known = _keys(_model_at(path[:-1], model))
    nearest = difflib.get_close_matches(path[-1], known, n=1, cutoff=0.5)
    hint = (
        f"Did you mean {'.'.join([*path[:-1], *nearest])}?" if nearest else f"Known here: {', '.join(sorted(known))}."
    )
    return f"{key} is not a known key. {hint} Remove it: {remove}"


def _keys(model: type[BaseModel]) -> list[str]:
    return [field.alias or name for name, field in model.model_fields.items()]


def _model_at(path: Sequence[str], model: type[BaseModel]) -> type[BaseModel]:
    """The model of the settings under a path of keys, the last one on the way to a key that is none of its own."""
    for key in path:
        field = _field(model, key)
        if field is None:
            break
        if _is_model(field.annotation):
            model = field.annotation
    return model


def _is_time(path: Sequence[str], model: type[BaseModel]) -> bool:
    field = _field(_model_at(path[:-1], model), path[-1])
    extra = field.json_schema_extra if field else None
    return isinstance(extra, dict) and extra.get("format") == "seconds"


def _field(model: type[BaseModel], key: str) -> FieldInfo | None:
    return next((field for name, field in model.model_fields.items() if (field.alias or name) == key), None)


def _is_model(annotation: Any) -> TypeGuard[type[BaseModel]]:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)
