"""Compares the Secrets with the values in use, once, before anything is declared. No value is kept."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

from cadrart_infra import naming
from cadrart_infra.cluster.errors import ApiError
from cadrart_infra.cluster.kinds import SECRET, Object
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.cluster.secrets import plain_values
from cadrart_infra.model import Environment
from cadrart_infra.rotation.in_use import ValuesInUse
from cadrart_infra.rotation.sources import (
    PRODUCTION_ACCOUNT,
    ROOT,
    STAGING_ACCOUNT,
    SYNC_ACCOUNT,
    all_sources,
    sources,
)

READ = (*all_sources(), naming.SYNC_ACCOUNT_SECRET, naming.IN_USE_SECRET)
"""Names of the Secrets that are compared."""


@dataclass(frozen=True)
class WantedSecrets:
    """What an update has to bring from the Secrets to the pods and the server."""

    snapshots: Mapping[Environment, str] = field(default_factory=lambda: dict.fromkeys(Environment, ""))
    """Name of the Secret that each environment's pods are to be bound to; empty where nobody has looked."""
    changed: Mapping[Environment, tuple[str, ...]] = field(default_factory=lambda: dict.fromkeys(Environment, ()))
    """The keys of each environment that have another value than is in use, as people name them."""
    root_changed: bool = False
    sync_changed: bool = False
    missing: tuple[str, ...] = ()
    """Generated Secrets that are not there."""
    versions: Mapping[str, str] = field(default_factory=dict)
    """Of every Secret that pods or the sync use; empty for one that is missing."""
    unfinished: bool = False
    """Whether an update was cut off in a change."""
    recorded: bool = True
    """Whether it is known what is in use."""
    without_snapshot: frozenset[Environment] = frozenset()
    """The environments whose snapshot was deleted by hand."""
    missing_on_server: tuple[str, ...] = ()
    """Accounts and databases that somebody dropped on the server."""
    account_problems: tuple[str, ...] = ()
    """Accounts with wrong rights, or that nobody can log in to, each with its problem."""
    other_password: tuple[str, ...] = ()
    """Accounts whose password somebody changed on the server."""
    passwords_noted: bool = True
    """Whether it is known when the accounts got their passwords."""
    sync_noted: bool = True
    """Whether it is known which password the sync's account has."""

    @property
    def server_rotation(self) -> list[str]:
        """Why the accounts on the database server get other passwords."""
        keys = [f"{key} of {secret}" for secret, key in (PRODUCTION_ACCOUNT, STAGING_ACCOUNT)]
        changed = [key for environment in Environment for key in self.changed[environment] if key in keys]
        again = ["a change of a password was cut off"] if self.unfinished else []
        return [*changed, *self.server_keys, *self.lost, *again]

    @property
    def server_repairs(self) -> list[str]:
        """Drift of accounts and databases on the server, which the update repairs or checks."""
        return [
            *(f"{one} is not on the server" for one in self.missing_on_server),
            *(f"{one} on the server" for one in self.account_problems),
            *(f"account {one} was given a password on the server" for one in self.other_password),
            *([] if self.recorded else ["which passwords are in use is not noted yet"]),
            *([] if self.passwords_noted else ["when the accounts got their passwords is not noted yet"]),
        ]

    @property
    def lost(self) -> list[str]:
        """The Secrets that have to be made."""
        return [f"Secret {name} is missing" for name in self.missing]

    @property
    def server_keys(self) -> list[str]:
        """The passwords that no pod uses, root's and the sync's, where they are to change."""
        root = [f"{ROOT[1]} of {ROOT[0]}"] if self.root_changed else []
        return [*root, *([f"{SYNC_ACCOUNT[1]} of {SYNC_ACCOUNT[0]}"] if self.sync_changed else [])]

    @property
    def all_changed(self) -> list[str]:
        """Everything with another value than is in use, and every Secret that is gone, without repetitions."""
        keys = [key for one in Environment for key in self.changed[one]]
        return list(dict.fromkeys([*keys, *self.server_keys, *(self.lost if self.recorded else [])]))

    @property
    def due(self) -> list[str]:
        """Why what is in use has to be noted at the end of the update; empty where it is noted already."""
        first = [] if self.recorded else ["nothing is noted yet"]
        first += [] if self.sync_noted else ["the password of the sync's account is not noted yet"]
        again = ["a change was cut off"] if self.unfinished else []
        return [*first, *self.all_changed, *again]


def wanted_secrets(found: Mapping[str, Object | None]) -> WantedSecrets:
    """From the Secrets of READ, None for one that does not exist."""
    in_use = ValuesInUse.parse(found.get(naming.IN_USE_SECRET))
    versions = {name: version_of(found.get(name)) for name in (*all_sources(), SYNC_ACCOUNT[0])}
    changed = {one: tuple(_changed(one, found, in_use)) for one in Environment}
    root, sync = (plain_values(found.get(secret)).get(key, "") for secret, key in (ROOT, SYNC_ACCOUNT))
    return WantedSecrets(
        snapshots={one: _snapshot(one, in_use, versions, changed=bool(changed[one])) for one in Environment},
        changed=changed if in_use.recorded else dict.fromkeys(Environment, ()),
        root_changed=in_use.recorded and bool(root) and root != in_use.root,
        sync_changed=bool(sync and in_use.sync) and sync != in_use.sync,
        missing=tuple(name for name in naming.GENERATED_SECRETS if found.get(name) is None),
        versions=versions,
        unfinished=in_use.unfinished,
        recorded=in_use.recorded,
        sync_noted=bool(in_use.sync) or not in_use.recorded,
    )


def read_wanted(kubectl: Kubectl) -> WantedSecrets:
    """The same, read now; where Secrets may not be read, as if nobody had looked. Raises ClusterError."""
    try:
        return wanted_secrets({name: kubectl.find(SECRET, name) for name in READ})
    except ApiError as error:
        if error.status != HTTPStatus.FORBIDDEN:
            raise
        return WantedSecrets()


def _changed(environment: Environment, found: Mapping[str, Object | None], in_use: ValuesInUse) -> list[str]:
    """Of the shop's own Secrets, one without a value is no change: the preflight refuses the update for it."""
    now = in_use.values.get(environment, {})
    wanted = {key: (secret, plain_values(found.get(secret)).get(key)) for key, secret in sources(environment).items()}
    return [
        f"{key} of {secret}"
        for key, (secret, value) in wanted.items()
        if value != now.get(key) and (value or secret not in naming.REQUIRED_SECRETS)
    ]


def _snapshot(environment: Environment, in_use: ValuesInUse, versions: Mapping[str, str], *, changed: bool) -> str:
    """The one in use while no value differs; else a name that follows from the Secrets' versions, not from values."""
    before = in_use.snapshots.get(environment, "")
    if before and not changed:
        return before
    used = sorted(set(sources(environment).values()))
    text = json.dumps([before, *(f"{name} {versions[name]}" for name in used)])
    return naming.secrets_snapshot(environment, hashlib.sha256(text.encode()).hexdigest()[:10])


def version_of(found: Object | None) -> str:
    """Another one with every write of the Secret; empty where there is none."""
    metadata = (found or {}).get("metadata", {})
    return "/".join(str(metadata[key]) for key in ("uid", "resourceVersion") if key in metadata)
