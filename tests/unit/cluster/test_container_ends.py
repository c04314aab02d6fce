"""How a container ended, in words."""

from typing import Any

import pytest

from cadrart_infra.cluster.container_ends import how_it_ended

LIMIT = {"name": "db", "resources": {"limits": {"memory": "130Mi"}}}
EVICTED = {"reason": "Evicted", "message": "Usage of EmptyDir volume\n exceeds the limit"}


@pytest.mark.parametrize(
    ("ended", "status", "says"),
    [
        ({"exitCode": 1, "reason": "Error"}, {}, "ended with exit code 1"),
        (
            {"exitCode": 137, "reason": "OOMKilled"},
            {},
            "was killed (exit code 137): it needed more memory than its limit of 130Mi (OOMKilled)",
        ),
        (
            {"exitCode": 137, "reason": "Error"},
            {},
            "was killed (exit code 137): either it needed more memory than its limit of 130Mi, or it did not end in "
            "time when it was asked to",
        ),
        (
            {"exitCode": 137},
            EVICTED,
            "was killed (exit code 137): Evicted: Usage of EmptyDir volume exceeds the limit",
        ),
        (
            {"exitCode": 1, "reason": "OOMKilled"},
            {},
            "was killed (exit code 1): it needed more memory than its limit of 130Mi (OOMKilled)",
        ),
    ],
    ids=["by itself", "memory", "the node does not know why", "evicted", "a child of it"],
)
def test_one_that_was_killed_says_what_for(ended: dict[str, Any], status: dict[str, Any], says: str) -> None:
    pod = {"spec": {"initContainers": [{"name": "wait"}], "containers": [LIMIT]}, "status": status}
    assert how_it_ended(pod, "db", ended) == says
