"""Staging never works on production's database: not its pods, not its account, not as the sync's target."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from policy import vocabulary as names
from policy.resources import UNKNOWN, Resource, at, elements, may_be, pod_template, text
from policy.rules import Rule

Found = Iterator[tuple[Resource, str]]

_ACCOUNTS = ("production_user", "staging_user", "sync_user")


def _apart(resources: Sequence[Resource]) -> Found:
    yield from _pods(resources)
    for resource in resources:
        yield from ((resource, message) for message in (*_sync(resource), *_accounts(resource)))


def _pods(resources: Sequence[Resource]) -> Found:
    """What staging's pods and ConfigMaps name is nowhere production's; the server may fold case."""
    found = [(environment, one, name) for one in resources for environment, name in _databases(one)]
    production = {text(name).lower() for environment, _, name in found if environment == names.PRODUCTION}
    for environment, resource, name in found:
        if not text(name):
            yield resource, "which database it is for does not stand in it as a plain value"
        elif environment == names.STAGING and text(name).lower() in production:
            yield resource, "it is staging's and names production's database"


def _databases(resource: Resource) -> Iterator[tuple[str, Any]]:
    """The environment and the database, for each place of a resource that names one."""
    for environment in names.CONFIGS:
        if resource.kind == "ConfigMap" and names.is_config(resource.name, environment):
            yield environment, at(resource.props, "data", names.DATABASE_KEY)
    template = pod_template(resource)
    if template is None or template.environment not in names.CONFIGS:
        return
    for variable in template.variables():
        if may_be(at(variable, "name"), names.DATABASE_VARIABLE):
            yield template.environment, at(variable, "value")


def _sync(resource: Resource) -> Iterator[str]:
    """The resource of the staging sync, known by what it holds: every dynamic resource has the same type."""
    databases = resource.props.get("databases")
    if at(databases, "production") is None or at(databases, "staging") is None:
        return
    source, target = (text(at(databases, key)).lower() for key in ("production", "staging"))
    if not source or not target:
        yield "the sync's source and target do not stand in it as plain values"
    elif source.startswith(target):
        yield "the sync's target is production's database, or its name begins as every database of staging's does"


def _accounts(resource: Resource) -> Iterator[str]:
    access = resource.props.get("access")
    if at(access, "staging_user") is None:
        return
    values = [text(at(access, key)) for key in (*_ACCOUNTS, "production", "staging")]
    if not all(values):
        yield "the accounts and databases do not stand in it as plain values"
        return
    if len(set(values[:3])) < len(_ACCOUNTS):
        yield "production, staging and the sync do not have an account each"
    for statement in elements(resource.props.get("grants")):
        if statement is UNKNOWN:
            yield "a grant does not stand in it as a plain value"
        if _gives(text(statement), user=values[1], database=values[3]):
            yield "a grant gives staging's account rights on production's database"
        if _gives(text(statement), user=values[0], database=values[4]):
            yield "a grant gives production's account rights on staging's database"


def _gives(statement: str, user: str, database: str) -> bool:
    """Whether a GRANT to `user` reaches `database`, by its name, by a pattern of names, or by all of them."""
    match = re.match(r"\s*GRANT\s.*?\sON\s+(\*|`(?P<on>(?:[^`]|``)+)`)\s*\.", statement, re.I | re.S)
    to = re.search(r"\sTO\s+(.+)", statement, re.I | re.S)
    if not match or not to or not re.search(rf"[`'\"]{re.escape(user)}[`'\"]", to[1]):
        return False
    return match["on"] is None or bool(re.fullmatch(_pattern(match["on"].replace("``", "`")), database, re.I))


def _pattern(name: str) -> str:
    """A database's name in a GRANT: % and _ stand for others unless a backslash is before them."""
    parts = re.findall(r"\\.|.", name)
    return "".join({"%": ".*", "_": "."}.get(part, re.escape(part.removeprefix("\\"))) for part in parts)


RULE = Rule(
    "own-database",
    "Staging's pods, accounts and sync never have production's database.",
    whole=_apart,
)
