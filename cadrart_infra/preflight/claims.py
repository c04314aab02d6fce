"""Problems of the shop's PersistentVolumeClaims, each with its remedy (pure).

A claim is the way to a volume. Nobody can take back that one is deleted: it goes when its last pod has ended, and
whether the volume stays is up to its class. So an update says it, and never puts an empty volume where production's
data was.
"""

import json
import math
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from cadrart_infra import naming, workloads
from cadrart_infra.cluster.kinds import CLAIM, DEPLOYMENT, Objects, name_of, of_kind
from cadrart_infra.cluster.offers import UNKNOWN, Offered
from cadrart_infra.cluster.quantities import amount
from cadrart_infra.live import mounted_claims
from cadrart_infra.model import Environment
from cadrart_infra.plan import UpdatePlan
from cadrart_infra.settings import Settings
from cadrart_infra.settings.values import bytes_of

_DATA = {
    naming.DATABASE_CLAIM: "production's database and staging's",
    naming.static_claim(Environment.PROD): "production's uploaded files",
}
"""What an empty volume must not take the place of."""


def claim_problems(
    settings: Settings, objects: Objects, classes: Offered = UNKNOWN, *, installed: bool = False
) -> Iterator[str]:
    """Problems that would stop an update half-way. `classes`: the cluster's storage classes.

    `installed`: there were claims with data, also where no Deployment is left that shows it.
    """
    claims = _claims(objects)
    yield from _no_such_class(settings, claims, classes)
    sizes = _sizes(settings)
    for name, claim in claims.items():
        if name in sizes:
            yield from _unchangeable(settings, claim, sizes[name])
            yield from _too_small(claim, sizes[name], classes)
    mounted = {name for item in of_kind(DEPLOYMENT, objects) for name in mounted_claims(item)}
    gone = _DATA.keys() - claims.keys()
    yield from (_gone(name, settings.namespace) for name in _DATA if name in gone and (installed or name in mounted))


def _no_such_class(settings: Settings, claims: Collection[str], classes: Offered) -> Iterator[str]:
    """An unbound claim with a storage class that does not exist: the update would wait for its volume."""
    wanted = settings.storage.class_name
    needed = _sizes(settings).keys() - (set() if settings.backup.before_switch else {naming.BACKUP_CLAIM})
    if classes.names and wanted not in classes.names and not needed <= set(claims):
        yield (
            f"storage.className is {json.dumps(wanted)}, but the cluster has no such StorageClass (there are: "
            f"{', '.join(classes.names)}), and no claim would get a volume. "
            f"Set it: pulumi config set --path storage.className {classes.default or 'NAME'}"
        )


def ending_claims(plan: UpdatePlan, made: Collection[str], objects: Objects) -> tuple[list[str], list[str]]:
    """Terminating claims: those that pods of this update need, and the others.

    `made`: the Deployments of which it makes pods (see `new_pods`), besides what the plan knows of.
    """
    new = plan.new_pods.union(made)
    refused: list[str] = []
    warned: list[str] = []
    for name, claim in _claims(objects).items():
        if "deletionTimestamp" in claim["metadata"] and (users := _users(plan, name)):
            (refused if users & new else warned).append(_ending(claim, users, plan))
    return refused, warned


def _claims(objects: Objects) -> dict[str, Mapping[str, Any]]:
    return {name_of(item): item for item in of_kind(CLAIM, objects)}


def _sizes(settings: Settings) -> dict[str, tuple[str, str]]:
    """For each claim the key and the value of its size setting."""
    storage = settings.storage
    return {
        naming.DATABASE_CLAIM: ("database", storage.database),
        naming.BACKUP_CLAIM: ("backups", storage.backups),
        **{naming.static_claim(one): ("static", storage.static) for one in Environment},
        **{naming.logs_claim(one): ("logs", storage.logs) for one in Environment},
    }


def _unchangeable(settings: Settings, claim: Mapping[str, Any], size: tuple[str, str]) -> Iterator[str]:
    name, key, wanted = claim["metadata"]["name"], *size
    bound_class = claim["spec"].get("storageClassName", "")
    if bound_class != settings.storage.class_name and _has_no_volume(claim):
        yield (
            f"storage.className is {json.dumps(settings.storage.class_name)}, but the claim {name} waits for a volume "
            f"of class {json.dumps(bound_class)}, which cannot change. It has no data. Delete it; pulumi up makes it "
            f"again: kubectl -n {settings.namespace} delete persistentvolumeclaim {name}"
        )
    elif bound_class != settings.storage.class_name:
        yield (
            f"storage.className is {json.dumps(settings.storage.class_name)}, but the claim {name} exists with "
            f"class {json.dumps(bound_class)}, which cannot change. Its data is untouched. "
            f"Set it back: pulumi config set --path storage.className {bound_class}"
        )
    found = _size_of(claim)
    if bytes_of(wanted) < amount(found):
        yield (
            f"storage.{key} is {json.dumps(wanted)}, but the claim {name} has {found}, and a volume cannot become "
            f"smaller. Its data is untouched. Set it: pulumi config set --path storage.{key} {_as_setting(found)}"
        )


def _too_small(claim: Mapping[str, Any], size: tuple[str, str], classes: Offered) -> Iterator[str]:
    """A claim that is to grow though its class does not allow it, or it has none."""
    name, key, wanted = claim["metadata"]["name"], *size
    found, bound_class = _size_of(claim), claim["spec"].get("storageClassName") or ""
    if classes.known and bound_class not in classes.growing and bytes_of(wanted) > amount(found):
        remedy = (
            f", or let an administrator allow it, where its provisioner can: kubectl patch storageclass {bound_class} "
            "--patch '{\"allowVolumeExpansion\": true}'"
        )
        yield (
            f"storage.{key} is {json.dumps(wanted)}, but the claim {name} has {found}, and its class "
            f"{json.dumps(bound_class)} lets no volume grow. Its data is untouched. "
            f"Set it back: pulumi config set --path storage.{key} {_as_setting(found)}"
            f"{remedy if bound_class in classes.names else ''}"
        )


def _size_of(claim: Mapping[str, Any]) -> str:
    return str(claim["spec"].get("resources", {}).get("requests", {}).get("storage", "0"))


def _has_no_volume(claim: Mapping[str, Any]) -> bool:
    return not claim["spec"].get("volumeName") and claim.get("status", {}).get("phase") == "Pending"


def _as_setting(quantity: str) -> str:
    """The size, rounded up to what a setting can express: the cluster also has 20G and 1.5Gi."""
    mebibytes = math.ceil(amount(quantity) / (1 << 20))
    return f"{mebibytes >> 10}Gi" if mebibytes % 1024 == 0 else f"{mebibytes}Mi"


def _gone(name: str, namespace: str) -> str:
    return (
        f"The claim {name} does not exist any more; {_DATA[name]} were on its volume, and an empty one would take its "
        f"place. If the volume is kept (kubectl get persistentvolumes), bind it again as docs/operating.md says "
        f"(A claim that was deleted); to begin with an empty one, make the claim yourself: "
        f"kubectl -n {namespace} apply -f FILE"
    )


def _ending(claim: Mapping[str, Any], users: frozenset[str], plan: UpdatePlan) -> str:
    name, volume = claim["metadata"]["name"], claim["spec"].get("volumeName", "NAME")
    keep = (
        f" Before that, see that its volume stays: kubectl get persistentvolume {volume} (Retain)."
        if name in _DATA
        else ""
    )
    pods = " ".join(f"deployment/{user}" for user in sorted(users))
    return (
        f"The claim {name} is being deleted since {claim['metadata']['deletionTimestamp']}; nobody can take that back. "
        f"It goes when its last pod has ended, and no new pod can start with it.{keep} Let it go: "
        f"kubectl -n {plan.settings.namespace} scale {pods} --replicas=0, wait until it is gone, and run pulumi up"
        f"{'. Production stands still meanwhile' if users & _of_production(plan) else ''}"
    )


def _of_production(plan: UpdatePlan) -> set[str]:
    """The Deployments that production needs."""
    return {naming.DATABASE, *workloads.deployments(plan.roles.served_by or plan.active)}


def _users(plan: UpdatePlan, claim: str) -> frozenset[str]:
    """The Deployments whose pods mount a claim."""
    return frozenset(name for name, mounted in plan.live.claims.items() if claim in mounted)
