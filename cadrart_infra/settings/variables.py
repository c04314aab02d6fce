"""The database server's own settings, as a stack may write them."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from cadrart_infra.server_variables import LOCKS_OUT, OWNED, has_foreign_unit, is_name, is_value, variable_name
from cadrart_infra.settings.errors import refuse


def _variables(given: Any) -> Any:
    """Names and values as a server's file and its statements have them."""
    if not isinstance(given, dict):
        return given
    found: dict[str, str] = {}
    for key, value in given.items():
        name = _name(str(key))
        if name in found:
            raise refuse(f"has {name} in two spellings, of which the server would get either", "Keep one of them")
        found[name] = _value(str(key), value)
    return found


def _name(key: str) -> str:
    name = variable_name(key)
    if not is_name(name):
        raise refuse(f"has {key}, which is no name of a server's variable", "Use its name, e.g. max_connections")
    if name in OWNED:
        raise refuse(f"has {key}, on which the shop's image, volume or Service rely", "Take it out")
    if name in LOCKS_OUT:
        raise refuse(f"has {key}, with which the server lets applications do nothing", "Take it out")
    return name


def _value(key: str, value: Any) -> str:
    text = ("ON" if value else "OFF") if isinstance(value, bool) else "" if value is None else str(value)
    if has_foreign_unit(text):
        raise refuse(f"has {text} for {key}, which no server reads", "Write all digits, or a size such as 256M")
    if not is_value(text):
        raise refuse(
            f"has a value for {key} that is empty, or has other characters than letters, digits and _.,:/=%@+-",
            "Write a number, a size such as 256M, ON, OFF or a word",
        )
    return text


_PLAIN = {"additionalProperties": {"type": ["string", "number", "boolean"]}}

Variables = Annotated[dict[str, str], BeforeValidator(_variables), Field(json_schema_extra=_PLAIN)]
"""Names and values of variables; `max-connections` is the same as `max_connections`."""
