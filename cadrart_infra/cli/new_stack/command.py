"""The command: it asks, checks, and writes the file; it changes nothing in the cluster."""

import argparse
import re
from pathlib import Path

import yaml

from cadrart_infra.cli.new_stack import check
from cadrart_infra.cli.new_stack.questions import Known, NewStackError, answer, settings_of
from cadrart_infra.cli.new_stack.running import read_running
from cadrart_infra.cli.page import Page
from cadrart_infra.cli.stack_file import file_of
from cadrart_infra.cluster.errors import ClusterError
from cadrart_infra.cluster.identity import Identity, claimed
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.cluster.offers import read_offers
from cadrart_infra.interruption import leaving
from cadrart_infra.model import PROGRAM
from cadrart_infra.observed import require_answer
from cadrart_infra.settings import Settings, parse

_HEADER = """\
# yaml-language-server: $schema=docs/stack.schema.json
# Every setting and its default: docs/configuration.md. No password belongs here: they are in Secrets of the namespace.
"""


def new_stack(options: argparse.Namespace, page: Page, folder: Path) -> int:
    """Writes `Pulumi.<name>.yaml`; raises NewStackError or SettingsError, with nothing written."""
    path = file_of(folder, options.name)
    if path.exists():
        raise NewStackError(f"{path.name} exists already; nothing was written. Look at it, or choose another name.")
    ask = None if options.yes else _ask
    suggested = _namespace_for(options.name)
    namespace = options.namespace or (ask or _default)(f"Namespace [{suggested}]: ")
    kubectl = Kubectl(namespace.strip() or suggested, options.context)
    cluster = _Cluster(kubectl, page)
    answers = answer(options, cluster.known, ask)
    settings = settings_of(answers, kubectl.namespace, kubectl.context)
    parsed = parse(settings)
    nodes = _number_of(answers["nodes"])
    others = check.other_stacks(folder, options.name)
    _refuse(list(check.problems(options.name, parsed, others, cluster.known, cluster.claimed)))
    _write(path, settings)
    page.line(f"{path.name} is written.")
    with leaving(f"Interrupted; {path.name} is written all the same. To be asked again: rm {path.name}"):
        if cluster.answers:
            for remark in check.remarks(parsed, nodes, cluster.known):
                page.line(f"Mind: {remark}")
        _say_what_comes_next(page, options.name, cluster, parsed)
    return 0


def _namespace_for(stack: str) -> str:
    """The stack's name as a namespace may have it: in small letters, digits and hyphens, 63 characters at most."""
    return f"cadrart-{re.sub('[^a-z0-9]+', '-', stack.lower())}"[:63].rstrip("-")


class _Cluster:
    """What the cluster says, or that it says nothing."""

    def __init__(self, kubectl: Kubectl, page: Page) -> None:
        self.kubectl, self.known, self.answers = kubectl, Known(), True
        self.claimed: Identity | None = None
        try:
            require_answer(kubectl)
            self.known = Known(read_offers(kubectl), read_running(kubectl))
            self.claimed = claimed(kubectl)
        except ClusterError as error:
            self.answers = False
            page.line(f"Warning: the answers are not compared with the cluster. {error}")


def _refuse(problems: list[str]) -> None:
    if problems:
        lines = "\n".join(f"  {problem}" for problem in problems)
        raise NewStackError(f"The stack cannot be made so; nothing was written.\n{lines}")


def _number_of(nodes: str) -> int:
    if not nodes.isdecimal() or not int(nodes):
        raise NewStackError(f"--nodes: {nodes!r} is no number of nodes; nothing was written.")
    return int(nodes)


def _write(path: Path, settings: dict[str, object]) -> None:
    """The whole file or none, and never over another one."""
    config = {f"{PROGRAM}:{key}": value for key, value in settings.items()}
    text = _HEADER + yaml.safe_dump({"config": config}, sort_keys=False, width=120)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise NewStackError(f"{path.name} exists already; nothing was written.") from None


def _say_what_comes_next(page: Page, name: str, cluster: _Cluster, settings: Settings) -> None:
    if cluster.answers and (problems := check.not_ready(settings, cluster.kubectl)):
        page.line(f"Before the first update:\n{problems}")
    page.line(
        f"Then: pulumi stack select --create {name} && cadrart preview --stack {name} && pulumi up --stack {name}"
    )


def _default(_question: str) -> str:
    return ""


def _ask(question: str) -> str:
    try:
        return input(question)
    except EOFError:
        raise NewStackError(
            "There is nobody to ask; nothing was written. Answer with --yes and options: cadrart new-stack --help"
        ) from None
