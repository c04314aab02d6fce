"""Waits for pods that migrate the database at their start, as long as the server runs their statements."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from cadrart_infra.cluster.errors import ClusterError
from cadrart_infra.cluster.kinds import POD
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.cluster.pods import is_ending, is_ready, of_deployment
from cadrart_infra.mysql.errors import DatabaseError
from cadrart_infra.mysql.root_client import RootClient
from cadrart_infra.promotion.rollout_status import not_rolled_out
from cadrart_infra.promotion.time_budget import TimeBudget
from cadrart_infra.terminal import Say

_EVERY = 1.0
"""Seconds between two checks."""
_LOOKS = 3
"""After so many checks in a row without a statement of theirs, the pods do not migrate."""
_SHORTEST = 1
"""Seconds; a shorter statement may be a health check's."""


@dataclass(frozen=True)
class MigratingPods:
    """Pods of a Deployment that have started once and are not ready after the time of an ordinary start.

    `limit`: the seconds of `migration.timeLimit` that are left then; 0 where pods do not migrate. They do not count for
    the `budget` of a switch.
    """

    kubectl: Kubectl
    server: Callable[[], RootClient]
    budget: TimeBudget
    limit: float
    say: Say

    def wait_until_ready(self, deployment: str) -> bool:
        """Waits until their statements have ended; returns whether they are ready then."""
        begun, quiet, said = time.monotonic(), 0, False
        try:
            while quiet < _LOOKS and time.monotonic() - begun < self.limit:
                if not not_rolled_out(self.kubectl, [deployment], 0):
                    return True
                statements = list(self._statements(deployment))
                quiet = 0 if statements else quiet + 1
                if statements and not said:
                    said = True
                    self.say(f"{deployment} is not ready yet: {statements[0]}; waiting, migration.timeLimit at most")
                time.sleep(_EVERY)
        except (ClusterError, DatabaseError):
            return False  # the report of the pods has what the cluster says
        finally:
            self.budget.extend(time.monotonic() - begun)
        return False

    def _statements(self, deployment: str) -> Iterator[str]:
        """The statements that the server runs for them; not for a restarted pod, which has failed."""
        addresses = set(self._addresses(deployment))
        if not addresses:
            return
        for host, seconds in self.server().run(
            "SELECT HOST, TIME FROM information_schema.PROCESSLIST "
            f"WHERE COMMAND IN ('Query', 'Execute') AND TIME >= {_SHORTEST}"
        ):
            if host.rpartition(":")[0] in addresses:
                yield f"the database server runs a statement of its pod since {seconds} s"

    def _addresses(self, deployment: str) -> Iterator[str]:
        for pod in self.kubectl.objects(POD, selector=of_deployment(deployment)):
            status = pod.get("status", {})
            containers = status.get("containerStatuses", [])
            first_start = all("running" in one["state"] and not one["restartCount"] for one in containers)
            if not is_ending(pod) and not is_ready(pod) and containers and first_start:
                yield str(status.get("podIP", ""))
