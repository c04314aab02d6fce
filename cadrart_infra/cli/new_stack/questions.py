"""What is asked, in which order, and what is offered as the answer."""

import argparse
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from cadrart_infra import naming, workloads
from cadrart_infra.cli.new_stack.running import Running
from cadrart_infra.cluster.offers import Offered, Offers
from cadrart_infra.model import Color, Environment
from cadrart_infra.settings.database import DatabaseSettings, Storage
from cadrart_infra.settings.environments import IngressSettings
from cadrart_infra.settings.stack import Pull
from cadrart_infra.user_errors import UserError

NONE = "none"
"""Typed for a question that may be left without an answer."""

Answers = dict[str, str]
"""By the question's name; empty where NONE was answered."""


class NewStackError(UserError):
    """The stack's file cannot be made as things are; nothing was written."""


@dataclass(frozen=True)
class Known:
    """What the cluster has, and what runs in the stack's namespace already."""

    offers: Offers = field(default_factory=Offers)
    running: Running = field(default_factory=Running)


@dataclass(frozen=True)
class Question:
    """One question, which is also an option: `storage-class` is `--storage-class`.

    `default` may look at the answers before it; empty: an answer is needed, unless it is `optional`.
    """

    name: str
    text: str
    default: Callable[[Known, Answers], str]
    offered: Callable[[Known], Offered] = lambda _known: Offered(known=False)
    optional: bool = False

    @property
    def option(self) -> str:
        """How it is written on a command line."""
        return f"--{self.name}"


def image_question(color: Color, workload: str) -> str:
    """The name of the question for an image."""
    return f"{workload}-{color}"


def questions() -> list[Question]:
    """All of them, but for the namespace, which decides what is known."""
    ingress, database, storage = IngressSettings(), DatabaseSettings(), Storage()
    return [
        Question("production-host", "Host of production", lambda known, _: _host(known, Environment.PROD)),
        Question("staging-host", "Host of staging", _staging_host),
        Question(
            "storage-class",
            "Storage class of the volumes",
            lambda known, _: known.running.storage_class or _default(known.offers.storage, storage.class_name),
            lambda known: known.offers.storage,
        ),
        Question(
            "ingress-class",
            "Ingress class",
            lambda known, _: known.running.ingress_class or _ingress_class(known.offers.ingress, ingress.class_name),
            lambda known: known.offers.ingress,
        ),
        Question(
            "issuer",
            "cert-manager's ClusterIssuer",
            lambda known, _: _default(known.offers.issuers, ingress.issuer),
            lambda known: known.offers.issuers,
            optional=True,
        ),
        Question(
            "tls-secret", "Secret with the certificate", lambda known, _: known.running.tls_secret or "cadrart-tls"
        ),
        Question("nodes", "Nodes that the shop's pods can run on", lambda known, _: str(known.offers.nodes or 1)),
        Question("pull-secret", "Secret of the images' registry", lambda _known, _: Pull().secret, optional=True),
        *_image_questions(),
        Question(
            "database-image",
            "Image of the database server",
            lambda known, _: known.running.images.get(naming.DATABASE, database.image),
        ),
        Question(
            "active-color",
            "Colour that serves production",
            lambda known, _: known.running.color or Color.BLUE.value,
            lambda _known: Offered([color.value for color in Color]),
        ),
    ]


def _image_questions() -> Iterator[Question]:
    for color in Color:
        for workload in workloads.names():
            running = naming.workload_name(workload, color)
            first = image_question(Color.BLUE, workload)
            yield Question(
                image_question(color, workload),
                f"Image of the {workload} in {color}",
                lambda known, given, running=running, first=first: known.running.images.get(  # type: ignore[misc]
                    running, given.get(first, "")
                ),
            )


def _host(known: Known, environment: Environment) -> str:
    return known.running.hosts.get(environment, "")


def _staging_host(known: Known, answers: Answers) -> str:
    return _host(known, Environment.STG) or f"stg.{answers['production-host']}"


def _default(offered: Offered, of_the_settings: str) -> str:
    """The settings' own default where the cluster has it, or may not be asked; else the cluster's."""
    return of_the_settings if not offered.known or of_the_settings in offered.names else offered.default


def _ingress_class(offered: Offered, of_the_settings: str) -> str:
    """The settings' own also where the cluster has none at all: some controllers take their class by its name alone."""
    return _default(offered, of_the_settings) or ("" if offered.names else of_the_settings)


def answer(given: argparse.Namespace, known: Known, ask: Callable[[str], str] | None) -> Answers:
    """An answer to each question: the option's, or what `ask` gets; without `ask` what is offered.

    Raises NewStackError with every option that is missing where nothing can be asked.
    """
    answers: Answers = {}
    missing = []
    for question in questions():
        option = getattr(given, question.name.replace("-", "_"))
        default = question.default(known, answers)
        if option is None:
            option = _asked(question, known, default, ask) if ask else default
            if not option and not question.optional:
                missing.append(question.option)
        answers[question.name] = "" if question.optional and option == NONE else option
    if missing:
        raise NewStackError(f"These have no default, so give them: {' '.join(missing)}. Nothing was written.")
    return answers


def _asked(question: Question, known: Known, default: str, ask: Callable[[str], str]) -> str:
    """Asks until there is an answer that was offered, or that the cluster has, where it says what it has."""
    offered = question.offered(known)
    there_are = f" (there are: {', '.join(offered.names)})" if offered.names else ""
    shown = default or (NONE if question.optional else "")
    fit = {*offered.names, default, *((NONE, "") if question.optional else ())}
    while True:
        text = ask(f"{question.text}{there_are}{f' [{shown}]' if shown else ''}: ").strip() or default
        if (text or question.optional) and (not offered.names or text in fit):
            return text


def add_options(command: argparse.ArgumentParser) -> None:
    """Every question as an option."""
    for question in questions():
        none = f", or `{NONE}`" if question.optional else ""
        command.add_argument(question.option, default=None, metavar="ANSWER", help=f"{question.text}{none}")


def settings_of(answers: Mapping[str, str], namespace: str, context: str) -> dict[str, object]:
    """The stack's settings, as its file has them."""
    hosts = {Environment.PROD: answers["production-host"], Environment.STG: answers["staging-host"]}
    images = {
        color.value: {str(name): answers[image_question(color, name)] for name in workloads.names()} for color in Color
    }
    return {
        "activeColor": answers["active-color"],
        "namespace": namespace,
        "images": images,
        "pull": {"secret": answers["pull-secret"]},
        "environments": {one.value: {"corsOrigins": f"https://{host}"} for one, host in hosts.items()},
        "database": {"image": answers["database-image"]},
        "storage": {"className": answers["storage-class"]},
        "ingress": {
            "productionHost": hosts[Environment.PROD],
            "stagingHost": hosts[Environment.STG],
            "className": answers["ingress-class"],
            "issuer": answers["issuer"],
            "tlsSecret": answers["tls-secret"],
        },
        **({"kubernetes": {"context": context}} if context else {}),
    }
