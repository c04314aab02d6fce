"""A release of the shop that is started on the copy which the new server has upgraded (pure functions).

It runs in the pod of the rehearsal, whose only network is the pod's own: the server's name leads to the copy.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cadrart_infra import naming
from cadrart_infra.cluster.job_problems import Meaning
from cadrart_infra.cluster.manifests import container_resources
from cadrart_infra.model import (
    FromAccount,
    FromConfig,
    FromSecret,
    FromTokens,
    OfPod,
    Resources,
    Source,
    WorkloadSpec,
)
from cadrart_infra.mysql import sql
from cadrart_infra.pod_security import PodSecurity, container_confinement

RELEASE, MIGRATE = "release", "migrate"
"""Names of its containers."""
MEANINGS: Mapping[str, Meaning] = {
    RELEASE: ("The release ended by itself on the copy that the new server holds", "Its own log below says why."),
    MIGRATE: ("The release's migration failed on the copy that the new server holds", "Its own log below says why."),
}
"""What it means that one of them ends with an error."""
_LOOPBACK = "127.0.0.1"
_ROOM = "1Gi"
"""The size limit of each folder that it writes to."""


@dataclass(frozen=True)
class Release:
    """A release, and what it is started with."""

    spec: WorkloadSpec
    image: str
    used_by: str
    """Who runs it, for people."""
    color: str
    pull_policy: str
    pull_secret: str
    config: Mapping[str, str]
    """What pods of staging are configured with, with the copy's database."""
    resources: Resources
    user: int
    """The user that it runs as; 0: its image's own."""
    account: str
    """The name of production's account."""
    made_up: str = field(repr=False)
    """The password of an account of this name on the copy, and every other secret that the release is given."""
    migration: Sequence[str]
    """The command that migrates; empty where the release does so when it starts."""
    successes: int
    """Healthy answers in a row that are wanted within `time_limit`."""
    time_limit: int
    """Seconds."""

    @property
    def name(self) -> str:
        """The release's name for people, e.g. `backend:1.4.2 (staging)`."""
        return f"{naming.release_of(self.image)} ({self.used_by})"

    @property
    def database(self) -> str:
        """The name of the copy's database: production's, which its views and routines may name."""
        return self.config["DATABASE_DATABASE"]

    @property
    def port(self) -> str:
        """The port at which it expects the server."""
        return self.config["DATABASE_PORT"]


def surroundings(release: Release) -> dict[str, Any]:
    """Fields of the pod: the server's name leads to the pod itself, and no other name can be resolved."""
    return {
        "hostAliases": [{"ip": _LOOPBACK, "hostnames": [naming.DATABASE]}],
        "dnsPolicy": "None",
        "dnsConfig": {"nameservers": [_LOOPBACK]},
        **({"imagePullSecrets": [{"name": release.pull_secret}]} if release.pull_secret else {}),
    }


def volumes(release: Release) -> list[dict[str, Any]]:
    """Empty volumes for its uploads and logs: a release that is only tried gets none of production's."""
    return [{"name": one.value, "emptyDir": {"sizeLimit": _ROOM}} for one in release.spec.mounts]


def containers(release: Release) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """What runs before it, and the release itself."""
    program = {
        "image": release.image,
        "imagePullPolicy": release.pull_policy,
        "env": [{"name": name, "value": _value(release, one)} for name, one in release.spec.variables.items()],
        "resources": container_resources(release.resources),
        "securityContext": container_confinement(
            PodSecurity(confined=True, user=release.user), read_only=release.spec.run_as is not None
        ),
        "volumeMounts": [{"name": one.value, "mountPath": path} for one, path in release.spec.mounts.items()],
    }
    migrate = {"name": MIGRATE, **program, "command": list(release.migration)}
    return [migrate] if release.migration else [], {"name": RELEASE, **program}


def _value(release: Release, source: Source) -> str:
    match source:
        case OfPod.COLOR:
            return release.color
        case OfPod.DATABASE:
            return release.database
        case FromConfig(key):
            return release.config[key]
        case FromAccount(key) if key == naming.USER_KEY:
            return release.account
        case FromSecret() | FromAccount() | FromTokens():
            return release.made_up
        case str():
            return source


def account_variables(release: Release | None, plugins: str) -> dict[str, str]:
    """Variables of the step that makes the copy: the account of the release, with production's plugin."""
    if release is None:
        return {}
    rows = (line.partition("\t") for line in plugins.splitlines())
    plugin = next((plugin for who, _, plugin in rows if who.rpartition("@")[0] == release.account), "")
    return {
        "ACCOUNT": release.account,
        "OWN_DATABASE": sql.grant_pattern(release.database),
        naming.PASSWORD_KEY: release.made_up,
        "PLUGIN": plugin,
    }


def question_variables(release: Release) -> dict[str, str]:
    """Variables of the step that asks the release."""
    return {
        "RELEASE": release.name,
        "HTTP_PORT": str(release.spec.http.number),
        "HEALTH_PATH": release.spec.health_path,
        "SCHEMA_PATH": release.spec.schema_path,
        "SUCCESSES": str(release.successes),
        "LIMIT": str(release.time_limit),
    }
