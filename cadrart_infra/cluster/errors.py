"""How the cluster says no."""

from cadrart_infra.user_errors import UserError

_IN_A_WEBHOOK = "failed calling webhook"
"""What the API server says where it was to ask somebody else first, who does not answer."""
_WEBHOOKS = (
    "Run it again when that webhook answers, or is gone. Which one it is: kubectl get "
    "validatingwebhookconfigurations,mutatingwebhookconfigurations"
)
_NO_RIGHT = "is forbidden: User "
"""What the API server says of an account that lacks a right; a quota or a policy forbids in other words."""
_RIGHTS = (
    "Use an account that may, or have this one given the Role for this job: docs/rbac.md has them. Who you are: "
    "kubectl auth whoami"
)
_WAY = "Run it again when this answers, and check KUBECONFIG and kubernetes.context: kubectl get --raw /readyz"


class ClusterError(UserError):
    """The cluster could not be asked, or refused; the text says what to do.

    `asked`: the request that got no good answer; the text is then only what came back (see `explained`).
    """

    asked = ""

    def explained(self) -> str:
        """Also an answer that nobody has put in a sentence of its own, as one."""
        if not self.asked:
            return str(self)
        return (
            f"The cluster refused, or did not answer: {self} (to {self.asked}). Nothing was done but what was said to "
            f"be done.\n  {_way_on(str(self))}"
        )


class ApiError(ClusterError):
    """The API server answered with an HTTP status of failure, its own or that of a pod behind it."""

    def __init__(self, status: int, said: str) -> None:
        super().__init__(f"status {status}{': ' if said else ''}{said}")
        self.status, self.said = status, said


def _way_on(said: str) -> str:
    if _IN_A_WEBHOOK in said:
        return _WEBHOOKS
    return _RIGHTS if _NO_RIGHT in said else _WAY


def missing_namespace(name: str) -> str:
    """What to do where there is no such namespace."""
    return f"Namespace {name} does not exist. Create it: kubectl create namespace {name}"


def terminating_namespace(name: str, since: str = "") -> str:
    """What it means for the shop that somebody deleted its namespace, and what to do; `since`: when, if it is known."""
    when = f" since {since}" if since else ""
    return (
        f"Namespace {name} is being deleted{when}, with everything in it; nothing was changed, and nothing can be made "
        f"in it any more. Wait until it is gone (what for: kubectl describe namespace {name}), then create it again. "
        "Volumes that are retained keep the data: kubectl get persistentvolumes"
    )
