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


def test_whoever_took_it_while_the_person_thought_keeps_it() -> None:
    """The run that was asked about may end meanwhile, and another one begin."""
    cluster = Cluster()
    take(cluster, "laptop/1")

    def answer(_: str) -> str:
        cluster.lease = None
        take(cluster, "ci/2", "pulumi up of stack prod")
        return "yes"

    said = list[str]()
    with mock.patch("builtins.input", answer):
        assert unlock(cluster, said.append, sure=False) == 1  # type: ignore[arg-type]
    assert "holds it for pulumi up of stack prod" in said[-1]
    assert said[-1].endswith("nothing was changed.")
    found = holder(cluster)
    assert found is not None
    assert found.run == "ci/2"
