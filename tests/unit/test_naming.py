"""Colours, roles and names."""

import string

from hypothesis import given
from hypothesis import strategies as st

from cadrart_infra import naming, workloads
from cadrart_infra.model import Color, Environment, Roles, Workload

KEYS = st.text(string.ascii_uppercase + "_", min_size=1)


@given(st.sampled_from(Color))
def test_each_color_has_one_role_and_each_role_one_color(active: Color) -> None:
    roles = Roles(active)
    assert {roles.color_of(environment) for environment in Environment} == set(Color)
    assert roles.color_of(Environment.PROD) is active


@given(st.sampled_from(Color), st.sampled_from(workloads.names()), st.sampled_from(Environment), st.sampled_from(Color))
def test_a_proxy_selects_a_pod_only_in_its_own_environment(
    active: Color, workload: Workload, bound: Environment, color: Color
) -> None:
    labels = naming.pod_labels(workload, color, bound)
    for environment in Environment:
        selector = naming.proxy_selector(workload, environment, Roles(active))
        selected = selector.items() <= labels.items()
        assert selected == (bound is environment and color is Roles(active).color_of(environment))


@given(st.dictionaries(KEYS, st.text()), st.dictionaries(KEYS, st.text()))
def test_a_snapshot_is_named_after_its_content(one: dict[str, str], other: dict[str, str]) -> None:
    names = [naming.snapshot_name(Environment.PROD, data) for data in (one, other)]
    assert (names[0] == names[1]) == (one == other)
    assert naming.snapshot_name(Environment.PROD, dict(reversed(one.items()))) == names[0]
    assert len(names[0]) <= 63
