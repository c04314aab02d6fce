"""How tests are spread over two processes: the cluster's on one, for they share a cluster and a shop."""

from pathlib import Path

import pytest


@pytest.hookimpl(tryfirst=True)  # xdist reads the groups in the same hook
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All cluster tests are one group, and every file of the database tests is one, for it has servers of its own."""
    for item in items:
        level = Path(item.path).parent.name
        group = {"cluster": "cluster", "database": item.path.name}.get(level)
        if group:
            item.add_marker(pytest.mark.xdist_group(group))
