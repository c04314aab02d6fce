"""Which rights are missing, by the API server's two ways to answer."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from cadrart_infra.cluster.access import Right, account_name, described_rights, missing_rights
from cadrart_infra.cluster.errors import ApiError, ClusterError

Object = dict[str, Any]

GET_LOGS = Right("get", "pods/log")
PATCH = Right("patch", "deployments", "apps")
ONE_SECRET = Right("get", "secrets", name="cadrart-secret")
CREATE_SECRETS = Right("create", "secrets")


def rule(verbs: Sequence[str], resources: Sequence[str], groups: Sequence[str] = ("",), **more: Any) -> Object:
    return {"verbs": list(verbs), "resources": list(resources), "apiGroups": list(groups), **more}


@dataclass
class Authorizer:
    """Lists rules, and allows besides what it does not list."""

    rules: Sequence[Object] = ()
    allows: Collection[tuple[str, str]] = ()
    error: ClusterError | None = None
    namespace: str = "cadrart"
    asked: list[str] = field(default_factory=list)

    def review(self, reviews: str, spec: Object) -> Object:
        if self.error:
            raise self.error
        self.asked.append(reviews.rpartition("/")[2])
        if reviews.endswith("selfsubjectreviews"):
            return {"status": {"userInfo": {"username": "jo"}}}
        if reviews.endswith("selfsubjectrulesreviews"):
            assert spec == {"namespace": "cadrart"}
            return {"status": {"incomplete": bool(self.allows), "resourceRules": list(self.rules)}}
        asked = spec["resourceAttributes"]
        assert asked["namespace"] == "cadrart"
        whole = "/".join(filter(None, (asked["resource"], asked["subresource"])))
        return {"status": {"allowed": (asked["verb"], whole) in self.allows}}


def lacking(authorizer: Authorizer, *rights: Right) -> list[Right]:
    return missing_rights(authorizer, rights)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("listed", "right", "has_it"),
    [
        (rule(["get"], ["pods/log"]), GET_LOGS, True),
        (rule(["get"], ["*/log"]), GET_LOGS, True),
        (rule(["*"], ["*"], ["*"]), GET_LOGS, True),
        (rule(["get"], ["pods"]), GET_LOGS, False),
        (rule(["list"], ["pods/log"]), GET_LOGS, False),
        (rule(["patch"], ["deployments"]), PATCH, False),
        (rule(["patch"], ["deployments"], ["apps"]), PATCH, True),
        (rule(["get"], ["secrets"]), ONE_SECRET, True),
        (rule(["get"], ["secrets"], resourceNames=["cadrart-secret"]), ONE_SECRET, True),
        (rule(["get"], ["secrets"], resourceNames=["another"]), ONE_SECRET, False),
        (rule(["create"], ["secrets"], resourceNames=["cadrart-secret"]), CREATE_SECRETS, False),
    ],
)
def test_a_rule_gives_a_right_by_verb_object_group_and_name(listed: Object, right: Right, has_it: bool) -> None:
    assert lacking(Authorizer([listed]), right) == ([] if has_it else [right])


def test_one_request_is_enough_where_nothing_is_missing() -> None:
    authorizer = Authorizer([rule(["*"], ["*"], ["*"])])
    assert lacking(authorizer, GET_LOGS, PATCH) == []
    assert authorizer.asked == ["selfsubjectrulesreviews"]


def test_what_an_authorizer_allows_without_listing_it_is_not_missing() -> None:
    assert lacking(Authorizer(allows=[("get", "pods/log")]), GET_LOGS, PATCH) == [PATCH]


def test_an_api_server_that_answers_no_such_question_stops_nobody() -> None:
    assert lacking(Authorizer(error=ApiError(403, "forbidden")), GET_LOGS) == []
    with pytest.raises(ApiError):
        lacking(Authorizer(error=ApiError(500, "etcd")), GET_LOGS)


def test_the_account_is_named_where_the_api_server_knows_it() -> None:
    assert account_name(Authorizer()) == "jo"  # type: ignore[arg-type]
    assert account_name(Authorizer(error=ApiError(404, ""))) == ""  # type: ignore[arg-type]


def test_rights_are_shown_by_verb_and_object() -> None:
    rights = [Right("get", "pods"), Right("list", "pods"), PATCH, ONE_SECRET]
    assert described_rights(rights) == ["get, list pods", "patch deployments.apps", "get secrets cadrart-secret"]
