"""What the kubeconfig's account may do in a namespace, as the API server itself answers it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from cadrart_infra.cluster.errors import ApiError
from cadrart_infra.cluster.kubectl import Kubectl

_AUTHORIZATION = "apis/authorization.k8s.io/v1"
_AUTHENTICATION = "apis/authentication.k8s.io/v1"
_ALL = "*"


@dataclass(frozen=True)
class Right:
    """One verb on one kind of objects, e.g. `create` on `pods/exec`.

    `group`: of the API, empty for the core's. `name`: on the object of that name alone; empty: on all of the kind.
    """

    verb: str
    resource: str
    group: str = ""
    name: str = ""


def missing_rights(kubectl: Kubectl, rights: Sequence[Right]) -> list[Right]:
    """Those of the rights that the account does not have in the namespace; raises ClusterError.

    One request where none is missing. An authorizer need not list all that it allows, so each right that the list lacks
    is asked for by itself. Empty where the API server answers neither question: then nobody can know.
    """
    try:
        review = kubectl.review(f"{_AUTHORIZATION}/selfsubjectrulesreviews", {"namespace": kubectl.namespace})
        rules = review.get("status", {}).get("resourceRules") or []
        unlisted = [right for right in rights if not any(_allows(rule, right) for rule in rules)]
        with ThreadPoolExecutor(max_workers=8) as pool:
            allowed = list(pool.map(lambda right: _is_allowed(kubectl, right), unlisted))
    except ApiError as error:
        if error.status in (HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND):
            return []
        raise
    return [right for right, has_it in zip(unlisted, allowed, strict=True) if not has_it]


def account_name(kubectl: Kubectl) -> str:
    """The account's name as the API server knows it; empty where it does not say."""
    try:
        review = kubectl.review(f"{_AUTHENTICATION}/selfsubjectreviews", {})
    except ApiError:
        return ""
    return str(review.get("status", {}).get("userInfo", {}).get("username", ""))


def described_rights(rights: Iterable[Right]) -> list[str]:
    """Rights as lines for people: verbs, and the objects that they are for."""
    verbs: dict[str, list[str]] = {}
    for right in rights:
        kind = f"{right.resource}{'.' if right.group else ''}{right.group}"
        verbs.setdefault(f"{kind} {right.name}".strip(), []).append(right.verb)
    return [f"{', '.join(found)} {objects}" for objects, found in verbs.items()]


def _is_allowed(kubectl: Kubectl, right: Right) -> bool:
    resource, _, subresource = right.resource.partition("/")
    attributes = {
        "namespace": kubectl.namespace,
        "verb": right.verb,
        "group": right.group,
        "resource": resource,
        "subresource": subresource,
        "name": right.name,
    }
    review = kubectl.review(f"{_AUTHORIZATION}/selfsubjectaccessreviews", {"resourceAttributes": attributes})
    return bool(review.get("status", {}).get("allowed"))


def _allows(rule: Mapping[str, Any], right: Right) -> bool:
    names = rule.get("resourceNames") or []
    subresource = right.resource.partition("/")[2]
    any_parent = {f"*/{subresource}"} if subresource else set()
    return (
        _has(rule["verbs"], {right.verb})
        and _has(rule.get("apiGroups") or [], {right.group})
        and _has(rule.get("resources") or [], {right.resource, *any_parent})
        and (not names or right.name in names)
    )


def _has(listed: Collection[str], wanted: Collection[str]) -> bool:
    return _ALL in listed or not set(wanted).isdisjoint(listed)
