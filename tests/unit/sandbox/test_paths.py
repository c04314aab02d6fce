"""Names and places: what a cluster is called, where it lies, and which addresses it gets."""

import ipaddress
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.cluster.slots import SLOTS, AddressPlan, free_slot
from sandbox.errors import SandboxError
from sandbox.paths import ClusterPaths, cache_root


def test_the_cache_follows_the_environment() -> None:
    assert cache_root({"CADRART_CACHE": "/big/cache", "XDG_CACHE_HOME": "/xdg"}) == Path("/big/cache")
    assert cache_root({"XDG_CACHE_HOME": "/xdg"}) == Path("/xdg/cadrart-infra")
    assert cache_root({}) == Path.home() / ".cache/cadrart-infra"


@pytest.mark.parametrize("name", ["", "Default", "a_b", "-a", "a-", "1a", "../x", "a" * 21, "a b", "a\n"])
def test_a_name_that_could_not_be_a_node_or_a_folder_is_refused(name: str) -> None:
    with pytest.raises(SandboxError, match="Nothing was changed"):
        ClusterPaths(name)


@pytest.mark.parametrize("name", ["a", "default", "a-b-2", "a" * 20])
def test_everything_of_a_cluster_carries_its_name(name: str) -> None:
    paths = ClusterPaths(name)
    assert paths.identity == f"cadrart-{name}"
    assert paths.home.name == name
    assert paths.kubeconfig.is_relative_to(paths.home)


def test_sockets_fit_into_the_kernels_108_bytes() -> None:
    assert len(bytes(ClusterPaths("a" * 20).containerd_socket)) < 104


def networks(plan: AddressPlan) -> list[ipaddress.IPv4Network]:
    node = ipaddress.IPv4Interface(plan.node_prefix).network
    return [node, ipaddress.IPv4Network(plan.pods), ipaddress.IPv4Network(plan.services)]


def test_no_two_ranges_of_any_clusters_overlap() -> None:
    everything = [network for slot in range(SLOTS) for network in networks(AddressPlan(slot))]
    assert len(everything) == 3 * SLOTS
    assert not [(a, b) for a, b in combinations(everything, 2) if a.overlaps(b)]


@pytest.mark.parametrize("slot", range(SLOTS))
def test_service_addresses_lie_in_the_service_range(slot: int) -> None:
    plan = AddressPlan(slot)
    services = ipaddress.IPv4Network(plan.services)
    assert ipaddress.IPv4Address(plan.api_service) == services.network_address + 1
    assert ipaddress.IPv4Address(plan.dns_service) in services
    assert plan.server == f"https://{plan.node}:6443"


@pytest.mark.parametrize("slot", [-1, SLOTS])
def test_there_is_no_plan_beyond_the_slots(slot: int) -> None:
    with pytest.raises(ValueError, match="slot"):
        AddressPlan(slot)


@given(st.sets(st.integers(min_value=0, max_value=SLOTS - 1), max_size=SLOTS - 1))
def test_the_lowest_free_slot_is_taken(taken: set[int]) -> None:
    slot = free_slot(taken)
    assert slot not in taken
    assert set(range(slot)) <= taken


def test_a_full_machine_is_an_error() -> None:
    with pytest.raises(SandboxError, match="down --name"):
        free_slot(range(SLOTS))
