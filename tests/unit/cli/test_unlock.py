"""Freeing the Lease by hand."""

from unittest import mock

from cadrart_infra.cli.unlock import unlock
from tests.unit.cluster.lease_cluster import Cluster, holder, take


def freed(cluster: Cluster, answer: str) -> tuple[int, str]:
    said = list[str]()
    with mock.patch("builtins.input", return_value=answer):
        return unlock(cluster, said.append, sure=False), "\n".join(said)  # type: ignore[arg-type]


def test_only_the_whole_word_frees_it() -> None:
    cluster = Cluster()
    take(cluster, "laptop/1")
    status, said = freed(cluster, "y")
    assert (status, said.splitlines()[-1]) == (1, "Nothing was changed.")
    assert holder(cluster)
    assert freed(cluster, "yes")[0] == 0
    assert not holder(cluster)


def test_who_holds_it_is_said_before() -> None:
    cluster = Cluster()
    take(cluster, "laptop/1", "a restore of backup latest")
    said = freed(cluster, "yes")[1]
    assert "holds it for a restore of backup latest" in said
    assert "its run is laptop/1" in said
    assert freed(cluster, "yes") == (
        0,
        "Nobody changes the shop now; there is no Lease to free. For Pulumi's lock on the stack: cadrart recover",
    )
