"""Ends a rotation of Secrets, when all pods have the new values."""

from __future__ import annotations

import time
from collections.abc import Mapping

from cadrart_infra import naming
from cadrart_infra.accounts.completion.inputs import CompletionInputs
from cadrart_infra.accounts.locked_accounts import read_password_times
from cadrart_infra.accounts.server import discard_former, forwarded_address
from cadrart_infra.cluster.kinds import POD, SECRET, Object
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.cluster.pods import is_ending, own_container
from cadrart_infra.cluster.secrets import account_of, plain_values
from cadrart_infra.database_server.connection import root_of
from cadrart_infra.dynamic import say
from cadrart_infra.history.entry import Job
from cadrart_infra.history.store import recorded
from cadrart_infra.model import Environment
from cadrart_infra.rotation.in_use import ValuesInUse, read_in_use, write_in_use
from cadrart_infra.rotation.sources import ROOT, SYNC_ACCOUNT, sources
from cadrart_infra.rotation.wanted import version_of
from cadrart_infra.user_errors import UserError

_IN_PODS = (naming.APP_SECRET, naming.STAGING_ACCOUNT_SECRET)
"""The Secrets of the accounts that pods have."""
_EVERY = 2.0
"""Seconds between two looks at pods that end."""


def complete(kubectl: Kubectl, new: CompletionInputs) -> dict[str, float]:
    """Discards former passwords and records the values in use; a changed value gets a history entry.

    Returns when the accounts got the passwords that they have now, in Unix time; nothing where none was looked at.
    """
    before = read_in_use(kubectl)
    if not before.recorded or not (new.changed or before.unfinished):
        _note(kubectl, new, before, _carried(kubectl, new))
        return {}
    with recorded(kubectl, Job.ROTATION, ", ".join(new.changed) or "one that was cut off", say):
        _wait_for_pods(kubectl, new)
        carried = _carried(kubectl, new)
        times = _discard(kubectl, carried)
        _note(kubectl, new, before, carried)
    return times


def _carried(kubectl: Kubectl, new: CompletionInputs) -> Mapping[str, Object]:
    """The Secrets that pods and server have got, by name; raises UserError if one has changed again."""
    found = {name: kubectl.find(SECRET, name) for name in {*new.versions, ROOT[0], SYNC_ACCOUNT[0]}}
    later = [name for name, one in found.items() if new.versions.get(name) not in ("", None, version_of(one))]
    gone = [name for name, one in found.items() if one is None]
    if later or gone:
        raise UserError(
            f"Secret {(later or gone)[0]} was changed while the update ran. Pods and server have the values that it "
            "had before, and former passwords are still good. Run pulumi up again, which carries the new one to them."
        )
    return {name: one for name, one in found.items() if one is not None}


def _note(kubectl: Kubectl, new: CompletionInputs, before: ValuesInUse, carried: Mapping[str, Object]) -> None:
    values = {one: _values(carried, one) for one in Environment}
    snapshots = {one: new.snapshots[one.value] for one in Environment}
    root, sync = (plain_values(carried[secret])[key] for secret, key in (ROOT, SYNC_ACCOUNT))
    write_in_use(kubectl, ValuesInUse(snapshots, values, root, unfinished=False, recorded=before.recorded, sync=sync))


def _values(carried: Mapping[str, Object], environment: Environment) -> dict[str, str]:
    return {key: plain_values(carried[secret])[key] for key, secret in sources(environment).items()}


def _wait_for_pods(kubectl: Kubectl, new: CompletionInputs) -> None:
    """Waits until no pod has former values: a terminating pod still serves its connections."""
    said, deadline = False, time.monotonic() + new.drain
    while names := _former_pods(kubectl, set(new.snapshots.values())):
        if time.monotonic() > deadline:
            raise UserError(
                f"Pods with former values of Secrets go on: {', '.join(names)}. Former passwords are still good. Run "
                "pulumi up again when they have ended."
            )
        if not said:
            say(f"waiting until {', '.join(names)} ended, with the former values of Secrets")
        said = True
        time.sleep(_EVERY)


def _former_pods(kubectl: Kubectl, snapshots: set[str]) -> list[str]:
    """The colours' pods that have other values than these snapshots."""
    pods = kubectl.objects(POD, selector=naming.ENVIRONMENT_LABEL)
    lives = [pod for pod in pods if pod.get("status", {}).get("phase") in ("Pending", "Running")]
    return [pod["metadata"]["name"] for pod in lives if _has_former(pod, snapshots)]


def _has_former(pod: Object, snapshots: set[str]) -> bool:
    """Whether a pod has former values; pods of an older release read the Secrets themselves."""
    variables = own_container(pod).get("env", [])
    names = {one.get("valueFrom", {}).get("secretKeyRef", {}).get("name", "") for one in variables} - {""}
    if any(map(naming.is_secrets_snapshot, names)):
        return not names & snapshots
    return bool(names) and is_ending(pod)


def _discard(kubectl: Kubectl, carried: Mapping[str, Object]) -> dict[str, float]:
    root, accounts = root_of(kubectl), [account_of(carried[one]) for one in _IN_PODS]
    with forwarded_address(kubectl) as address:
        for account in accounts:
            if discard_former(root, address, account):
                say(f"the former password of {account.user} is discarded")
    return read_password_times(root, (account.user for account in accounts))
