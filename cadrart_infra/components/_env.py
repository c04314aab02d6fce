"""A container's environment variables."""

import pulumi

from cadrart_infra.components.kubernetes_object import Manifest


def literal(variable: str, value: pulumi.Input[str]) -> Manifest:
    """A variable whose value stands in the pod's template itself: it is fixed for the pod's life."""
    return {"name": variable, "value": value}


def from_config(variable: str, config: pulumi.Input[str], key: str) -> Manifest:
    """A variable from a key of a ConfigMap."""
    return {"name": variable, "valueFrom": {"configMapKeyRef": {"name": config, "key": key}}}


def from_secret(variable: str, secret: pulumi.Input[str], key: str) -> Manifest:
    """A variable from a key of a Secret; the value never passes through the program."""
    return {"name": variable, "valueFrom": {"secretKeyRef": {"name": secret, "key": key}}}
