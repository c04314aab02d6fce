"""How bringing databases and accounts up to date can be refused."""

from cadrart_infra.user_errors import UserError


class AccountsError(UserError):
    """The databases and accounts could not be ensured; the text says why and what to do."""
