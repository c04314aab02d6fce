"""What people are told when the server does not start, or was taken back to what it was."""

from cadrart_infra.user_errors import UserError


class ServerError(UserError):
    """The database server is not as the settings want it; the text tells what it said and what runs now."""


class NoAnswer(Exception):
    """A started server gave no answer to a query; `said` is what the cluster and its log say, without secrets."""

    def __init__(self, said: list[str]) -> None:
        super().__init__("\n".join(said))
        self.said = said
