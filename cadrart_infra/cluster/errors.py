"""How the cluster says no."""

from cadrart_infra.user_errors import UserError


class ClusterError(UserError):
    """The cluster could not be asked, or refused; the text tells a user what to do."""


class ApiError(ClusterError):
    """The API server answered with an HTTP status of failure, its own or that of a pod behind it."""

    def __init__(self, status: int, said: str) -> None:
        super().__init__(f"status {status}{': ' if said else ''}{said}")
        self.status = status
