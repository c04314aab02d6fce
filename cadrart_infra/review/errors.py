"""The errors of reviews."""

from cadrart_infra.user_errors import UserError


class ReviewError(UserError):
    """The review cannot be opened or closed as things are; the text says what is left."""


class MaskedCopyError(UserError):
    """Production's database could not be copied for a review; no unmasked value has left its server."""
