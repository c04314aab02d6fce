"""What of a stack's answers cannot be, by the cluster and by the other stacks of this checkout; and what to know."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from cadrart_infra.cli.new_stack.questions import Known, questions
from cadrart_infra.cli.stack_file import StackFile
from cadrart_infra.cli.stacks import all_stacks
from cadrart_infra.cluster.errors import ClusterError
from cadrart_infra.cluster.identity import Identity
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.model import PROGRAM
from cadrart_infra.observed import observe
from cadrart_infra.preflight import preflight
from cadrart_infra.settings import Settings, SettingsError


def other_stacks(folder: Path, name: str) -> dict[str, Settings]:
    """The settings of the other stacks that have a file here; one that cannot be read is left out."""
    found = {}
    for other in all_stacks(folder):
        if other != name:
            try:
                found[other] = StackFile(folder, other).settings
            except SettingsError:
                continue
    return found


def problems(
    name: str, settings: Settings, others: Mapping[str, Settings], known: Known, claimed: Identity | None
) -> Iterator[str]:
    """What keeps the file from being written."""
    for other, theirs in others.items():
        if (theirs.namespace, theirs.kubernetes.context) == (settings.namespace, settings.kubernetes.context):
            yield f"The namespace {settings.namespace} is that of the stack {other}. Give another one: --namespace"
    if claimed and claimed.stack not in ("", f"{PROGRAM}/{name}"):
        yield (
            f"The namespace {settings.namespace} holds the shop of the stack {claimed.stack}. "
            "Give another one: --namespace"
        )
    yield from _unknown_names(settings, known)
    for host in (settings.ingress.production_host, settings.ingress.staging_host):
        ingress = known.offers.hosts.get(host, "")
        if ingress and ingress.partition("/")[0] != settings.namespace:
            yield f"The host {host} is served by the Ingress {ingress} already. Give another one"


def _unknown_names(settings: Settings, known: Known) -> Iterator[str]:
    chosen = {
        "storage-class": settings.storage.class_name,
        "ingress-class": settings.ingress.class_name,
        "issuer": settings.ingress.issuer,
    }
    for question in questions():
        name, offered = chosen.get(question.name, ""), question.offered(known)
        if question.name == "ingress-class" and (not offered.names or name == known.running.ingress_class):
            continue  # some controllers take their class by its name alone
        if name and offered.known and name not in offered.names:
            there_are = ", ".join(offered.names) or "none"
            yield f"{question.text}: the cluster has no {name} (there are: {there_are}). Set it: {question.option}"


def remarks(settings: Settings, nodes: int, known: Known) -> Iterator[str]:
    """What does not keep the file from being written, and is good to know before the first update."""
    if settings.storage.class_name in known.offers.not_retained:
        yield (
            f"Volumes of the storage class {settings.storage.class_name} are deleted with their claims. The program "
            "deletes no claim, but whoever deletes the namespace deletes the data. A class that retains is safer."
        )
    if nodes > 1:
        yield (
            f"On {nodes} nodes: both colours mount the same claims (ReadWriteOnce). Where a volume can be attached to "
            "one node at a time only, a pod on another node does not start and the update fails, with production as it "
            "was. Keep the shop's pods on one node, as docs/stacks.md says."
        )
    if known.offers.ingress.known and not known.offers.ingress.names:
        yield "The cluster has no IngressClass. Without an ingress controller no host is served."
    unknown = [question.text for question in questions() if _not_compared(question.name, known)]
    if not known.offers.hosts_known:
        unknown.append("hosts of other namespaces")
    if unknown:
        yield f"Not compared with the cluster, for this account may not list them: {', '.join(unknown)}."


def _not_compared(name: str, known: Known) -> bool:
    asked = {
        "storage-class": known.offers.storage,
        "ingress-class": known.offers.ingress,
        "issuer": known.offers.issuers,
    }
    return name in asked and not asked[name].known


def not_ready(settings: Settings, kubectl: Kubectl) -> str:
    """What the first update would refuse as the cluster is now; empty for nothing."""
    try:
        preflight.check(settings, observe(kubectl, list(preflight.required_secrets(settings))))
    except (preflight.PreflightError, ClusterError) as error:
        return str(error)
    return ""
