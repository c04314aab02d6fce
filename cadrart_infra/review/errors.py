"""What can go wrong with a review, for users."""

from cadrart_infra.user_errors import UserError


class ReviewError(UserError):
    """The review cannot be opened or closed as things are; the text says what is left."""


class MaskedCopyError(UserError):
    """Production's database could not be copied for a review; nothing that is not masked has left its server."""
