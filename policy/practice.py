"""What kube-score advises and this shop does not follow, each with its reason. Reviewed whenever it grows.

An entry that nothing needs is removed; a test holds that each is needed.
"""

from collections.abc import Mapping

SERVER, FRONTENDS, COLOURS, JOB, ALL = "db", "frontend-", "colours", "cadrart-rehearsal", "all"
_OF = {SERVER: ("db",), JOB: (JOB,), FRONTENDS: ("frontend-",), COLOURS: ("frontend-", "backend-"), ALL: ("",)}

EXCEPTIONS: Mapping[tuple[str, str], str] = {
    ("container-image-pull-policy", ALL): (
        "images have versions; with Always a registry that is away keeps a pod from starting again, the database's too"
    ),
    ("container-ephemeral-storage-request-and-limit", ALL): (
        "a pod that passes such a limit is evicted, production's among them; uploads, logs and data are on claims"
    ),
    ("container-security-context-user-group-id", ALL): (
        "the files on the claims belong to the images' own users: 999 of the server, 1000 of the backend, runAs"
    ),
    (
        "container-security-context-readonlyrootfilesystem",
        SERVER,
    ): "the official image writes its socket and its settings",
    ("container-security-context-readonlyrootfilesystem", FRONTENDS): (
        "the program does not know where the frontend's web server keeps its temporary files"
    ),
    ("pod-networkpolicy", COLOURS): (
        "the ingress controller's namespace is not known; what they could harm, the database, has a policy of its own"
    ),
    ("pod-networkpolicy", SERVER): "policies for what leaves a pod would cut off a replica or a managed server",
    ("pod-probes", SERVER): (
        "a liveness probe kills a server that recovers or is busy, which is an outage; readiness is probed"
    ),
    ("deployment-replicas", ALL): "replicas is a setting, 1 on one node; a switch never takes the last ready pod away",
    (
        "deployment-strategy",
        SERVER,
    ): "two servers on one volume would destroy it: the old one ends before the new one starts",
    ("deployment-has-host-podantiaffinity", COLOURS): (
        "claims are ReadWriteOnce, so that the pods of both colours have to be on one node"
    ),
    ("networkpolicy-targets-pod", JOB): "its pod is that of a Job, which comes with an upgrade of the server only",
}
"""By kube-score's name of the check and the Deployments that it is about."""


def excepted(check: str, name: str) -> tuple[str, str] | None:
    """The entry that lets an object pass a check; None where there is none."""
    found = (key for key in EXCEPTIONS if key[0] == check and name.startswith(_OF[key[1]]))
    return next(found, None)
