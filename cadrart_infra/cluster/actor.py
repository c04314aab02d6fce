"""Who works on the cluster, as people would say it."""

import getpass
import os
import secrets
import socket
from collections.abc import Mapping

_OWN = secrets.token_hex(3)
"""Of this process. CI's containers may have one host name for ever, and the same numbers of processes each time."""


def actor(variables: Mapping[str, str] = os.environ) -> str:
    """Who runs this: user@host, or the CI run and its actor; never empty."""
    if run := variables.get("GITHUB_RUN_ID"):
        repository, who = variables.get("GITHUB_REPOSITORY", "?"), variables.get("GITHUB_ACTOR", "?")
        return f"{who} by {repository}'s CI run {run}"
    if url := variables.get("CI_JOB_URL"):
        return f"{variables.get('GITLAB_USER_LOGIN', '?')} by CI job {url}"
    return f"{_user()}@{socket.gethostname()}"


def run_of(process: int) -> str:
    """Which run of a program on this machine it is, by its process, as this process knows it: unique for ever."""
    return f"{socket.gethostname()}/{process}/{_OWN}"


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user often has no name
        return f"uid {os.getuid()}"
