"""Kinds of values that settings share, and how a wrong one is refused."""

import re
from typing import Annotated, Any, get_args

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, field_validator
from pydantic.alias_generators import to_camel

from cadrart_infra.settings.errors import refuse

_HOST = r"[a-z0-9]+([.-][a-z0-9]+)*(:[0-9]{1,5})?"
_PART = r"[a-z0-9]+((\.|__?|-+)[a-z0-9]+)*"
IMAGE = re.compile(
    rf"(?P<name>({_HOST}/)?{_PART}(/{_PART})*)(:(?P<tag>\w[\w.-]{{0,127}}))?(?P<digest>@sha256:[0-9a-f]{{64}})?",
    re.ASCII,
)
"""As the cluster reads it: a colon before the first slash is a port's, one after the last slash a tag's."""
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_CPU = re.compile(r"[1-9][0-9]{0,2}|[1-9][0-9]{0,5}m")
_BYTES = re.compile(r"[1-9][0-9]{0,17}|[1-9][0-9]{0,8}(Mi|Gi|Ti)")
_LEAST_BYTES = 1 << 20
_NAME = r"^(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$"
_VERSION = re.compile(r"v?[0-9]+(\.[0-9]+)*")
_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://(\[[0-9a-f:]+\]|[a-z0-9*_.-]+)(:[0-9]{1,5})?|\*")
_DAY = 86_400
HIGHEST_USER = 2**31 - 1
"""Of the numbers that a container can run as."""


class Model(BaseModel):
    """A group of settings. Keys are in camelCase; an unknown one is refused.

    Pulumi hands over whatever looks like a number as a number, also where text is meant.
    """

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        extra="forbid",
        frozen=True,
        coerce_numbers_to_str=True,
    )

    @field_validator("*", mode="before")
    @classmethod
    def _is_no_truth_value(cls, value: Any, field: ValidationInfo) -> Any:
        """Python takes `true` for 1, and a person who wrote it did not mean a number."""
        wanted = cls.model_fields[field.field_name or ""].annotation
        if isinstance(value, bool) and {int, float} & _types_of(wanted):
            raise refuse("is no number", "Write one in digits")
        return value


def _types_of(annotation: Any) -> set[Any]:
    """What an annotation is made of: its own type, or those of a choice, without what Annotated adds."""
    return {annotation}.union(
        *map(_types_of, get_args(annotation)[: 1 if hasattr(annotation, "__metadata__") else None])
    )


def _image(value: str) -> str:
    if _VERSION.fullmatch(value):
        raise refuse("is a version alone", "Write the image's name before it: registry/name:version")
    if not IMAGE.fullmatch(value):
        raise refuse(
            "is not an image name", "Write it as registry/name:version, e.g. ghcr.io/manuszep/cadrart2025-backend:1.4.2"
        )
    return value


def _host(value: str) -> str:
    labels = value.split(".")
    is_address = labels[-1].isdigit()  # which an Ingress does not take
    if is_address or len(value) > 253 or len(labels) < 2 or not all(map(_LABEL.fullmatch, labels)):
        raise refuse(
            "is not a host name",
            "Write it in lower case without https://, port and path, accents as xn--…, e.g. ateliercadrart.com",
        )
    return value


def _origins(value: str) -> str:
    """A browser never sends what has a path, a slash at its end or capitals, so that its requests would be refused."""
    if value and not all(_ORIGIN.fullmatch(one.strip()) for one in value.split(",")):
        raise refuse(
            "is no list of origins",
            "Write each as a browser sends it, scheme and host in lower case without a slash at its end, with commas "
            "between them, e.g. https://ateliercadrart.com,https://www.ateliercadrart.com",
        )
    return value


def is_namespace(value: str) -> bool:
    """Whether a namespace can have this name."""
    return bool(_LABEL.fullmatch(value))


_CLUSTERS_OWN = "kube-"
"""How the names of namespaces begin that Kubernetes reserves for itself."""


def _namespace(value: str) -> str:
    if not is_namespace(value):
        raise refuse(
            "is not the name of a namespace",
            "Use 1 to 63 lower-case letters, digits and '-', and no dot, e.g. cadrart",
        )
    if value.startswith(_CLUSTERS_OWN):
        raise refuse("is one of the cluster's own namespaces", "Use one that is made for the shop, e.g. cadrart")
    return value


def _name(value: str) -> str:
    if not re.fullmatch(_NAME, value):
        raise refuse(
            "is no name of an object of the cluster", "Use lower-case letters, digits, '-' and '.', e.g. cadrart-tls"
        )
    return value


def _cpu(value: str) -> str:
    if not _CPU.fullmatch(value):
        raise refuse(
            "is not a quantity of processor time", "Write thousandths of a core, e.g. 500m, or whole cores, e.g. 2"
        )
    return value


def _size(value: str) -> str:
    if not _BYTES.fullmatch(value):
        raise refuse(
            "is not a quantity of memory or storage", "Write a whole number and its unit, Mi, Gi or Ti, e.g. 10Gi"
        )
    if bytes_of(value) < _LEAST_BYTES:
        raise refuse("is a number of bytes, and of no use", "Write its unit too: Mi, Gi or Ti, e.g. 10Gi")
    return value


def _text(value: Any) -> Any:
    """What Pulumi took for a truth value, as it was typed."""
    return str(value).lower() if isinstance(value, bool) else value


def _command(value: str) -> str:
    if value and not value.strip():
        raise refuse("is blank, and a shell that runs it would always be content", "Write the command, or leave it out")
    return value


def bytes_of(quantity: str) -> int:
    """A quantity of memory or storage in bytes."""
    powers = {"Mi": 20, "Gi": 30, "Ti": 40}
    return int(quantity[:-2]) << powers[quantity[-2:]] if quantity[-2:] in powers else int(quantity)


def thousandths_of(cpu: str) -> int:
    """Processor time in thousandths of a core."""
    return int(cpu[:-1]) if cpu.endswith("m") else int(cpu) * 1000


Image = Annotated[
    str,
    AfterValidator(_image),
    Field(examples=["ghcr.io/manuszep/cadrart2025-backend:1.4.2"], json_schema_extra={"format": "image"}),
]
Host = Annotated[str, AfterValidator(_host), Field(json_schema_extra={"format": "host name"})]
Origins = Annotated[str, AfterValidator(_origins)]
Namespace = Annotated[str, AfterValidator(_namespace)]
Name = Annotated[str, AfterValidator(_name), Field(json_schema_extra={"pattern": _NAME})]
Cpu = Annotated[str, AfterValidator(_cpu), Field(json_schema_extra={"format": "quantity"})]
Size = Annotated[str, AfterValidator(_size), Field(json_schema_extra={"format": "quantity"})]
Duration = Annotated[int, Field(json_schema_extra={"format": "seconds"})]
"""Whole seconds, as many as its setting takes."""
Seconds = Annotated[Duration, Field(le=_DAY)]
"""At most a day: more is a number with a digit too many, and what the cluster counts in does not hold every number."""
Text = Annotated[str, BeforeValidator(_text)]
"""Any text, also one that looks like a number or a truth value."""
Command = Annotated[Text, AfterValidator(_command)]
"""A line for the shell; empty for none."""
