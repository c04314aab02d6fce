"""Dry-run checks: whether the cluster would admit an update's pods and its switch, before anything is changed.

A Deployment whose pods are refused is written all the same. One would hear of it after `rollout.timeout` seconds, when
staging's database has been copied, or production's has been migrated. A proxy that may not be written is heard of when
the pods of both colours serve production, and nobody staging.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from cadrart_infra import naming
from cadrart_infra.cluster.admission import Admission, ask_for_change, ask_for_pod, pod_of, quota_of
from cadrart_infra.cluster.errors import ClusterError
from cadrart_infra.cluster.kinds import CONFIG_MAP, SERVICE, Kind, Object
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.cluster.pods import replica_set_of
from cadrart_infra.cluster.waiting import look_until
from cadrart_infra.plan.routes import Routes
from cadrart_infra.terminal import Say
from cadrart_infra.user_errors import UserError

_SECONDS = 5
"""How long the cluster may refuse: a webhook may be away for a moment."""


class PodsRefused(UserError):
    """The cluster would not make pods that the update brings; nothing was changed."""


class SwitchRefused(UserError):
    """The cluster would not let traffic be switched; nothing was changed."""


def require_switchable(routes: Routes, kubectl: Kubectl, warn: Say) -> None:
    """Raises SwitchRefused where the cluster would refuse to switch a proxy, or the record of the colours.

    `warn` is called where that cannot be known.
    """
    changes = {name: _change(name, routes.selectors[name]) for name in routes.rerouted}
    with ThreadPoolExecutor() as pool:
        asked = pool.map(lambda one: _until_not_refused(partial(ask_for_change, kubectl, *one)), changes.values())
        answers = dict(zip(changes, asked, strict=True))
    for name, why in ((name, one.unknown) for name, one in answers.items() if one.unknown):
        warn(f"Whether the cluster would let {name} be switched could not be asked: {why}")
    if lines := [f"  {name}: {one.refused}" for name, one in answers.items() if one.refused]:
        first = "The cluster would refuse what this update switches; nothing was changed."
        raise SwitchRefused("\n".join([first, *lines, _REMEDY]))


def _change(name: str, content: Mapping[str, str]) -> tuple[Kind, str, Object]:
    if name == naming.ENVIRONMENT_CONFIG:
        return CONFIG_MAP, name, {"data": dict(content)}
    return SERVICE, name, {"spec": {"selector": dict(content)}}


def require_admitted(made: Mapping[str, Object], kubectl: Kubectl, objects: Sequence[Object], warn: Say) -> None:
    """Raises PodsRefused where the cluster would refuse a pod of a colour that this update makes.

    `made`: their templates, by Deployment (see `new_pods`). `warn` is called where that cannot be known: of a webhook,
    a missing right, or a quota that may have room by then.
    """
    pods = {name: pod_of(template, name, replica_set_of(name, objects)) for name, template in made.items()}
    with ThreadPoolExecutor() as pool:
        answers = dict(zip(pods, pool.map(partial(_ask, kubectl), pods.values()), strict=True))
    for why in dict.fromkeys(one.unknown for one in answers.values() if one.unknown):
        names = " and ".join(name for name, one in answers.items() if one.unknown == why)
        warn(f"Whether the cluster would make new pods of {names} could not be asked: {why}")
    refused = {name: one.refused for name, one in answers.items() if one.refused}
    full = {name: said for name, said in refused.items() if quota_of(said)}
    for said in list(full.values())[:1]:
        warn(
            f"{' and '.join(full)}: a quota has no room for one pod more now, and a new pod comes before an old one "
            "goes. Where nothing makes room, the update ends after rollout.timeout, with production as it is. The "
            f"cluster says: {said}"
        )
    if lines := [f"  {name}: {said}" for name, said in refused.items() if name not in full]:
        raise PodsRefused(
            "\n".join(["The cluster would refuse new pods of this update; nothing was changed.", *lines, _REMEDY])
        )


_REMEDY = "  Correct the setting, or what refuses them in the namespace, and run pulumi up again."


def _ask(kubectl: Kubectl, pod: Object) -> Admission:
    return _until_not_refused(partial(ask_for_pod, kubectl, pod))


def _until_not_refused(ask: Callable[[], Admission]) -> Admission:
    """Asks again for some seconds; a quota is not waited for, and no answer is an unknown one."""
    try:
        return look_until(lambda one: not one.refused or bool(quota_of(one.refused)), ask, _SECONDS, 1)
    except ClusterError as error:
        return Admission(unknown=str(error))
