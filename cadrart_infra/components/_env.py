"""A container's environment variables."""

import pulumi
import pulumi_kubernetes as k8s


def literal(variable: str, value: pulumi.Input[str]) -> k8s.core.v1.EnvVarArgs:
    """A variable whose value stands in the pod's template itself: it is fixed for the pod's life."""
    return k8s.core.v1.EnvVarArgs(name=variable, value=value)


def from_config(variable: str, config: pulumi.Input[str], key: str) -> k8s.core.v1.EnvVarArgs:
    """A variable from a key of a ConfigMap."""
    reference = k8s.core.v1.ConfigMapKeySelectorArgs(name=config, key=key)
    return k8s.core.v1.EnvVarArgs(name=variable, value_from=k8s.core.v1.EnvVarSourceArgs(config_map_key_ref=reference))


def from_secret(variable: str, secret: pulumi.Input[str], key: str) -> k8s.core.v1.EnvVarArgs:
    """A variable from a key of a Secret; the value never passes through the program."""
    reference = k8s.core.v1.SecretKeySelectorArgs(name=secret, key=key)
    return k8s.core.v1.EnvVarArgs(name=variable, value_from=k8s.core.v1.EnvVarSourceArgs(secret_key_ref=reference))
