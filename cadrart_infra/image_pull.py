"""When the kubelet pulls a container's image (pure functions).

A pod template that changes makes new pods, and for the database server that is an outage. So a changed default, or a
taken-over Deployment with another policy, never restarts what runs: a policy changes together with the image.
"""

from dataclasses import dataclass

ALWAYS, IF_NOT_PRESENT = "Always", "IfNotPresent"


@dataclass(frozen=True)
class Pulled:
    """The image of a Deployment that exists, and its `imagePullPolicy`, which the API server always fills in."""

    image: str
    policy: str


def has_version(image: str) -> bool:
    """Whether an image's name says what it is: by a digest, or by a tag other than `latest`."""
    name, _, digest = image.partition("@")
    tag = name.rpartition("/")[2].partition(":")[2]
    return bool(digest) or tag not in ("", "latest")


def workload_pull_policy(image: str, wanted: str, running: Pulled | None) -> str:
    """The policy of a colour's container.

    `wanted` is the stack's `pull.policy`; empty: what runs keeps its policy, and a new image is pulled only where it is
    not present if it has a version, and always if it has none.
    """
    if wanted:
        return wanted
    if running and running.image == image:
        return running.policy
    return IF_NOT_PRESENT if has_version(image) else ALWAYS


def server_pull_policy(image: str, running: Pulled | None) -> str:
    """The policy of the database server: IfNotPresent, so that a registry that is away keeps no server from starting.

    Only a running server's Always stays until its image changes.
    """
    return running.policy if running and running.image == image else IF_NOT_PRESENT
