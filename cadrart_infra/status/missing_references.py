"""ConfigMaps, Secrets and claims that Deployments refer to: new pods cannot start if one is missing."""

from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from cadrart_infra import naming, workloads
from cadrart_infra.cluster.kinds import CLAIM, DEPLOYMENT, SECRET, Object, name_of, of_kind
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.cluster.secrets import is_missing
from cadrart_infra.live import mounted_claims
from cadrart_infra.preflight.certificate import secrets_of_the_ingress

SECRETS = f"{SECRET.name.lower()}/"
"""Prefix of a Secret's key."""


def _references(deployment: Object) -> Iterator[str]:
    """The ConfigMaps, Secrets and claims that a Deployment's pods need, as kubectl names them."""
    pod = deployment["spec"]["template"]["spec"]
    containers = [*pod["containers"], *(pod.get("initContainers") or [])]
    sources = [source for one in containers for source in one.get("envFrom") or []]
    variables = [variable.get("valueFrom") or {} for one in containers for variable in one.get("env") or []]
    volumes = pod.get("volumes") or []
    for one in (*sources, *variables, *volumes):
        for key in ("configMapRef", "configMapKeyRef", "configMap"):
            yield from _named("configmap/", one.get(key), "name")
        for key in ("secretRef", "secretKeyRef"):
            yield from _named(SECRETS, one.get(key), "name")
        yield from _named(SECRETS, one.get("secret"), "secretName")
    yield from (f"{CLAIM.name.lower()}/{name}" for name in mounted_claims(deployment))


def _named(kind: str, reference: Mapping[str, str] | None, field: str) -> Iterator[str]:
    if reference and not reference.get("optional"):
        yield f"{kind}{reference[field]}"


def deployments_by_reference(objects: Collection[Object]) -> Mapping[str, list[str]]:
    """By each object that is needed, the names of the Deployments that need it."""
    found: dict[str, list[str]] = {}
    for deployment in _deployments(objects):
        for key in dict.fromkeys(_references(deployment)):
            found.setdefault(key, []).append(deployment["metadata"]["name"])
    return found


def missing_secrets(kubectl: Kubectl, objects: Collection[Object]) -> Mapping[str, str]:
    """Each missing Secret, with what it is needed for.

    No Secret is read. Empty for an account that may not create Secrets, as with `deploy/rbac/reader.yaml`.
    """
    if not any(_deployments(objects)):
        return {}
    wanted = _secrets(objects)
    with ThreadPoolExecutor(max_workers=8) as pool:
        gone = pool.map(partial(is_missing, kubectl), wanted)
        return {f"{SECRETS}{name}": wanted[name] for name, is_gone in zip(wanted, gone, strict=True) if is_gone}


def _secrets(objects: Collection[Object]) -> dict[str, str]:
    """The needed Secrets by name, each with the worst consequence of its loss."""
    wanted = dict.fromkeys(naming.REQUIRED_SECRETS, "no update goes on without it; cadrart preview says what to do")
    for deployment in _deployments(objects):
        pulled = deployment["spec"]["template"]["spec"].get("imagePullSecrets") or []
        wanted |= dict.fromkeys([one["name"] for one in pulled], "no node can pull the shop's images with it")
    for name in secrets_of_the_ingress(objects):
        wanted[name] = "the hosts have no certificate that a browser takes"
    for key, names in deployments_by_reference(objects).items():
        if key.startswith(SECRETS):
            wanted[key.removeprefix(SECRETS)] = f"no new pod of {', '.join(names)} can start without it"
    return wanted


def _deployments(objects: Collection[Object]) -> list[Object]:
    """The shop's Deployments, ordered by name."""
    ours = {*workloads.all_deployments(), naming.DATABASE}
    return sorted((item for item in of_kind(DEPLOYMENT, objects) if name_of(item) in ours), key=name_of)
