"""A pod works with its own environment's account, claim, configuration and tokens, and with nothing of the other's."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any, NamedTuple

from policy import vocabulary as names
from policy.exceptions import OLDER_PODS_SHARE_TOKENS
from policy.resources import UNKNOWN, PodTemplate, Resource, at, elements, may_be, pod_template, text
from policy.rules import Rule

_OTHER = {names.PRODUCTION: names.STAGING, names.STAGING: names.PRODUCTION}
_OF_A_DRIVER = (("secretRef", "name"), ("nodePublishSecretRef", "name"), ("secretName",))
_NAMED = {names.PRODUCTION: "production", names.STAGING: "staging"}


class Use(NamedTuple):
    """A Secret or ConfigMap that pods use, by its key; None for the whole of it."""

    name: Any
    key: Any


def _keep_to_their_environment(resource: Resource) -> Iterator[str]:
    template = pod_template(resource)
    if template is None:
        return
    environment = template.environment
    if environment in _OTHER:
        older = at(resource.props, "metadata", "annotations", names.READS_SECRETS) is not None
        yield from _foreign_secrets(template, environment, OLDER_PODS_SHARE_TOKENS.keys() if older else ())
        yield from _foreign_configs(template, environment)
        yield from _foreign_claims(template, environment)
    elif environment is not None:
        yield f"the label {names.ENVIRONMENT_LABEL} of its pods is neither {names.PRODUCTION} nor {names.STAGING}"
    elif at(template.labels, names.COLOR_LABEL) is not None:
        yield f"its pods belong to a colour, but have no label {names.ENVIRONMENT_LABEL}"


def _foreign_secrets(template: PodTemplate, environment: str, shared: Collection[tuple[str, str]]) -> Iterator[str]:
    other = _OTHER[environment]
    forbidden = {
        *((names.ACCOUNT_SECRETS[other], key) for key in names.ACCOUNT_KEYS),
        (names.ACCOUNT_SECRETS[names.PRODUCTION], names.ROOT_KEY),
        *(names.TOKENS[other] - set(shared)),
    }
    for use in _secrets_of(template):
        if may_be(use.name, names.SYNC_SECRET):
            yield f"its pods, bound to {_NAMED[environment]}, use the sync's Secret, or one that is not known yet"
        elif any(_covers(use, name, key) for name, key in forbidden) or _is_snapshot(use, other):
            yield (
                f"its pods are bound to {_NAMED[environment]} and use {_key(use)} of Secret {use.name}, "
                f"which is not {_NAMED[environment]}'s"
            )


def _is_snapshot(use: Use, environment: str) -> bool:
    return names.is_secrets_snapshot(text(use.name), environment)


def _covers(use: Use, name: str, key: str) -> bool:
    return bool(use.name == name and (use.key is None or may_be(use.key, key)))


def _key(use: Use) -> str:
    return f"key {use.key}" if text(use.key) else "all keys"


def _foreign_configs(template: PodTemplate, environment: str) -> Iterator[str]:
    for use in _configs_of(template):
        if use.name is UNKNOWN or names.is_config(text(use.name), _OTHER[environment]):
            yield (
                f"its pods are bound to {_NAMED[environment]} and read {_NAMED[_OTHER[environment]]}'s ConfigMap, "
                "or one that is not known yet"
            )
            return


def _foreign_claims(template: PodTemplate, environment: str) -> Iterator[str]:
    for volume in template.volumes():
        claim = at(volume, "persistentVolumeClaim", "claimName")
        if any(may_be(claim, name) for name in (names.STATIC_CLAIMS[_OTHER[environment]], names.SERVER_CLAIM)):
            yield (
                f"its pods are bound to {_NAMED[environment]} and mount a claim of "
                f"{_NAMED[_OTHER[environment]]} or of the database server, or one that is not known yet"
            )


def _secrets_of(template: PodTemplate) -> Iterator[Use]:
    """Every Secret that a container's variables or a volume name; those of an image registry do not count."""
    yield from _from_variables(template, "secretKeyRef", "secretRef")
    yield from _from_volumes(template, "secret", "secretName")
    yield from _from_drivers(template)


def _configs_of(template: PodTemplate) -> Iterator[Use]:
    """Every ConfigMap that a container's variables or a volume name."""
    yield from _from_variables(template, "configMapKeyRef", "configMapRef")
    yield from _from_volumes(template, "configMap", "name")


def _from_variables(template: PodTemplate, one: str, whole: str) -> Iterator[Use]:
    for variable in template.variables():
        reference = at(variable, "valueFrom", one)
        if reference is not None:
            yield Use(at(reference, "name"), at(reference, "key"))
    for container in template.containers():
        for source in elements(at(container, "envFrom")):
            reference = at(source, whole)
            if reference is not None:
                yield Use(at(reference, "name"), None)


def _from_volumes(template: PodTemplate, kind: str, name: str) -> Iterator[Use]:
    """A volume's source has the name under a key of its own; one of several sources of a volume under `name`."""
    for volume in template.volumes():
        projected = (at(one, kind, "name") for one in elements(at(volume, "projected", "sources")))
        yield from (Use(found, None) for found in (at(volume, kind, name), *projected) if found is not None)


def _from_drivers(template: PodTemplate) -> Iterator[Use]:
    """A volume's driver is given a Secret whole."""
    for volume in template.volumes():
        if volume is UNKNOWN:
            continue
        sources = [source for key, source in volume.items() if key not in ("secret", "configMap", "projected")]
        for source in sources:
            found = (at(source, *path) for path in _OF_A_DRIVER)
            yield from (Use(name, None) for name in found if isinstance(source, Mapping) and name is not None)


RULE = Rule(
    "own-environment",
    "Pods use the account, the files, the configuration and the tokens of their own environment.",
    each=_keep_to_their_environment,
)
