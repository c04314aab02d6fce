"""`cadrart review`: what it takes, and which reviews it removes."""

import argparse
import contextlib
import io
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest import mock

import pytest

from cadrart_infra import workloads
from cadrart_infra.cli import reviews
from cadrart_infra.cli.commands import reviews as command
from cadrart_infra.cli.git import NotAdvanced
from cadrart_infra.cli.jobs import JobError
from cadrart_infra.cli.page import Page
from cadrart_infra.cluster.errors import ClusterError
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.interruption import Interrupted
from cadrart_infra.review import namespaces
from cadrart_infra.review.errors import ReviewError
from cadrart_infra.review.namespaces import ExistingReview
from cadrart_infra.review.objects import Review
from cadrart_infra.review.opening import Opened
from cadrart_infra.settings import Settings
from tests.unit.program import settings

NOW = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)


@dataclass
class Workspace:
    page: Page
    settings: Settings

    def kubectl(self) -> Kubectl:
        return Kubectl("cadrart")


@pytest.fixture
def workspace() -> Workspace:
    return Workspace(Page(io.StringIO(), live=False), settings("green"))


@pytest.fixture
def removed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    names: list[str] = []
    monkeypatch.setattr(namespaces, "remove", lambda kubectl, _: names.append(kubectl.namespace))
    monkeypatch.setattr(Kubectl, "now", lambda _: NOW)
    return names


def do(workspace: Workspace, *arguments: str) -> int:
    parser = argparse.ArgumentParser()
    reviews.add_options(parser)
    return reviews.review(workspace, parser.parse_args(arguments, argparse.Namespace(wait=0)))  # type: ignore[arg-type]


def test_what_is_over_its_time_is_removed_and_what_lost_it_too(
    workspace: Workspace, removed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    there = [
        ExistingReview("pr-1", "shop/backend", NOW - DAY, "", is_going=False),
        ExistingReview("pr-2", "shop/backend", NOW + DAY, "", is_going=False),
        ExistingReview("pr-3", "", None, "", is_going=False),
    ]
    monkeypatch.setattr(namespaces, "reviews", lambda _: there)
    assert do(workspace, "expire") == 0
    assert removed == ["pr-1", "pr-3"]
    assert do(workspace, "list") == 0
    assert "2: of shop/backend, until 2026-01-02 00:00 UTC" in workspace.page.text


@pytest.mark.parametrize("arguments", [("close", "7"), ("expire",), ("open", "7")])
def test_a_workflow_on_another_branch_removes_and_makes_nothing(
    arguments: tuple[str, ...], workspace: Workspace, removed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reviews, "require_main", mock.Mock(side_effect=NotAdvanced("begun on a-try")))
    with pytest.raises(NotAdvanced, match="a-try"):
        do(workspace, *arguments)
    assert removed == []


@pytest.mark.parametrize(
    ("arguments", "work", "said"),
    [
        (("open", "7"), "open_review", "only read. Run it again, and it goes on; or remove"),
        (("close", "7"), "namespaces.remove", "the cluster goes on with what it has begun"),
    ],
)
def test_one_that_is_interrupted_says_what_is_there(
    arguments: tuple[str, ...], work: str, said: str, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"cadrart_infra.cli.reviews.{work}", mock.Mock(side_effect=KeyboardInterrupt))
    monkeypatch.setattr(reviews, "make_namespace", mock.Mock(return_value=Kubectl("pr-7")))
    monkeypatch.setattr(reviews, "exclusive_access", lambda *_: contextlib.nullcontext())
    monkeypatch.setattr(namespaces, "find", mock.Mock())
    monkeypatch.setattr(Kubectl, "now", lambda _: NOW)
    with pytest.raises(Interrupted, match=said):
        do(workspace, *arguments)


def test_a_stack_whose_cluster_does_not_answer_keeps_no_other_from_expiring(
    workspace: Workspace, removed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def opened(options: argparse.Namespace, _page: Page) -> Workspace:
        if options.stack == "one":
            raise ClusterError("away")
        return workspace

    monkeypatch.setattr(command, "open_workspace", opened)
    monkeypatch.setattr(command, "all_stacks", lambda _: ["one", "two"])
    monkeypatch.setattr(namespaces, "reviews", lambda _: [ExistingReview("pr-3", "", None, "", is_going=False)])
    options = argparse.Namespace(action="expire", stack="")
    assert command.review(options, workspace.page) == 1
    assert removed == ["pr-3"]
    assert "error: one: away" in workspace.page.text
    monkeypatch.setattr(command, "all_stacks", lambda _: [])
    assert command.review(options, workspace.page) == 0, "the selected stack's, where no file names one"


def test_one_that_cannot_be_removed_or_has_no_time_keeps_no_other_from_it(
    workspace: Workspace, removed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def remove(kubectl: Kubectl, _seconds: int) -> None:
        if kubectl.namespace == "pr-1":
            raise ReviewError("pr-1 is not gone after 300 s.")
        removed.append(kubectl.namespace)

    there = [
        ExistingReview("pr-1", "shop/backend", NOW - DAY, "", is_going=True),
        ExistingReview("pr-2", "shop/backend", None, "", is_going=False, unread="tomorrow"),
        ExistingReview("pr-3", "shop/backend", NOW - DAY, "", is_going=False),
    ]
    monkeypatch.setattr(namespaces, "remove", remove)
    monkeypatch.setattr(namespaces, "reviews", lambda _: there)
    assert do(workspace, "expire") == 1
    assert removed == ["pr-3"]
    assert "error: pr-1 is not gone after 300 s." in workspace.page.text
    assert "error: pr-2 says that it ends 'tomorrow', which is no time; it was left as it is." in workspace.page.text
    assert do(workspace, "list") == 0
    assert "2: of shop/backend, until 'tomorrow', which is no time" in workspace.page.text


def test_one_that_is_not_there_is_closed(
    workspace: Workspace, removed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(namespaces, "find", lambda *_: None)
    assert do(workspace, "close", "7") == 0
    assert removed == []
    assert "There is no pr-7" in workspace.page.text


@pytest.mark.parametrize("name", ["", "Seven", "a_b", "7-", "x" * 31, "7; rm"])
def test_what_is_no_name_is_refused(workspace: Workspace, removed: list[str], name: str) -> None:
    for action in ("open", "close"):
        with pytest.raises(ReviewError, match="is no name of a review"):
            do(workspace, action, *([name] if name else []))
    assert removed == []


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--workload", "backend"], "belong together"),
        (["--version", "1.0.0"], "belong together"),
        (["--workload", "database", "--version", "1.0.0"], "database is no workload"),
        (["--workload", "backend", "--version", "elsewhere/backend:1"], "is another image, not a version"),
        (["--workload", "backend", "--version", "latest"], "is no version"),
    ],
)
def test_an_image_is_a_version_of_production_s(workspace: Workspace, options: list[str], reason: str) -> None:
    with pytest.raises(JobError, match=reason):
        do(workspace, "open", "7", *options)


def test_the_change_s_image_is_production_s_with_another_version(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Any] = []

    def room(_shop: Kubectl, _review: Any, wanted: Any) -> None:
        seen.append(wanted)
        raise ReviewError("enough")

    monkeypatch.setattr(reviews, "make_namespace", room)
    monkeypatch.setattr(Kubectl, "now", lambda _: NOW)
    with pytest.raises(ReviewError, match="enough"):
        do(
            workspace,
            "open",
            "7",
            "--workload",
            "backend",
            "--version",
            "pr-7",
            "--of",
            "shop/backend",
            "--hours",
            "24",
        )
    (wanted,) = seen
    assert wanted.images == {"backend": "shop/backend:pr-7"}
    assert (wanted.repository, wanted.ends, wanted.fresh_copy) == ("shop/backend", NOW + DAY, False)


def test_the_password_of_a_review_is_shown_as_it_is_typed() -> None:
    said = io.StringIO()
    opened = Opened({name: f"shop/{name}:1" for name in workloads.names()}, "2026-01-04T10:00:00+00:00")
    reviews._say_opened(Page(said, live=False), Review("123", settings()), opened, datetime(2026, 1, 5, tzinfo=UTC))
    shown = "kubectl -n pr-123 get secret cadrart-staging-password -o go-template='{{.data.PASSWORD | base64decode}}'"
    assert shown in said.getvalue()
