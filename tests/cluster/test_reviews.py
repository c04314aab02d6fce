"""Shops for pull requests: the workflow file itself, by an account that can change nothing of production."""

import contextlib
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.cluster.cluster import Cluster
from sandbox.progress import Progress
from sandbox.shop import images as shop_images
from sandbox.shop.handle import Shop
from sandbox.shop.stack import copy_program
from sandbox.toolchain import gobuild, recipes
from tests.cluster import workflows
from tests.cluster.app_workflows import app_runs, written_for_apps
from tests.cluster.assertions import production_unharmed
from tests.cluster.reviews import STAGING, Review, refusal, reviewer
from tests.cluster.shop import everything
from tests.cluster.workflows import OF_REVIEWS, Repository, dispatched, write_secrets

MASKED = {"masking": {"columns": {"stock.comment": "text"}}}
APP, COMMIT = "shop/backend", "4f2a1c0"
VERSION = f"pr-{COMMIT}"
"""Of the image that the app's repository has made of the commit."""
PERSON = ("Vandenbroucke", "eline.vandenbroucke@mail.example")


@pytest.fixture(scope="module")
def account(shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    if not isinstance(shop.cluster, Cluster):
        pytest.skip("the accounts of these tests are made for the throw-away cluster")
    with reviewer(shop, tmp_path_factory.mktemp("reviewer")) as made:
        yield made


@pytest.fixture(scope="module")
def repository(shop: Shop, account: Shop, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Repository]:
    """The repository, with a rule for the one column of the stand-in shop that has none."""
    gobuild.build([recipes.ACT], Progress())
    folder = tmp_path_factory.mktemp("reviews") / "infra"
    copy_program(folder)
    with workflows.repository(shop, folder, tmp_path_factory.mktemp("runner-of-reviews")) as made:
        write_secrets(made.runner / OF_REVIEWS, Path(account.cluster.env()["KUBECONFIG"]))
        made.set("a mask", sync=MASKED)
        yield made


def opening(version: str, name: str) -> dict[str, str]:
    return {"action": "open", "workload": "backend", "version": version, "of": APP, "name": name}


def app(
    repository: Repository, action: str, number: int, head: str = APP
) -> "contextlib.AbstractContextManager[subprocess.Popen[str]]":
    """What the backend's repository does for a pull request of a branch of `head`, whose newest commit is `COMMIT`."""
    ends = {end: {"sha": COMMIT, "repo": {"full_name": name}} for end, name in (("head", head), ("base", APP))}
    event = {"action": action, "repository": {"full_name": APP}, "pull_request": {"number": number, **ends}}
    image = {"    …\n": "    runs-on: ubuntu-latest\n    steps: [{ run: 'true' }]\n"}  # it is on the node already
    workflow = written_for_apps("reviews.md", repository, "backend", image)
    return app_runs(repository, "review-from-app", workflow, "pull_request", event)


def test_a_pull_request_s_shop_is_opened_used_updated_and_closed_beside_another_and_production(
    repository: Repository,
) -> None:
    shop = repository.shop
    first, second = Review(shop, "7"), Review(shop, "8")
    shop.as_root(f"INSERT INTO `atelier-cadrart`.client (lastName, mail) VALUES {PERSON}")
    before = everything(shop)
    with production_unharmed(shop):
        opened_both(repository)
        assert first.runs == second.runs == {"db", "backend-blue", "frontend-blue"}
        assert first.reaches(f"db.{shop.namespace}") is False
        for review in (first, second):
            review.wait_for("1.0.0")
            rows = review.all_rows()
            assert not [part for part in PERSON if part in rows]
            assert "person." not in rows
            assert "@example.invalid" in rows
        server = first.server()
        assert "error" not in first.itself.post("backend-test-proxy", "/api/clients", {"reference": "tester"})

        updated = repository.dispatch("review", **opening("1.1.0", "7"))
        assert updated.returncode == 0, updated.stdout
        first.wait_for("1.1.0")
        assert (first.server(), first.itself.rows_with(STAGING, "tester")) == (server, 1)

        second.over_its_time()
        closed_both(repository)
        assert (first.is_there, second.is_there) == (False, False)
    assert everything(shop) == before
    assert repository.github.read()["wrong"] == []


def opened_both(repository: Repository) -> None:
    """One by hand and, at the same time, one by the app's repository, which waits for its end."""
    image = shop_images.image("backend", "1.0.0")
    assert isinstance(repository.shop.cluster, Cluster)
    repository.shop.cluster.tag(image, image.replace(":1.0.0", f":{VERSION}"))
    with app(repository, "opened", 8) as process:
        inputs = dispatched(repository)
        assert inputs == {**opening(VERSION, "8"), "stack": repository.stack}
        with repository.begun("workflow_dispatch", "review", **inputs) as beside:
            by_hand = repository.dispatch("review", **opening("1.0.0", "7"))
            said, _ = beside.communicate(timeout=300)
        with repository.github.changed() as has:
            has["runs"][0]["conclusion"] = "success"
        of_app, _ = process.communicate(timeout=60)
    assert (by_hand.returncode, beside.returncode, process.returncode) == (0, 0, 0), by_hand.stdout + said + of_app


def closed_both(repository: Repository) -> None:
    """One because its pull request is closed, in the app's repository; the other one, meanwhile, is over its time."""
    with app(repository, "closed", 7) as process:
        inputs = dispatched(repository, 2)
        assert inputs == {**opening(VERSION, "7"), "action": "close", "stack": repository.stack}
        with repository.github.changed() as has:
            has["runs"][1]["conclusion"] = "success"
        with repository.begun("schedule", "review") as expiry:
            closed = repository.act("workflow_dispatch", "review", None, **inputs)
            said, _ = expiry.communicate(timeout=300)
        of_app, _ = process.communicate(timeout=60)
    assert (closed.returncode, expiry.returncode, process.returncode) == (0, 0, 0), closed.stdout + said + of_app


def test_one_whose_database_cannot_be_masked_has_no_pods_of_the_shop_and_is_removed(repository: Repository) -> None:
    review = Review(repository.shop, "9")
    repository.set("no mask", sync={"masking": {}})
    try:
        refused = repository.dispatch("review", **opening("1.0.0", "9"))
        assert refused.returncode == 1, refused.stdout
        assert review.runs == {"db"}
        for _ in range(2):
            closed = repository.dispatch("review", action="close", name="9")
            assert closed.returncode == 0, closed.stdout
            assert not review.is_there
    finally:
        repository.set("a mask", sync=MASKED)


def test_a_fork_s_pull_request_opens_nothing(repository: Repository) -> None:
    with repository.github.changed() as has:
        has["asked"] = []
    with app(repository, "opened", 8, head="somebody/backend") as process:
        said, _ = process.communicate(timeout=60)
    assert process.returncode == 0, said
    assert repository.github.read()["asked"] == []


def test_the_reviewer_can_change_nothing_but_reviews(account: Shop) -> None:
    namespace = account.namespace
    binding = ("create", "rolebinding", "cadrart-review", "--clusterrole=cadrart-review", "--user=x")
    assert "reviews alone" in refusal(account, *binding, "--namespace", namespace)
    assert "reviews alone" in refusal(account, "create", "namespace", "another")
    assert "reviews alone" in refusal(account, "delete", "namespace", namespace)
    assert "forbidden" in refusal(account, "--namespace", namespace, "get", "secret", "cadrart-secret")
