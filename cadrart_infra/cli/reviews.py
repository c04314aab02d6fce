"""`cadrart review`: a shop for a pull request, opened, brought to its last push, and removed."""

import argparse
import os
import re
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from cadrart_infra import naming, workloads
from cadrart_infra.cli.exclusive_access import exclusive_access
from cadrart_infra.cli.git import require_main
from cadrart_infra.cli.jobs import JobError, image_of, is_image, workload_named
from cadrart_infra.cli.page import Page
from cadrart_infra.cli.workspace import Workspace
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.history.checkout import FOLDER
from cadrart_infra.interruption import leaving
from cadrart_infra.model import Workload
from cadrart_infra.review import namespaces
from cadrart_infra.review.errors import ReviewError
from cadrart_infra.review.objects import Review
from cadrart_infra.review.opening import Opened, ReviewRequest, make_namespace, open_review
from cadrart_infra.settings import Settings
from cadrart_infra.staging_sync.masking.staging_password import PASSWORD
from cadrart_infra.user_errors import UserError

_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,28}[a-z0-9])?")
_GONE_SECONDS = 300
_STEP = "review"
_CUT_OPENING = (
    "The opening of {} was interrupted; production was only read. Run it again, and it goes on; or remove what there "
    "is: cadrart review close {}"
)
_CUT_REMOVAL = (
    "The removal was interrupted; the cluster goes on with what it has begun. See what is left: cadrart review list"
)


def add_options(command: argparse.ArgumentParser) -> None:
    """The command's own options."""
    command.add_argument("action", choices=sorted(_ACTIONS), help="what to do")
    command.add_argument("name", nargs="?", default="", help="the pull request's number, or another name")
    command.add_argument("--workload", default="", help="open: the one that the pull request changes")
    command.add_argument("--version", default="", help="open: of its image, another one with each push")
    command.add_argument("--of", dest="repository", default="", help="open: the repository of the pull request")
    command.add_argument("--hours", type=int, default=0, help="open: until it may be removed (default: review.hours)")
    command.add_argument("--fresh-copy", action="store_true", help="open: not the database that it has")


def review(workspace: Workspace, options: argparse.Namespace) -> int:
    """Does one of the actions; raises ReviewError, JobError or another UserError with what is left.

    Raises NotAdvanced in a workflow on another branch than the main one, before anything is made or removed.
    """
    if options.action != "list":
        require_main(FOLDER)
    return _ACTIONS[options.action](workspace, options)


def _open(workspace: Workspace, options: argparse.Namespace) -> int:
    settings, page = workspace.settings, workspace.page
    if options.hours < 0:
        raise JobError(f"--hours: {options.hours} is no time; nothing was made. Give hours from now.")
    wanted = ReviewRequest(
        _images(settings, options.workload, options.version),
        options.repository or os.environ.get("GITHUB_REPOSITORY", ""),
        workspace.kubectl().now() + timedelta(hours=options.hours or settings.review.hours),
        options.fresh_copy,
    )
    one = Review(_name(options), settings)
    kubectl = make_namespace(workspace.kubectl(), one, wanted)
    with (
        leaving(_CUT_OPENING.format(one.namespace, one.name)),
        exclusive_access(kubectl, f"cadrart review open {one.name}", options.wait, page.line),
        page.running(_STEP, f"the review {one.namespace}") as say,
    ):
        opened = open_review(workspace.kubectl(), kubectl, one, wanted, say)
    _say_opened(page, one, opened, wanted.ends)
    return 0


def _images(settings: Settings, workload: str, version: str) -> dict[Workload, str]:
    if bool(workload) is not bool(version):
        raise JobError("--workload and --version belong together; nothing was made. Give both, or neither.")
    if not workload:
        return {}
    images: Mapping[Workload, str] = settings.images.of(settings.active_color).by_workload()
    name = workload_named(workload, images)
    if is_image(version):
        raise JobError(f"{version} is another image, not a version; nothing was made. Name the version alone.")
    return {name: image_of(images[name], version)}


def _name(options: argparse.Namespace) -> str:
    if not _NAME.fullmatch(options.name):
        raise ReviewError(
            f"{options.name!r} is no name of a review; nothing was changed. Give a pull request's number, or up to 30 "
            "small letters, digits and '-'."
        )
    return str(options.name)


def _say_opened(page: Page, one: Review, opened: Opened, ends: datetime) -> None:
    page.line(f"\nhttps://{one.host}")
    for workload in workloads.names():
        page.line(f"  {workload}: {naming.release_of(opened.images[workload])}")
    page.line(f"  database: production's of {opened.copy}, masked")
    page.line(
        "  sign in with the password of every masked account: "
        f"kubectl -n {one.namespace} get secret {naming.STAGING_PASSWORD_SECRET} "
        f"-o go-template='{{{{.data.{PASSWORD} | base64decode}}}}'"
    )
    page.line(f"It is removed after {_spoken(ends)}, or by: cadrart review close {one.name}")


def _close(workspace: Workspace, options: argparse.Namespace) -> int:
    settings = workspace.settings
    name = _name(options)
    kubectl = Kubectl(Review(name, settings).namespace, settings.kubernetes.context)
    found = namespaces.find(kubectl, settings.namespace)
    if found is None:
        workspace.page.line(f"There is no {kubectl.namespace}; nothing is left of it.")
        return 0
    with leaving(_CUT_REMOVAL):
        namespaces.remove(kubectl, _GONE_SECONDS)
    workspace.page.line(f"{kubectl.namespace} is removed, with all that was in it.")
    return 0


def _expire(workspace: Workspace, _options: argparse.Namespace) -> int:
    """Removes what is over its time; one that was cut off before it had a time has none left.

    One that cannot be removed keeps no other from it.
    """
    kubectl = workspace.kubectl()
    now, there = kubectl.now(), namespaces.reviews(kubectl)
    over = [found for found in there if not found.unread and (found.ends is None or found.ends <= now)]
    with leaving(_CUT_REMOVAL), ThreadPoolExecutor() as pool:
        problems = list(pool.map(lambda found: _expired(workspace.page, kubectl.context, found), over))
    problems += [_no_time(found) for found in there if found.unread]
    for problem in filter(None, problems):
        workspace.page.line(f"error: {problem}")
    if not over:
        workspace.page.line(f"No review of the shop in {kubectl.namespace} is over its time.")
    return int(any(problems))


def _expired(page: Page, context: str, found: namespaces.ExistingReview) -> str:
    """Empty where it is removed; otherwise why it is not."""
    try:
        namespaces.remove(Kubectl(found.namespace, context), _GONE_SECONDS)
    except UserError as error:
        return error.explained()
    page.line(f"{found.namespace} is removed: its time was over.")
    return ""


def _no_time(found: namespaces.ExistingReview) -> str:
    return (
        f"{found.namespace} says that it ends {found.unread!r}, which is no time; it was left as it is. Close it "
        f"(cadrart review close {found.name}), or write one: kubectl annotate --overwrite namespace {found.namespace} "
        f"{naming.REVIEW_ENDS}=2030-12-31T18:00:00+00:00"
    )


def _list(workspace: Workspace, _options: argparse.Namespace) -> int:
    found = namespaces.reviews(workspace.kubectl())
    for one in found:
        workspace.page.line(f"{one.name}: of {one.repository or 'nobody'}, {_state(one)}")
    if not found:
        workspace.page.line("There is no review.")
    return 0


def _state(one: namespaces.ExistingReview) -> str:
    if one.is_going:
        return "is being removed"
    if one.unread:
        return f"until {one.unread!r}, which is no time"
    return f"until {_spoken(one.ends)}" if one.ends else "not opened whole"


def _spoken(time: datetime) -> str:
    return f"{time.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


_ACTIONS: Mapping[str, Callable[[Workspace, argparse.Namespace], int]] = {
    "open": _open,
    "close": _close,
    "expire": _expire,
    "list": _list,
}
