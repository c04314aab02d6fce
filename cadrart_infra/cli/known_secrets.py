"""Secret values to mask in output: those of the shop's Secrets that this user may read, and the runner's own."""

import contextlib
import os
import re
from collections.abc import Mapping

from cadrart_infra import naming
from cadrart_infra.cluster import secrets
from cadrart_infra.cluster.errors import ClusterError
from cadrart_infra.cluster.kubectl import Kubectl

_SENSITIVE = re.compile(r"pass|secret|token|key", re.IGNORECASE)
_PUBLIC = re.compile(r"path$|_file$|key_id$", re.IGNORECASE)


def known_secrets(kubectl: Kubectl | None, environment: Mapping[str, str] = os.environ) -> set[str]:
    """The values; without the cluster's if it refuses or does not answer. `kubectl` None: only the runner's."""
    found = set(_sensitive(environment))
    if kubectl is None:
        return found
    for name in naming.SHOP_SECRETS:
        with contextlib.suppress(ClusterError):
            found |= _sensitive(secrets.values(kubectl, name))
    return found


def _sensitive(values: Mapping[str, str]) -> set[str]:
    """Whether a variable's name says that its value is secret; an account's name or a path is none."""
    return {value for name, value in values.items() if _SENSITIVE.search(name) and not _PUBLIC.search(name)}
