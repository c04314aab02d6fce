"""Checks of production at the beginning and the end of every update, whatever the update does."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from cadrart_infra import naming
from cadrart_infra.accounts import unfinished_restore
from cadrart_infra.accounts.login_problems import login_queries, production_login_problems
from cadrart_infra.accounts.statements import Access, Account
from cadrart_infra.cluster.errors import ClusterError
from cadrart_infra.cluster.kinds import labels_of
from cadrart_infra.cluster.pods import image_by_hand, image_of
from cadrart_infra.model import Color, Environment, Workload
from cadrart_infra.mysql import read_only
from cadrart_infra.mysql.errors import DatabaseError
from cadrart_infra.mysql.root_client import RootClient
from cadrart_infra.promotion.serving import Serving
from cadrart_infra.promotion.unmanaged import is_unmanaged
from cadrart_infra.server_variables import Variables, is_read_only

SERVER_SECONDS = 60.0
"""Seconds that the database server may take to come back from a restart that the update did not ask for."""


def production_problems(servings: Iterable[Serving], active: Color) -> Iterator[str]:
    """A line for each of production's proxies that does not lead to ready pods of the active colour alone.

    Unmanaged pods are reported elsewhere (see `unmanaged`).
    """
    for serving in servings:
        if serving.environment is not Environment.PROD or serving.standby:
            continue
        for workload, pods in serving.pods.items():
            proxy = naming.proxy_name(workload, Environment.PROD)
            own = [pod for pod in pods if not is_unmanaged(pod, workload)]
            others = sorted({labels_of(pod).get(naming.COLOR_LABEL, "") for pod in own} - {active, ""})
            if not pods:
                yield f"{proxy} leads to no ready pod: production does not answer."
            elif others:
                yield f"{proxy} leads to pods of {' and '.join(others)} instead of {active}."


def all_run_images(servings: Iterable[Serving], images: Mapping[Color, Mapping[Workload, str]]) -> bool:
    """Whether all pods behind the proxies run these images.

    The cluster removes a former pod from a Service a moment after its successor is ready.
    """
    wanted = {(color.value, workload): image for color, of in images.items() for workload, image in of.items()}
    return all(
        image_of(pod) == wanted.get((labels_of(pod).get(naming.COLOR_LABEL, ""), workload))
        for serving in servings
        for workload, pods in serving.pods.items()
        for pod in pods
    )


def edited_pods(servings: Iterable[Serving], images: Mapping[Workload, str], namespace: str) -> Iterator[str]:
    """A line for each pod of production with another image than its Deployment's (`images`)."""
    production = [one for one in servings if one.environment is Environment.PROD and not one.standby]
    for workload, pod in ((workload, pod) for one in production for workload, pods in one.pods.items() for pod in pods):
        deployment = labels_of(pod).get(naming.SERVICE_LABEL)  # none: an edited proxy leads to somebody's own pod
        if deployment and workload in images and (runs := image_by_hand(pod, images[workload])):
            yield (
                f"Somebody changed the image of pod {pod['metadata']['name']}, which serves production: it runs "
                f"{runs} instead of {images[workload]}. To have a new pod in its place, without a failed "
                f"request: kubectl -n {namespace} rollout restart deployment/{deployment}"
            )


def read_only_problem(variable: str) -> str:
    """The problem that a variable of the server makes it read-only."""
    return f"The database server takes no writes, for its {variable} is set: production can only read."


def database_problems(root: Callable[[], RootClient], settings: Variables, access: Access) -> Iterator[str]:
    """What keeps production from its database, and no update puts right; `settings`: the stack's `database.settings`.

    The server takes no writes and is not meant so, its account lets nobody in, or a restore was cut off.
    """
    try:
        asked, user = root(), access.user(Account.PRODUCTION)
        rows = asked.run(
            read_only.read_only_query(),
            *login_queries([user]),
            unfinished_restore.unfinished_restore_query(access.production),
        )
        half_restored = [*unfinished_restore.still_unfinished(asked, access.production, rows)]
    except (ClusterError, DatabaseError):
        return  # whether it runs is another question
    if (refused := read_only.read_only_variable(rows)) and not is_read_only(settings):
        yield f"{read_only_problem(refused)} As root: {read_only.how_to_lift(refused)}; then run pulumi up again."
    yield from (
        f"{line} Then run pulumi up again." for line in (*production_login_problems(access, rows), *half_restored)
    )
