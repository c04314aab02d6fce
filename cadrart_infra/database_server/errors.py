"""The errors of the server's start and restart."""

from collections.abc import Iterable

from cadrart_infra.user_errors import UserError


class ServerError(UserError):
    """The database server is not as the settings want it; the text has what it said and what runs now."""


class NoAnswer(Exception):
    """A started server gave no answer to a query; `said` is what the cluster and its log say, without secrets."""

    def __init__(self, said: list[str]) -> None:
        super().__init__("\n".join(said))
        self.said = said


def indented(lines: Iterable[str]) -> str:
    """What the cluster or a log says, as lines of an error's text."""
    return "\n".join(f"    {line}" for line in lines)
