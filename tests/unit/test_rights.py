"""The list of rights: the Roles that are made from it, and who is refused by it."""

from dataclasses import dataclass
from typing import Any

import pytest
import yaml

from cadrart_infra import naming, rights
from cadrart_infra.cluster import kinds
from cadrart_infra.rights import READER, UPDATER, MissingRights, role

Object = dict[str, Any]


@dataclass
class AccountWith:
    """A cluster whose account has these rules."""

    rules: list[Object]
    namespace: str = "cadrart"

    def review(self, reviews: str, _spec: Object) -> Object:
        if reviews.endswith("selfsubjectrulesreviews"):
            return {"status": {"resourceRules": self.rules}}
        return {"status": {"allowed": False, "userInfo": {"username": "jo"}}}


def rules_of(name: str) -> list[Object]:
    manifest = yaml.safe_load(role(name))
    assert manifest["metadata"] == {"name": name}
    return list(manifest["rules"])


def without(verb: str) -> list[Object]:
    return [{**rule, "verbs": [one for one in rule["verbs"] if one != verb]} for rule in rules_of(UPDATER)]


def require(rules: list[Object], **options: Any) -> None:
    rights.require(AccountWith(rules), rights.PULL_SECRET, **options)  # type: ignore[arg-type]


def refusal(rules: list[Object], **options: Any) -> str:
    with pytest.raises(MissingRights) as error:
        require(rules, **options)
    return str(error.value)


def test_the_manifests_are_as_the_list_says() -> None:
    """`make docs` writes them again."""
    assert {path.name: path.read_text() for path in rights.manifests()} == {
        path.name: text for path, text in rights.manifests().items()
    }


def test_neither_role_gives_more_than_it_has_to() -> None:
    for rule in rules_of(UPDATER):
        assert "*" not in str(rule)
        if rule["resources"] == ["namespaces"]:
            assert rule["verbs"] == ["get"]
        if rule["resources"] == ["secrets"] and rule["verbs"] != ["create"]:
            assert all(name.startswith("cadrart-") for name in rule["resourceNames"])
    for rule in rules_of(READER):
        assert "secrets" not in rule["resources"]
        assert set(rule["verbs"]) <= {"get", "list"}


def test_every_kind_and_every_secret_that_the_program_knows_is_on_the_list() -> None:
    """A new one that is forgotten would end an update of whoever has the Role alone."""
    listed = {right for rule in rights.rules() for right in rule.rights((*rule.looks, *rule.also))}
    asked = {kind for kind in vars(kinds).values() if isinstance(kind, kinds.Kind)}
    groups = {kind: kind.api.removeprefix("apis/").rpartition("/")[0].removeprefix("api") for kind in asked}
    assert asked
    assert {(kind.plural, groups[kind]) for kind in asked} <= {(right.resource, right.group) for right in listed}
    secrets = {value for name, value in vars(naming).items() if name.endswith("_SECRET")}
    assert secrets
    assert secrets <= {right.name for right in listed if right.resource == "secrets" and right.verb == "get"}


def test_whoever_has_the_updater_s_role_is_let_in() -> None:
    require(rules_of(UPDATER))
    require(rules_of(UPDATER), only_look=True)


def test_an_update_goes_on_without_what_only_helps() -> None:
    without_pods = [
        {**rule, "verbs": [verb for verb in rule["verbs"] if verb != "create"]}
        if rule["resources"] == ["pods"]
        else rule
        for rule in rules_of(UPDATER)
    ]
    assert without_pods != rules_of(UPDATER)
    require(without_pods)


def test_everything_that_is_missing_is_named_with_the_manifest() -> None:
    text = refusal([rule for rule in without("delete") if rule["resources"] != ["pods/exec", "pods/portforward"]])
    assert text.startswith("jo lacks rights in the namespace cadrart")
    assert "nothing was changed" in text
    for line in ("create pods/exec", "delete services", "delete leases.coordination.k8s.io cadrart-update"):
        assert f"  {line}\n" in text
    assert "kubectl -n cadrart apply -f deploy/rbac/updater.yaml" in text


def test_a_preview_refuses_whoever_could_not_end_what_they_begin() -> None:
    assert "watch pods" in refusal(without("watch"), only_look=True)


def test_a_preview_serves_whoever_may_only_look_and_an_update_does_not() -> None:
    require(rules_of(READER), only_look=True)
    assert "create secrets" in refusal(rules_of(READER))
    blind = [rule for rule in rules_of(READER) if rule["resources"] != ["pods"]]
    assert "get, list pods" in refusal(blind, only_look=True)


@pytest.mark.parametrize("only_look", [True, False])
def test_an_account_without_any_right_is_asked_whether_it_is_in_the_right_place(only_look: bool) -> None:
    text = refusal([], only_look=only_look)
    assert "has no right in the namespace cadrart" in text
    assert "Check KUBECONFIG, kubernetes.context and namespace" in text


def test_the_registry_s_secret_is_the_one_of_the_settings() -> None:
    def named(secret: str) -> bool:
        return any(secret in rule.names for rule in rights.rules("mine"))

    assert named("mine")
    assert not named(rights.PULL_SECRET)
