"""Values of Secrets pass neither through the settings nor through what is declared: both end in the state, in plain."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from policy.resources import UNKNOWN, Resource, at, pod_template, text
from policy.rules import Rule
from policy.stack import PROVIDER, configuration, leaves

_NAMES = re.compile(
    r"passw(or)?d|passphrase|[_-]pass$|[_-]pwd$|secret|token|api_?key|private_?key|access_?key(?!_?id)|credential", re.I
)
_OF_A_FILE = re.compile(r"[_-](file|path|dir)$", re.I)
"""A variable of such a name says where the value lies."""
_SHAPES = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY"
    r"|\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\."  # a signed token
    r"|\bgh[pousr]_\w{20,}|\bgithub_pat_\w{20,}"
    r"|\w://[^\s/:@]+:[^\s/:@]+@"  # an address with a password
    r"|(^|\s)--?passw(or)?d=[\"']?[^\s\"'$`({<]"
    r"|\bIDENTIFIED\s+(WITH\s+\S+\s+)?(BY|AS)\s+(PASSWORD\s+)?['\"]",
    re.I,
)
_NAME_A_SECRET = ("pull.secret", "ingress.tlsSecret")
"""Settings that hold a Secret's name."""
_NAME_COLUMNS = "sync.masking."
"""Settings whose keys are names of columns."""


def _declared(resource: Resource) -> Iterator[str]:
    if resource.type == PROVIDER:
        return  # the settings; `_settings` looks at them
    if resource.kind == "Secret" and any(resource.props.get(key) for key in ("data", "stringData")):
        yield "it has values, which would lie in Pulumi's state; make the Secret beside the program"
    for where, value in leaves(resource.props):
        if _SHAPES.search(text(value)):
            yield f"{where} holds what looks like a password or a key"
    if resource.kind == "ConfigMap":
        yield from _keys(at(resource.props, "data"), "data")
        yield from _keys(at(resource.props, "binaryData"), "binaryData")
    yield from _variables(resource)


def _keys(data: Any, where: str) -> Iterator[str]:
    if data is UNKNOWN:
        yield "which keys it has is not known yet"
        return
    yield from (f"{where}.{key} is named like a secret" for key in data or () if _named(key))


def _variables(resource: Resource) -> Iterator[str]:
    template = pod_template(resource)
    for variable in template.variables() if template else ():
        name, value = at(variable, "name"), at(variable, "value")
        is_place = _OF_A_FILE.search(text(name)) and text(value).startswith("/")
        if _named(name) and not is_place and value not in (None, ""):
            yield f"variable {name} is a plain value; take it from a Secret with valueFrom"


def _settings(resources: Sequence[Resource]) -> Iterator[tuple[Resource, str]]:
    resource, settings = configuration(resources)
    for key, value in leaves(settings) if resource else ():
        named = _named(key.rpartition(".")[2]) and key not in _NAME_A_SECRET and not key.startswith(_NAME_COLUMNS)
        if resource and value and (named or _SHAPES.search(text(value))):
            yield resource, f"the setting {key} holds a password or a key; remove it: pulumi config rm --path {key}"


def _named(name: object) -> bool:
    return isinstance(name, str) and bool(_NAMES.search(name))


DECLARED = Rule("no-secret-values", "No value of a Secret stands in what is declared.", each=_declared)
SETTINGS = Rule("no-secret-settings", "No value of a Secret stands in the settings.", whole=_settings)
