"""Where a command that only looks finds the shop."""

import argparse
from pathlib import Path

import pytest

from cadrart_infra.cli.target_shop import other_selected_stack, target_shop
from cadrart_infra.settings import SettingsError

IMAGES = "cadrart-infra:images: {blue: {frontend: 'a:1', backend: 'b:1'}, green: {frontend: 'a:1', backend: 'b:1'}}"


def options(**given: str) -> argparse.Namespace:
    return argparse.Namespace(**{"stack": "", "namespace": "", "context": "", **given})


def stack(folder: Path, name: str, namespace: str) -> None:
    settings = f"config:\n  cadrart-infra:activeColor: blue\n  cadrart-infra:namespace: {namespace}\n  {IMAGES}\n"
    (folder / f"Pulumi.{name}.yaml").write_text(settings)


def nobody() -> str:
    raise AssertionError("Pulumi was asked")


@pytest.fixture(autouse=True)
def no_stack_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PULUMI_STACK", raising=False)
    monkeypatch.setattr("cadrart_infra.cli.target_shop.selected_stack", nobody)


def test_a_namespace_needs_no_stack(tmp_path: Path) -> None:
    found = target_shop(options(namespace="shop", context="home"), tmp_path).kubectl
    assert (found.namespace, found.context) == ("shop", "home")
    assert target_shop(options(context="home"), tmp_path).kubectl.namespace == "cadrart"


def test_a_context_beside_the_name_of_a_stack_leaves_it_its_namespace(tmp_path: Path) -> None:
    stack(tmp_path, "prod", "shop")
    found = target_shop(options(stack="prod", context="home"), tmp_path).kubectl
    assert (found.namespace, found.context) == ("shop", "home")


def test_what_is_no_name_of_a_namespace_asks_for_nothing(tmp_path: Path) -> None:
    for name in ("shop ", "shop/../other", "Shop"):
        with pytest.raises(SettingsError, match=f"--namespace: '{name}' is not the name of a namespace"):
            target_shop(options(namespace=name), tmp_path)


def test_the_only_stack_is_meant_and_the_project_file_is_none(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").touch()
    stack(tmp_path, "prod", "shop")
    assert target_shop(options(), tmp_path).kubectl.namespace == "shop"


def test_with_several_the_named_or_the_selected_one_is_meant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("prod", "demo", "test"):
        stack(tmp_path, name, f"shop-{name}")
    with monkeypatch.context() as there:
        there.setattr("cadrart_infra.cli.target_shop.selected_stack", lambda: "demo")
        assert target_shop(options(), tmp_path).kubectl.namespace == "shop-demo"
    monkeypatch.setenv("PULUMI_STACK", "test")
    assert target_shop(options(), tmp_path).kubectl.namespace == "shop-test"
    assert target_shop(options(stack="prod"), tmp_path).kubectl.namespace == "shop-prod"


def test_a_stack_without_a_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"There is no Pulumi\.prod\.yaml"):
        target_shop(options(stack="prod"), tmp_path)


def test_a_stack_is_known_by_what_pulumi_takes_before_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stack(tmp_path, "prod", "shop")
    for reported in ("organization/cadrart-infra/prod", "us/prod"):
        assert target_shop(options(stack=reported), tmp_path).kubectl.namespace == "shop"
        monkeypatch.setenv("PULUMI_STACK", reported)
        assert target_shop(options(), tmp_path).kubectl.namespace == "shop"
    for reported, why in (("us/other/prod", "of the project other"), ("a/b/c/prod", "no name of a stack")):
        with pytest.raises(SettingsError, match=why):
            target_shop(options(stack=reported), tmp_path)


@pytest.mark.parametrize(
    ("selected", "reported"), [("prod", False), ("organization/cadrart-infra/prod", False), ("demo", True)]
)
def test_a_selected_stack_without_a_file_is_reported_beside_the_only_one_that_has_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, selected: str, reported: bool
) -> None:
    stack(tmp_path, "prod", "shop")
    monkeypatch.setattr("cadrart_infra.cli.target_shop.selected_stack", lambda: selected)
    said = other_selected_stack(options(), tmp_path)
    assert said.startswith("This is the stack prod, ") is reported
    assert other_selected_stack(options(stack="prod"), tmp_path) == ""
    assert other_selected_stack(options(namespace="shop"), tmp_path) == ""


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("  cadrart-infra:activColor: green", "activColor is not a known key"),
        ("  cadrart-infra:kubernetes: {context: home, contxt: x}", "kubernetes.contxt is not a known key"),
    ],
)
def test_a_wrong_setting_hides_no_shop(tmp_path: Path, line: str, why: str) -> None:
    stack(tmp_path, "prod", "shop")
    assert target_shop(options(), tmp_path).unusable == ""
    file = tmp_path / "Pulumi.prod.yaml"
    file.write_text(f"{file.read_text()}{line}\n")
    assert target_shop(options(), tmp_path).kubectl.namespace == "shop"
    assert why in target_shop(options(), tmp_path).unusable
    assert target_shop(options(namespace="shop"), tmp_path).unusable == ""


@pytest.mark.parametrize(
    "line", ["  namespace: other", "cadrart-infra:replicas: 2", "  kubernetes:namespace: other", "<<<<<<< HEAD"]
)
def test_where_the_shop_is_in_doubt_is_not_guessed(tmp_path: Path, line: str) -> None:
    stack(tmp_path, "prod", "shop")
    file = tmp_path / "Pulumi.prod.yaml"
    file.write_text(f"{file.read_text()}{line}\n")
    with pytest.raises(SettingsError, match="What runs is shown all the same by: cadrart status --namespace"):
        target_shop(options(), tmp_path)


def test_a_file_without_settings_names_no_shop(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.prod.yaml").touch()
    with pytest.raises(SettingsError, match="The stack has no settings"):
        target_shop(options(), tmp_path)
