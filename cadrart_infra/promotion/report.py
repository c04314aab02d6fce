"""The report of an update: before it what it means, after it who serves what."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import pulumi

from cadrart_infra import workloads
from cadrart_infra.cluster.errors import ClusterError
from cadrart_infra.cluster.kinds import DEPLOYMENT, POD
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.cluster.waiting import until_answered
from cadrart_infra.database_server.connection import BRIEFLY, root_of
from cadrart_infra.drift.declared_objects import DeclaredObjects
from cadrart_infra.history import failures
from cadrart_infra.hooks import in_thread
from cadrart_infra.model import Color
from cadrart_infra.plan import UpdatePlan
from cadrart_infra.promotion.announcement import announcement, standby_notice
from cadrart_infra.promotion.pod_diagnosis import name_service_problems, server_problems
from cadrart_infra.promotion.production_checks import (
    SERVER_SECONDS,
    all_run_images,
    database_problems,
    edited_pods,
    production_problems,
)
from cadrart_infra.promotion.rollout import Rollout
from cadrart_infra.promotion.rollout_status import missing_deployments, not_rolled_out
from cadrart_infra.promotion.server_return import wait_until_noticed
from cadrart_infra.promotion.serving import Serving, read_serving, serving_table
from cadrart_infra.promotion.unmanaged import relabelled_pods, unmanaged_targets
from cadrart_infra.shop_access import access_of
from cadrart_infra.user_errors import suppress_exit_message


@dataclass(frozen=True)
class Report:
    """Reports on one update; `done` is called where it ended well.

    `declared`: the objects that it declares, which may be other ones by its end.
    """

    plan: UpdatePlan
    kubectl: Kubectl
    done: Callable[[], None]
    declared: DeclaredObjects

    def announce(self) -> None:
        """In a preview: what the update means, and what is wrong with production already."""
        if not pulumi.runtime.is_dry_run():
            return
        if text := announcement(self.plan):
            pulumi.log.info(text)
        if problems := self.problems_before():
            pulumi.log.warn("\n".join(["Production is not well now, before any update:", *problems]))

    def problems_before(self) -> list[str]:
        """What is wrong with production as it is now; nothing where nobody serves it."""
        live = self.plan.live
        if not live.production:
            return []
        try:
            serving = read_serving(self.kubectl, set())
            runs = live.colors.get(live.production)  # none where one of its Deployments was deleted
            return [
                *server_problems(self.kubectl, live.read_at, 0),
                *name_service_problems(self.kubectl),
                *production_problems(serving, live.production),
                *self._by_hand(serving, live.production),
                *edited_pods(serving, runs.images if runs else {}, self.kubectl.namespace),
            ]
        except ClusterError as error:
            return [f"the cluster could not be asked: {error}"]

    def finish(self, after: pulumi.Resource) -> None:
        """At the end of an update, when everything has been written: who serves what, and who does not get ready."""
        if not pulumi.runtime.is_dry_run():
            _finished: pulumi.Output[None] = after.urn.apply(lambda _: self._finish())

    async def _finish(self) -> None:
        plan = self.plan
        notice = standby_notice(plan.inactive, plan.roles.held_until) if plan.roles.held_until else ""
        try:
            table, problems = await in_thread(self._look_again_after_silence)
        except ClusterError as error:
            table, problems = "", [_unseen(error)]
        if table:
            pulumi.log.info("\n".join(filter(None, [table, notice])))
        if problems:
            failures.note("\n".join(problems))
            suppress_exit_message()
            raise pulumi.RunError("\n".join(problems))
        self.done()

    def _look_again_after_silence(self) -> tuple[str, list[str]]:
        """`_look`, once more where the cluster was away meanwhile and answers again; raises ClusterError."""
        try:
            return self._look()
        except ClusterError:
            until_answered(self.kubectl.now)
            return self._look()

    def _look(self) -> tuple[str, list[str]]:
        """The table of who serves what, and all that keeps it from being what the settings say.

        The declared objects are looked at before the wait for pods, which may never get ready where somebody changed
        something, and once more behind it, because it may last minutes.
        """
        plan = self.plan
        changed = self.declared.problems()
        stuck = [] if changed else self._stuck()
        images = {color: plan.settings.images.of(color).by_workload() for color in Color}

        def as_wanted(seen: list[Serving]) -> bool:
            return not any(production_problems(seen, plan.active)) and all_run_images(seen, images)

        wait = min(SERVER_SECONDS, plan.settings.rollout.timeout)
        server = list(server_problems(self.kubectl, plan.live.read_at, wait))
        if not server:
            root = partial(root_of, self.kubectl, BRIEFLY)
            database = plan.settings.database
            server += database_problems(root, database.settings, access_of(database))
            wait_until_noticed(self.kubectl)
        servings = read_serving(self.kubectl, set(plan.roles.bindings.values()), as_wanted)
        return serving_table(servings), [
            *(changed or self.declared.problems()),
            *stuck,
            *server,
            *production_problems(servings, plan.active),
            *self._by_hand(servings, plan.active),
            *edited_pods(servings, images[plan.active], self.kubectl.namespace),
        ]

    def _by_hand(self, servings: list[Serving], active: Color) -> list[str]:
        """What of the pods takes requests, or takes none, because somebody wrote a label or an address."""
        namespace, staging = self.kubectl.namespace, self.plan.settings.database.staging
        objects = self.kubectl.objects(DEPLOYMENT, POD)
        return [*unmanaged_targets(servings, staging, namespace), *relabelled_pods(objects, active, namespace)]

    def _stuck(self) -> list[str]:
        """What is wrong with each Deployment of either colour that does not get ready, whatever the engine thinks.

        One that is not there has another line.
        """
        plan, wait = self.plan, self.plan.settings.rollout.timeout
        colors = {name: color for color in Color for name in workloads.deployments(color)}
        names = not_rolled_out(self.kubectl, colors, wait)
        gone = missing_deployments(self.kubectl, names) if names else []
        left = [name for name in names if name not in gone]
        rollouts = {name: Rollout(colors[name], plan.active, wait, self.kubectl, plan.live.read_at) for name in left}
        return [rollout.report(name, written=True) for name, rollout in rollouts.items()]


def _unseen(error: ClusterError) -> str:
    return (
        f"Everything was written, but whether production serves could not be seen: {error}\n"
        "  Run pulumi up again when the cluster answers (kubectl get --raw /readyz); it looks again."
    )
