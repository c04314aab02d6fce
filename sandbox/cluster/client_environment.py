"""The environment in which kubectl and pulumi work on a cluster."""

from collections.abc import Mapping
from pathlib import Path

from sandbox.paths import ClusterPaths

_PASSPHRASE = "sandbox"
"""Protects the state of a throw-away stack in a throw-away folder; fixed, so that a kept Pulumi.<stack>.yaml works."""

NO_PROXY = {"NO_PROXY": "*", "no_proxy": "*"}
"""A proxy that the user's environment names cannot be reached from the cluster's network, and knows no way into it."""


def client_environment(paths: ClusterPaths, base: Mapping[str, str]) -> dict[str, str]:
    """`base` with PATH, KUBECONFIG and Pulumi's settings for a sandbox cluster."""
    settings = pulumi_settings(paths.binaries, paths.pulumi_home, paths.pulumi_state, base)
    return {**base, **settings, **NO_PROXY, "KUBECONFIG": str(paths.kubeconfig)}


def pulumi_settings(binaries: Path, home: Path, state: Path, base: Mapping[str, str]) -> dict[str, str]:
    """What makes `pulumi` use the plugins laid out in `home`, keep its state in `state` and ask nobody outside."""
    return {
        "PATH": f"{binaries}:{base.get('PATH', '/usr/sbin:/usr/bin:/sbin:/bin')}",
        "PULUMI_HOME": str(home),
        # Without `metadata=skip` each state has a file of attributes beside it that is not replaced in one step: a
        # kill while it is written leaves it empty, and pulumi cannot read the state ("failed to load checkpoint: EOF").
        "PULUMI_BACKEND_URL": f"file://{state}?metadata=skip",
        "PULUMI_CONFIG_PASSPHRASE": _PASSPHRASE,
        "PULUMI_SKIP_UPDATE_CHECK": "1",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        **seldom_collected(base),
    }


def seldom_collected(base: Mapping[str, str]) -> dict[str, str]:
    """Go's programs collect their garbage as the user says, and seldom otherwise: it takes a fifth of their time.

    That is so for the API server, and for clients, which start hundreds of times in a test run.
    """
    return {"GOGC": base.get("GOGC", "400")}
