"""The end of an update waits until a restart of the database server shows in the pods that need it."""

from datetime import timedelta
from typing import Any
from unittest import mock

import pytest

from cadrart_infra import naming
from cadrart_infra.promotion.server_return import wait_until_noticed
from tests.unit.cluster_objects import FixedKubectl, Object

BEGAN = FixedKubectl([]).now()


class Cluster(FixedKubectl):
    """A second passes from one look to the next."""

    looks = 0

    def now(self, _timeout: float = 5) -> Any:
        self.looks += 1
        return BEGAN + timedelta(seconds=self.looks - 1)


def server(ready_for: int, *, ready: bool = True, name: str = naming.DATABASE) -> Object:
    since = (BEGAN - timedelta(seconds=ready_for)).isoformat().replace("+00:00", "Z")
    condition = {"type": "Ready", "status": str(ready), "lastTransitionTime": since}
    return {
        "kind": "Pod",
        "metadata": {"name": f"{name}-1", "labels": {naming.SERVICE_LABEL: name}},
        "status": {"conditions": [condition]},
    }


@pytest.mark.parametrize(
    ("pods", "looks"),
    [
        ([server(0)], 7),
        ([server(4)], 3),
        ([server(6)], 1),
        ([server(3600), server(2)], 5),
        ([server(0, ready=False)], 0),
        ([server(0, name="backend-blue")], 0),
        ([], 0),
    ],
    ids=["just back", "nearly", "long enough", "a newer one", "not back", "another pod", "none"],
)
def test_a_server_that_is_just_back_is_waited_for(pods: list[Object], looks: int) -> None:
    cluster: Any = Cluster(pods)
    with mock.patch("tenacity.nap.time.sleep"):
        wait_until_noticed(cluster)
    assert cluster.looks == looks
