"""The rules as a policy pack of Pulumi's: every one mandatory, in a preview already."""

import io
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pulumi_policy import (
    EnforcementLevel,
    Policy,
    PolicyPack,
    PolicyResource,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy.proxy import UnknownValueError

from policy.resources import UNKNOWN, Resource
from policy.rules import Rule, bindings, databases, images, privileges, routing, secrets, volumes

RULES: Sequence[Rule] = (
    bindings.RULE,
    databases.RULE,
    routing.PROXIES,
    routing.HOSTS,
    volumes.RULE,
    images.VERSIONS,
    images.SERVER,
    privileges.RULE,
    privileges.MACHINE,
    secrets.DECLARED,
    secrets.SETTINGS,
)


def serve() -> None:
    """Serves the pack to the engine that started this process, until the engine ends it."""
    # The pack says its port on standard output and does not flush it; the engine would wait for it without an end.
    sys.stdout = io.TextIOWrapper(io.FileIO(1, "w", closefd=False), write_through=True)
    PolicyPack("cadrart-infra", [_policy(rule) for rule in RULES], EnforcementLevel.MANDATORY)


def _policy(rule: Rule) -> Policy:
    if rule.each:
        return ResourceValidationPolicy(rule.name, rule.description, _of_each(rule.each))
    return StackValidationPolicy(rule.name, rule.description, _of_whole(rule))


def _of_each(check: Callable[[Resource], Any]) -> Callable[[ResourceValidationArgs, ReportViolation], None]:
    def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
        resource = _resource(args)
        for message in check(resource):
            report(f"{resource.label}: {message}.", None)

    return validate


def _of_whole(rule: Rule) -> Callable[[StackValidationArgs, ReportViolation], None]:
    def validate(args: StackValidationArgs, report: ReportViolation) -> None:
        for resource, message in rule.violations([_resource(one) for one in args.resources]):
            report(f"{resource.label}: {message}.", resource.urn)

    return validate


def _resource(declared: ResourceValidationArgs | PolicyResource) -> Resource:
    props = plain(declared.props)
    return Resource(declared.resource_type, declared.urn, props if isinstance(props, Mapping) else {})


def plain(value: Any) -> Any:
    """A value without the engine's wrappers, in which looking at what is not known would raise."""
    if isinstance(value, Mapping):
        return {key: _known(value, key) for key in value}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [_known(value, index) for index in range(len(value))]
    return value


def _known(holder: Any, key: Any) -> Any:
    try:
        return plain(holder[key])
    except UnknownValueError:
        return UNKNOWN
