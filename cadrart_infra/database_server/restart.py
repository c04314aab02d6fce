"""Starts the server, restarts it on request, and rolls back a restart whose server does not answer.

Every step is noted in the cluster before it is done, so that the next update knows of one that was killed and ends it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from cadrart_infra import naming
from cadrart_infra.cluster.errors import ClusterError
from cadrart_infra.cluster.pods import Pod, image_of, owners_of
from cadrart_infra.database_server.control import Control
from cadrart_infra.database_server.errors import NoAnswer, ServerError, indented
from cadrart_infra.database_server.pod_admission import require_admitted, require_node
from cadrart_infra.database_server.server_settings import ServerSettings
from cadrart_infra.database_server.state import (
    NO_POD,
    Journal,
    Phase,
    ServerState,
    WantedServer,
    is_asked_for,
    refusal_of_pod,
)
from cadrart_infra.mysql.errors import DatabaseError
from cadrart_infra.terminal import Say

_CUT_OFF = ["the update that restarted it was cut off"]


class Restart:
    """Brings the server to the wanted state, even after a killed update. Safe to repeat."""

    def __init__(self, control: Control, wanted: WantedServer, say: Say) -> None:
        self._control, self._wanted, self._say = control, wanted, say
        self._settings = ServerSettings(control, wanted.settings, say)

    def run(self) -> None:
        """Returns when the server answers; raises ServerError if it does not, or was rolled back."""
        state = self._control.read()
        if state.deployment is None:
            raise ServerError(
                f"The Deployment {naming.DATABASE} does not exist; nothing was changed. Run pulumi up again."
            )
        journal = state.journal
        if refused := refusal_of_pod(state):
            self._say(f"database server: {NO_POD}; it is to try again")
        if refused or state.scaled_down:
            self._control.make_pod_again()
        if journal.phase is Phase.UNDOING:
            self._take_back(journal, _CUT_OFF)
        elif journal.phase is Phase.RESTARTING:
            self._restart(state)
        elif journal.phase is Phase.STARTING or state.running is None:
            self._start(state)
        elif is_asked_for(state, self._wanted.restart):
            self._restart(state)
        elif refused:
            self._wait_for_start()
        elif not state.paused:
            self._control.hold()
        self._settings.change(self._control.read(), self._control.root)

    def _start(self, state: ServerState) -> None:
        """Starts a server where none runs: nothing to interrupt, nothing to roll back to.

        What ran before and was scaled down is on its way already: a template that waits goes on waiting.
        """
        if not state.replica_sets or state.running is not None:
            self._control.note(Journal(Phase.STARTING))
            self._settings.stage(state)
            self._control.release()
        self._wait_for_start()

    def _wait_for_start(self) -> None:
        try:
            self._control.wait_for_start(self._wanted.timeout)
        except NoAnswer as problem:
            raise ServerError(_not_started(problem)) from None
        finally:
            self._control.hold()
        self._accept()

    def _restart(self, state: ServerState) -> None:
        """The template that waits; `before` is what ran when the restart was begun, by this update or a killed one."""
        journal = state.journal
        if journal.phase is not Phase.RESTARTING or state.paused:
            require_admitted(self._control.ask_for_pod(state), state, self._say)
            require_node(self._control.ask_for_node(state), state, self._say)
        if journal.phase is not Phase.RESTARTING:
            assert state.running is not None
            journal = Journal(Phase.RESTARTING, self._wanted.restart, state.running["metadata"]["name"])
            self._forget_all_but(journal.before, state)
            self._control.note(journal)
        self._say(f"database server: restarts; production is interrupted, for {self._wanted.timeout} s at most")
        self._settings.stage(state)
        self._control.release()
        try:
            self._control.wait_for_answer(_newest_pod, self._wanted.timeout)
        except NoAnswer as problem:
            self._take_back(journal, problem.said)
        self._control.hold()
        left = self._upgrade_tables()
        self._accept()
        self._say("database server: answers again")
        if left:
            raise ServerError(left)

    def _upgrade_tables(self) -> str:
        """What to say where it fails; the server answers all the same."""
        try:
            self._control.upgrade_tables()
        except (ClusterError, DatabaseError) as error:
            return _tables_left(error)
        return ""

    def _accept(self) -> None:
        state = self._control.read()
        self._settings.accept(state)
        if state.journal.phase is not Phase.FAILED:  # or what has failed would be tried again
            self._control.note(Journal())

    def _take_back(self, journal: Journal, said: list[str]) -> None:
        """The server as it ran before. The template that failed waits again, and is not tried without a new request."""
        self._control.note(replace(journal, phase=Phase.UNDOING))
        self._control.hold()
        self._say("database server: does not answer; what ran before is started again")
        self._settings.put_back(self._control.read())
        # Of a held Deployment whose pods are gone the cluster starts the ReplicaSet that is left.
        state = self._control.read()
        if journal.before not in (one["metadata"]["name"] for one in state.replica_sets):
            raise ServerError(_lost(said, [f"the ReplicaSet {journal.before} was removed by somebody else"], ""))
        self._forget_all_but(journal.before, state)
        try:
            self._control.wait_for_start(self._wanted.timeout)
        except NoAnswer as problem:
            raise ServerError(_lost(said, problem.said, _way_back(state, journal))) from None
        self._control.note(replace(journal, phase=Phase.FAILED))
        raise ServerError(_taken_back(journal, said))

    def _forget_all_but(self, kept: str, state: ServerState) -> None:
        for one in state.replica_sets:
            if one["metadata"]["name"] != kept:
                self._control.remove(one["metadata"]["name"])


def _newest_pod(state: ServerState, pod: Pod) -> bool:
    """Whether the pod is of the template that the Deployment has now."""
    deployment = state.deployment
    if deployment is None or not deployment.get("status", {}).get("updatedReplicas"):
        return False
    return state.replica_sets[0]["metadata"]["uid"] in owners_of(pod)


def _not_started(problem: NoAnswer) -> str:
    return (
        f"The database server {naming.DATABASE} does not start; everything else stays as it is. The cluster says:\n"
        f"{indented(problem.said)}\n  Change what keeps it from starting, and run pulumi up again."
    )


def _taken_back(journal: Journal, said: list[str]) -> str:
    return (
        "The database server did not answer after its restart, so what ran before was started again, and answers. "
        f"The new pod said:\n{indented(said)}\n"
        "  The changes wait again; a pulumi up does not restart it for this request "
        f"({journal.request}). Change the settings back, or correct them and ask again: "
        'pulumi config set --path database.restart "$(date +%s)" && pulumi up'
    )


def _tables_left(error: ClusterError | DatabaseError) -> str:
    return (
        f"The database server was restarted and answers, but its own tables could not be upgraded: {error}\n"
        f"  Do that by hand: kubectl exec -it deployment/{naming.DATABASE} -- mariadb-upgrade --user=root --password"
    )


def _way_back(state: ServerState, journal: Journal) -> str:
    """What to run where the server before does not start because the one after it has converted the data files."""
    owners = [one for one in state.replica_sets if one["metadata"]["name"] == journal.before]
    before, after = (_image(one) for one in (*owners, state.deployment or {}))
    if before == after:
        return ""
    return (
        f"\n  {after} may have converted the data files, and {before} does not start on such files. To go on with "
        f"{after}, correct what keeps it from starting and ask again (database.restart). To go back to {before}, with "
        "the backup that was made before the restart, run one after the other:\n"
        "    python -m cadrart_infra.database_server new-files\n"
        "    python -m cadrart_infra.backup restore latest --replace-production\n"
        f"    kubectl delete secret {naming.SYNC_ACCOUNT_SECRET}\n"
        f"    pulumi config set --path database.image {before} && pulumi up\n"
        "  (the first two with --namespace and --context where they are not the default ones)"
    )


def _image(item: Mapping[str, Any]) -> str:
    return image_of(item["spec"]["template"])


def _lost(said: list[str], then: list[str], way_back: str) -> str:
    return (
        "The database server did not answer after its restart, and what ran before does not answer either. "
        f"The new pod said:\n{indented(said)}\n  The one before says:\n{indented(then)}\n"
        f"  Its data is on the claim {naming.DATABASE_CLAIM}, untouched by this. Look at it with: "
        f"kubectl describe replicasets,pods -l {naming.SERVICE_LABEL}={naming.DATABASE}; then run pulumi up again."
        f"{way_back}"
    )
