"""Manifests of Jobs that run once (pure functions)."""

from __future__ import annotations

from collections.abc import Mapping

from cadrart_infra.cluster.kinds import Object

_FORGOTTEN_AFTER = 86_400


def run_once(
    name: str, labels: Mapping[str, str], pod: Object, time_limit: int, forgotten_after: int = _FORGOTTEN_AFTER
) -> Object:
    """A Job of this pod, within `time_limit` seconds; whether it is to be tried again is for a person to decide.

    `forgotten_after`: seconds; only for a Job whose program was killed before it could remove it.
    """
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name, "labels": dict(labels)},
        "spec": {
            "backoffLimit": 0,
            "activeDeadlineSeconds": time_limit,
            "ttlSecondsAfterFinished": forgotten_after,
            "template": {"metadata": {"labels": dict(labels)}, "spec": pod},
        },
    }


def confined_pod(user: int) -> Object:
    """What such a pod has besides containers and volumes; `user`: its user and group, 0: the images' own.

    It is not waited for when it is deleted: what is half written goes with the next run.
    """
    return {
        "restartPolicy": "Never",
        "terminationGracePeriodSeconds": 1,
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "securityContext": {
            "seccompProfile": {"type": "RuntimeDefault"},
            **({"fsGroup": user, "fsGroupChangePolicy": "OnRootMismatch"} if user else {}),
        },
    }


def confined_container(user: int) -> Object:
    """The `securityContext` of its containers."""
    return {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
        **({"runAsNonRoot": True, "runAsUser": user, "runAsGroup": user} if user else {}),
    }
