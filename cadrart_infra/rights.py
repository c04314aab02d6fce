"""What an account needs for an update of the shop, and for a look at it: the one list.

`python -m cadrart_infra.rights` writes the Roles in deploy/rbac from it, and a unit test holds them to be current. An
update is refused by the same list, before anything is declared.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cadrart_infra import naming
from cadrart_infra.cluster import access
from cadrart_infra.cluster.access import Right
from cadrart_infra.cluster.errors import ClusterError
from cadrart_infra.cluster.kubectl import Kubectl

FOLDER = Path(__file__).resolve().parents[1] / "deploy" / "rbac"
UPDATER, READER = "cadrart-updater", "cadrart-reader"
PULL_SECRET = "cadrart-registry-key"
"""The registry's Secret that the Role names: the default of `pull.secret`."""

_MADE = ("watch", "create", "patch", "delete")
"""What the engine needs of objects that it makes, changes, waits for and deletes."""


class MissingRights(ClusterError):
    """The account may not do what is needed; nothing was changed."""


@dataclass(frozen=True)
class Rule:
    """What is needed of some kinds of objects, as a Role says it."""

    resources: tuple[str, ...]
    looks: tuple[str, ...] = ()
    """The verbs that a preview and `status` need."""
    also: tuple[str, ...] = ()
    """Those that an update needs besides."""
    helps: tuple[str, ...] = ()
    """Those that an update goes on without, with a line that says what it could not ask."""
    group: str = ""
    names: tuple[str, ...] = ()
    """Of these objects alone."""

    def rights(self, verbs: Sequence[str]) -> Iterator[Right]:
        """Each of the verbs on each of the objects."""
        for resource in self.resources:
            for name in self.names or ("",):
                yield from (Right(verb, resource, self.group, name) for verb in verbs)


def rules(pull_secret: str = PULL_SECRET) -> tuple[Rule, ...]:
    """All rules. Whoever reads them as a Role gets them for the Role's own namespace."""
    secrets = (*naming.SHOP_SECRETS, *((pull_secret,) if pull_secret else ()))
    return (
        Rule(("namespaces",), looks=("get",)),
        Rule(("configmaps", "services"), looks=("get", "list"), also=_MADE),
        Rule(("persistentvolumeclaims",), looks=("get", "list"), also=("watch", "create", "patch")),
        Rule(("secrets",), also=("get",), names=secrets),
        Rule(("secrets",), also=("create",)),
        Rule(("secrets",), also=("patch",), names=(naming.IN_USE_SECRET,)),
        Rule(("secrets",), also=("delete",), names=(naming.RESTORE_ACCOUNT_SECRET,)),
        Rule(("pods",), looks=("get", "list"), also=("watch", "patch"), helps=("create",)),
        Rule(("pods/resize",), also=("patch",)),
        Rule(("pods/log", "pods/proxy", "services/proxy"), also=("get",)),
        Rule(("pods/exec", "pods/portforward"), also=("create",)),
        Rule(("events",), also=("list", "watch", "create")),
        Rule(("events",), also=("create",), group="events.k8s.io"),
        Rule(("deployments",), looks=("get", "list"), also=_MADE, group="apps"),
        Rule(("replicasets",), looks=("list",), also=("get", "watch", "delete"), group="apps"),
        Rule(("ingresses", "networkpolicies"), looks=("get", "list"), also=_MADE, group="networking.k8s.io"),
        Rule(("poddisruptionbudgets",), looks=("get", "list"), also=_MADE, group="policy"),
        Rule(("endpointslices",), looks=("list",), group="discovery.k8s.io"),
        Rule(("jobs",), also=("get", "list", "watch", "create", "delete"), group="batch"),
        Rule(("leases",), looks=("get",), also=("update", "delete"), group="coordination.k8s.io", names=_LEASES),
        Rule(("leases",), also=("create",), group="coordination.k8s.io"),
    )


_LEASES = (naming.UPDATE_LEASE,)


def require(kubectl: Kubectl, pull_secret: str = "", *, only_look: bool = False) -> None:
    """Raises MissingRights with every right that is missing, by verb and object.

    `only_look`: a preview, which goes on for an account that may look at everything and change nothing. Whoever may
    change something is taken for somebody who means to update, and gets the error already now.
    """
    looks = [right for rule in rules(pull_secret) for right in rule.rights(rule.looks)]
    changes = [right for rule in rules(pull_secret) for right in rule.rights(rule.also)]
    lacking = access.missing_rights(kubectl, [*looks, *changes])
    if len(lacking) == len(looks) + len(changes):
        raise MissingRights(_wrong_place(kubectl))
    if only_look and set(changes) <= set(lacking):
        lacking = [right for right in lacking if right in looks]
    if lacking:
        raise MissingRights(_refusal(kubectl, lacking))


def _wrong_place(kubectl: Kubectl) -> str:
    return (
        f"{_who(kubectl)} has no right in the namespace {kubectl.namespace} that an update needs; nothing was "
        f"changed.\n  Check KUBECONFIG, kubernetes.context and namespace. If they are right, {_remedy(kubectl)}"
    )


def _refusal(kubectl: Kubectl, lacking: Sequence[Right]) -> str:
    lines = "\n".join(f"  {line}" for line in access.described_rights(lacking))
    return (
        f"{_who(kubectl)} lacks rights in the namespace {kubectl.namespace} that an update needs; nothing was changed. "
        f"It may not\n{lines}\n  To give them, {_remedy(kubectl)}"
    )


def _who(kubectl: Kubectl) -> str:
    return access.account_name(kubectl) or "The account of the kubeconfig"


def _remedy(kubectl: Kubectl) -> str:
    return (
        "apply the Role and bind it as docs/rbac.md says: "
        f"kubectl -n {kubectl.namespace} apply -f deploy/rbac/updater.yaml"
    )


def role(name: str) -> str:
    """One of the two Roles as a manifest, for whichever namespace it is applied to."""
    lines = [
        f"# {_ABOUT[name]}",
        "# Written by `make docs` from cadrart_infra/rights.py; docs/rbac.md says how to use it.",
        "apiVersion: rbac.authorization.k8s.io/v1",
        "kind: Role",
        "metadata:",
        f"  name: {name}",
        "rules:",
    ]
    for rule in rules():
        if verbs := (*rule.looks, *((*rule.also, *rule.helps) if name == UPDATER else ())):
            lines += [
                f'  - apiGroups: ["{rule.group}"]',
                f"    resources: {_listed(rule.resources)}",
                *([f"    resourceNames: {_listed(rule.names)}"] if rule.names else []),
                f"    verbs: {_listed(verbs)}",
            ]
    return "\n".join(lines) + "\n"


_ABOUT = {
    UPDATER: "Whoever runs `pulumi up`, the daily jobs and restores: a person or CI, with nothing else on the cluster.",
    READER: "Whoever only looks: `pulumi preview` and `cadrart status`. It reads no Secret and changes nothing.",
}


def _listed(words: Sequence[str]) -> str:
    return f"[{', '.join(words)}]"


def manifests() -> dict[Path, str]:
    """The files in deploy/rbac, and what is in them."""
    return {FOLDER / "updater.yaml": role(UPDATER), FOLDER / "reader.yaml": role(READER)}


def main() -> None:
    """Writes the manifests."""
    for path, text in manifests().items():
        path.write_text(text)


if __name__ == "__main__":
    main()
