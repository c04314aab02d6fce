"""Who changes the shop: one at a time, by the API server's clock and its versions of objects."""

from datetime import timedelta
from unittest import mock

import pytest

from cadrart_infra.cluster import lease
from cadrart_infra.cluster.actor import actor
from cadrart_infra.cluster.errors import ApiError, ClusterError
from tests.unit.cluster.lease_cluster import BEGAN, Cluster, holder, take


def test_it_names_who_holds_it_and_is_gone_when_it_is_released() -> None:
    cluster = Cluster()
    held = take(cluster, "laptop/1")
    found = holder(cluster)
    assert held is not None
    assert found is not None
    assert (found.run, found.doing, found.since) == ("laptop/1", "pulumi up of stack prod", BEGAN)
    assert "@" in found.who
    held.release()
    assert cluster.lease is None
    held.release()


def test_a_second_one_is_refused_at_once_with_who_and_what_to_do() -> None:
    cluster = Cluster()
    take(cluster, "laptop/1")
    cluster.clock += timedelta(seconds=30)
    with pytest.raises(lease.Held) as refused:
        take(cluster, "ci/2")
    said = str(refused.value)
    assert said.startswith("Somebody else changes this shop; nothing was changed.")
    assert "holds it for pulumi up of stack prod, since 2026-01-01 10:00:00 UTC (30 s ago)" in said
    assert "free 15 s from now" in said
    assert "python -m cadrart_infra unlock" in said
    assert holder(cluster) is not None


def test_who_waits_gets_it_when_it_is_free_and_is_told_once_whom_it_waits_for() -> None:
    cluster, said = Cluster(), list[str]()
    first = take(cluster, "laptop/1")
    assert first is not None
    looks = 0

    def pause(_: float) -> None:
        nonlocal looks
        looks += 1
        if looks == 3:
            first.release()

    with (
        mock.patch("tenacity.nap.time.sleep", pause),
        lease.held(cluster, "ci/2", "cadrart release", said.append, wait=60),  # type: ignore[arg-type]
    ):
        found = holder(cluster)
        assert found is not None
        assert (found.run, looks) == ("ci/2", 3)
    assert cluster.lease is None
    assert len(said) == 1
    assert said[0].startswith("Waiting: ")


def test_who_waits_in_vain_is_refused_as_at_once() -> None:
    cluster = Cluster()
    take(cluster, "laptop/1")
    with (
        mock.patch.object(lease, "_BETWEEN_TRIES", 0.01),
        pytest.raises(lease.Held, match=r"^Somebody else changes this shop; nothing was changed\."),
        lease.held(cluster, "ci/2", "cadrart release", lambda _: None, wait=0.05),  # type: ignore[arg-type]
    ):
        pass


def test_one_that_has_run_out_is_taken_over_and_its_old_holder_leaves_it_alone() -> None:
    cluster = Cluster()
    old = take(cluster, "laptop/1")
    cluster.clock += timedelta(seconds=lease.DURATION + 1)
    assert holder(cluster) is None
    new = take(cluster, "ci/2")
    assert new is not None
    assert old is not None
    old.release()
    found = holder(cluster)
    assert found is not None
    assert found.run == "ci/2"


def test_of_two_that_take_over_at_once_one_wins() -> None:
    cluster = Cluster()
    take(cluster, "laptop/1")
    cluster.clock += timedelta(seconds=lease.DURATION + 1)
    cluster.meanwhile = [lambda: take(cluster, "ci/2")]
    with pytest.raises(lease.Held, match="holds it for"):
        take(cluster, "ci/3")
    found = holder(cluster)
    assert found is not None
    assert found.run == "ci/2"


@pytest.mark.parametrize(
    ("status", "answer", "reported"),
    [
        (
            403,
            'User "anna" cannot create resource "leases"',
            r'cannot create resource "leases"\n.*get, create, update and delete',
        ),
        (
            403,
            "unable to create new content in namespace shop because it is being terminated",
            "is being deleted, with everything in it; nothing was changed",
        ),
        (
            404,
            'namespaces "shop" not found',
            r"^Nothing was changed\. Namespace .* does not exist\. Create it: kubectl",
        ),
    ],
    ids=["a missing right", "a namespace that is being deleted", "a namespace that does not exist"],
)
def test_why_nobody_may_hold_it_is_named(status: int, answer: str, reported: str) -> None:
    def refused() -> None:
        raise ApiError(status, answer)

    cluster = Cluster()
    cluster.meanwhile = [refused]
    with pytest.raises(ClusterError, match=reported):
        take(cluster, "laptop/1")


def test_the_same_run_may_ask_twice_and_the_first_one_frees_it() -> None:
    cluster = Cluster()
    held = take(cluster, "laptop/1")
    assert held is not None
    assert take(cluster, "laptop/1", "pulumi destroy of stack prod") is None
    held.release()
    assert cluster.lease is None


def test_a_renewal_between_look_and_delete_does_not_keep_it() -> None:
    cluster = Cluster()
    held = take(cluster, "laptop/1")
    assert held is not None

    def renewed() -> None:
        assert cluster.lease is not None
        cluster._write(cluster.lease)

    cluster.meanwhile = [renewed]
    held.release()
    assert cluster.lease is None


def test_whoever_renews_is_told_that_it_was_taken_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lease, "RENEWAL", 0.01)
    cluster, said = Cluster(), list[str]()
    held = lease.take(cluster, "laptop/1", "restore", said.append)  # type: ignore[arg-type]
    assert held is not None
    lease.give_up(cluster, "laptop/1")  # type: ignore[arg-type]
    held._renewing.join(10)
    assert len(said) == 1
    assert "is not this run's any more: somebody freed it" in said[0]


def test_it_runs_out_where_what_it_is_held_for_was_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    """By a process that lives on: the host of dynamic resources, of a destroy."""
    monkeypatch.setattr(lease, "RENEWAL", 0.01)
    cluster, works = Cluster(), [True, True, False]
    held = lease.take(cluster, "laptop/1", "destroy", print, lambda: works.pop(0))  # type: ignore[arg-type]
    assert held is not None
    held._renewing.join(10)
    assert (held._renewing.is_alive(), works) == (False, [])
    cluster.clock += timedelta(seconds=lease.DURATION + 1)
    assert holder(cluster) is None


def test_it_is_renewed_while_it_is_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lease, "RENEWAL", 0.01)
    cluster = Cluster()
    held = take(cluster, "laptop/1")
    assert held is not None
    cluster.clock += timedelta(seconds=lease.DURATION + 1)
    for _ in range(1000):
        if holder(cluster):
            break
        held._ended.wait(0.01)
    assert holder(cluster)
    held.release()


@pytest.mark.parametrize(
    ("variables", "who"),
    [
        (
            {"GITHUB_RUN_ID": "7", "GITHUB_ACTOR": "anna", "GITHUB_REPOSITORY": "atelier/shop"},
            "anna by atelier/shop's CI run 7",
        ),
        ({"CI_JOB_URL": "https://ci/jobs/7", "GITLAB_USER_LOGIN": "anna"}, "anna by CI job https://ci/jobs/7"),
    ],
)
def test_who_it_is_in_a_ci_run(variables: dict[str, str], who: str) -> None:
    assert actor(variables) == who


def test_who_is_about_to_read_what_another_changes_is_told_who_that_is() -> None:
    cluster = Cluster()
    lease.require_free(cluster)  # type: ignore[arg-type]
    held = lease.take(cluster, "vm/1", "a switch", print)  # type: ignore[arg-type]
    assert held
    with pytest.raises(lease.Held, match="Somebody else changes this shop; nothing was changed"):
        lease.require_free(cluster)  # type: ignore[arg-type]
    held.release()
    lease.require_free(cluster)  # type: ignore[arg-type]


def test_who_may_wait_goes_on_when_the_other_is_through(monkeypatch: pytest.MonkeyPatch) -> None:
    """`cadrart switch --wait 60` was refused at once."""
    monkeypatch.setattr(lease, "_BETWEEN_TRIES", 0.01)
    cluster, said = Cluster(), list[str]()
    held = lease.take(cluster, "vm/1", "a switch", print)  # type: ignore[arg-type]
    assert held

    def end_it(line: str) -> None:
        said.append(line)
        held.release()

    lease.require_free(cluster, 60, end_it)  # type: ignore[arg-type]
    assert len(said) == 1
    assert said[0].startswith("Waiting: ")
