"""How the cluster says no."""

from cadrart_infra.user_errors import UserError


class ClusterError(UserError):
    """The cluster could not be asked, or refused; the text tells a user what to do.

    `asked`: the request that got no good answer; the text is then only what came back (see `explained`).
    """

    asked = ""


def explained(error: UserError) -> str:
    """The text for a user, also of an answer that nobody has put in a sentence of its own."""
    if not (isinstance(error, ClusterError) and error.asked):
        return str(error)
    return (
        f"The cluster refused, or did not answer: {error} (to {error.asked}). Nothing was done but what was said to be "
        "done.\n"
        "  Run it again when this answers, and check KUBECONFIG and kubernetes.context: kubectl get --raw /readyz"
    )


class ApiError(ClusterError):
    """The API server answered with an HTTP status of failure, its own or that of a pod behind it."""

    def __init__(self, status: int, said: str) -> None:
        super().__init__(f"status {status}{': ' if said else ''}{said}")
        self.status = status
