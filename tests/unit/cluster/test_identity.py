"""What keeps a stack from another place than its own."""

from dataclasses import replace

import pytest

from cadrart_infra.cluster.identity import (
    Identity,
    WrongPlace,
    completed,
    require_own_stack,
    require_same,
    require_same_place,
)

HERE = Identity("cadrart-infra/prod", "cluster-1", "cadrart", "uid-1", "shop")


def test_the_same_place_passes_and_so_does_one_that_nothing_is_known_of() -> None:
    require_same(HERE, HERE, HERE, "")
    require_same(HERE, None, None, "")
    require_same(HERE, replace(HERE, cluster="", namespace_uid="", stack=""), None, "")


def test_an_account_that_may_not_read_the_cluster_s_uid_does_not_take_it_away() -> None:
    blind = replace(HERE, cluster="")
    assert completed(blind, None, HERE) == HERE
    assert completed(blind, HERE, None) == HERE
    assert completed(blind, replace(HERE, namespace_uid="uid-2"), None) == blind
    assert completed(replace(blind, namespace_uid=""), HERE, None).cluster == ""
    assert completed(HERE, replace(HERE, cluster="cluster-2"), None) == HERE


@pytest.mark.parametrize(
    ("recorded", "said"),
    [
        ({"namespace": "shop4", "namespace_uid": "uid-4"}, "the stack's shop is in the namespace shop4"),
        ({"cluster": "cluster-2", "namespace_uid": "uid-2"}, "the stack's shop is in the cluster cluster-2"),
        ({"namespace_uid": "uid-2"}, "in a namespace with the UID uid-2"),
        ({"database": "shoop"}, 'database.production is "shop", but production\'s database is shoop'),
    ],
)
def test_another_place_than_the_state_s_is_refused_with_both_sides(recorded: dict[str, str], said: str) -> None:
    with pytest.raises(WrongPlace) as refused:
        require_same(HERE, replace(HERE, **recorded), None, "")
    assert said in str(refused.value)
    assert "nothing was changed" in str(refused.value)
    assert "pulumi config set moveTo uid-1/shop" in str(refused.value)


def test_a_namespace_that_another_stack_has_is_refused_also_with_an_empty_state() -> None:
    with pytest.raises(WrongPlace, match="holds the shop of the stack cadrart-infra/other"):
        require_same(HERE, None, replace(HERE, stack="cadrart-infra/other"), "")


def test_a_stack_may_be_renamed() -> None:
    before = replace(HERE, stack="cadrart-infra/before")
    require_same(HERE, before, before, "")


def test_another_stack_does_not_destroy_what_is_recorded_as_this_one_s() -> None:
    require_own_stack(HERE, "prod")
    require_own_stack(HERE, "")
    require_own_stack(replace(HERE, stack=""), "other")
    with pytest.raises(WrongPlace, match="The stack other has the shop of the stack prod in its state"):
        require_own_stack(HERE, "other")


def test_the_word_of_a_place_lets_the_stack_move_there_alone() -> None:
    elsewhere = replace(HERE, namespace="shop4", namespace_uid="uid-4")
    require_same(HERE, elsewhere, None, "uid-1/shop")
    with pytest.raises(WrongPlace):
        require_same(HERE, elsewhere, None, "uid-7/shop")


def test_a_destroy_asks_for_the_same_namespace_of_the_same_cluster() -> None:
    require_same_place(HERE, HERE)
    with pytest.raises(WrongPlace, match="nothing was deleted"):
        require_same_place(HERE, replace(HERE, namespace_uid="uid-2"))
